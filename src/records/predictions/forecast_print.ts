/**
 * A prediction → JSON bytes. The reading goes into it as it came, byte for byte: it is valid JSON, because it
 * was parsed. What is written satisfies `forecastSchema`.
 */
import { JsonWriter, textBytesMax, trimJson } from "../formats/json_writer.ts";
import { PredictionTail } from "./tail.ts";

/** Who forecasts beside the network. */
export const REFERENCES = ["seasonal", "ridge"] as const;

/** What they forecast, in the target's unit; `null` where a model has none, or readings are missing. */
export type ReferenceForecasts = { readonly [R in typeof REFERENCES[number]]: number | null };

/** Whose forecasts are written. */
export interface ForecastSource {
  readonly name: string;
  readonly version: string;
  readonly target: string;
  /** Readings ahead. */
  readonly horizon: number;
}

/** A forecast that came due. */
export interface Scored {
  /** Id of the reading that it was made at. */
  readonly id: string;
  readonly predicted: number;
  readonly baseline: number;
  readonly actual: number;
  readonly byNetwork: boolean;
  /** What the network is compared with beside the last value; `null` where there is nothing of the kind. */
  readonly references: ReferenceForecasts | null;
}

/** What there is to say about one reading. All numbers are finite. */
export interface Answer {
  readonly id: string;
  /** The reading's JSON, as it came. */
  readonly input: Uint8Array;
  readonly value: number;
  readonly byNetwork: boolean;
  readonly baseline: number;
  readonly scored: Scored | null;
  /** `null`: not known. */
  readonly latencyMs: number | null;
}

const encoder = new TextEncoder();

const BEFORE_ID = encoder.encode('{"id":');
const BEFORE_INPUT = encoder.encode(',"input":');
const BY_NETWORK = encoder.encode(',"by":"network"},"baseline":');
const BY_BASELINE = encoder.encode(',"by":"baseline"},"baseline":');
const NOT_SCORED = encoder.encode(',"scored":null');
const BEFORE_SCORED_ID = encoder.encode(',"scored":{"id":');
const BEFORE_PREDICTED = encoder.encode(',"predicted":');
const BEFORE_BASELINE = encoder.encode(',"baseline":');
const BEFORE_ACTUAL = encoder.encode(',"actual":');
const SCORED_BY_NETWORK = encoder.encode(',"by":"network"}');
const SCORED_BY_BASELINE = encoder.encode(',"by":"baseline"}');

const BEFORE_REFERENCES = REFERENCES.map((name, at) =>
  encoder.encode(`${at === 0 ? ',"references":{' : ","}${JSON.stringify(name)}:`)
);
const NOTHING = encoder.encode("null");

const CLOSE = 125;

/** More than the texts and numbers of a prediction take that are the same for all readings. */
const FRAME_BYTES = 640;

/** Writes forecasts of one model. What it returned is never written over. */
export class PredictionPrinter {
  readonly #beforeValue: Uint8Array;
  readonly #tail: PredictionTail;
  readonly #json = new JsonWriter();

  constructor(forecaster: ForecastSource) {
    const { target, horizon } = forecaster;
    this.#beforeValue = encoder.encode(
      `,"prediction":{"target":${JSON.stringify(target)},"horizon":${horizon},"value":`,
    );
    this.#tail = new PredictionTail(forecaster);
  }

  /** @param nowMs time of the prediction, Unix ms */
  print(answer: Answer, nowMs: number): Uint8Array {
    const { scored } = answer;
    const json = this.#json;
    const input = trimJson(answer.input), tail = this.#tail.at(nowMs);
    const texts = textBytesMax(answer.id) + (scored === null ? 0 : textBytesMax(scored.id));
    json.begin(FRAME_BYTES + texts + input.length + this.#beforeValue.length + tail.length);
    json.bytes(BEFORE_ID);
    json.quoted(answer.id);
    json.bytes(BEFORE_INPUT);
    json.bytes(input);
    json.bytes(this.#beforeValue);
    json.number(answer.value);
    json.bytes(answer.byNetwork ? BY_NETWORK : BY_BASELINE);
    json.number(answer.baseline);
    if (scored === null) json.bytes(NOT_SCORED);
    else this.#scored(scored);
    json.bytes(tail);
    json.number(answer.latencyMs);
    json.byte(CLOSE);
    return json.end();
  }

  #scored({ id, predicted, baseline, actual, byNetwork, references }: Scored): void {
    const json = this.#json;
    json.bytes(BEFORE_SCORED_ID);
    json.quoted(id);
    json.bytes(BEFORE_PREDICTED);
    json.number(predicted);
    json.bytes(BEFORE_BASELINE);
    json.number(baseline);
    if (references !== null) {
      REFERENCES.forEach((name, at) => {
        const forecast = references[name];
        json.bytes(BEFORE_REFERENCES[at]!);
        if (forecast === null) json.bytes(NOTHING);
        else json.number(forecast);
      });
      json.byte(CLOSE);
    }
    json.bytes(BEFORE_ACTUAL);
    json.number(actual);
    json.bytes(byNetwork ? SCORED_BY_NETWORK : SCORED_BY_BASELINE);
  }
}
