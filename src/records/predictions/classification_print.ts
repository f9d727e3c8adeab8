/**
 * A classification → JSON bytes. The reading goes into it as it came, byte for byte: it is valid JSON, because it
 * was parsed. What is written satisfies `classificationSchema`.
 */
import { JsonWriter, NUMBER_BYTES_MAX, textBytesMax, trimJson } from "../formats/json_writer.ts";
import { PredictionTail } from "./tail.ts";

/** Whose classifications are written. K classes. */
export interface ClassificationSource {
  readonly name: string;
  readonly version: string;
  readonly target: string;
  /** K */
  readonly classes: readonly string[];
  readonly baseline: string;
  /** (K) Of the record that was classified last. */
  readonly probabilities: Float64Array;
  /** Whether the network answered for it. */
  readonly byNetwork: boolean;
}

/** What there is to say about one reading, beside the probabilities. */
export interface ClassAnswer {
  readonly id: string;
  /** The reading's JSON, as it came. */
  readonly input: Uint8Array;
  /** Place of its class. */
  readonly place: number;
  /** The true class; `null` where nobody knows it. */
  readonly label: string | null;
  /** `null`: not known. */
  readonly latencyMs: number | null;
}

const encoder = new TextEncoder();

const BEFORE_ID = encoder.encode('{"id":');
const BEFORE_INPUT = encoder.encode(',"input":');
const NOT_SCORED = encoder.encode(',"scored":null');
const BEFORE_SCORED_ID = encoder.encode(',"scored":{"id":');
const BEFORE_ACTUAL = encoder.encode(',"actual":');
const BY_NETWORK = encoder.encode(',"by":"network"}');
const BY_BASELINE = encoder.encode(',"by":"baseline"}');
const AFTER_PROBABILITIES = encoder.encode("}");
const CLOSE = 125;

/** More than the texts and numbers of a prediction take that are the same for all readings. */
const FRAME_BYTES = 256;

/** Writes classifications of one model: probabilities are those of its classifier now. What it returned is never written over. */
export class ClassificationPrinter {
  readonly #classifier: ClassificationSource;
  /** By class: from the input to the first probability. */
  readonly #beforeProbabilities: readonly Uint8Array[];
  /** By class: the name before its probability. */
  readonly #names: readonly Uint8Array[];
  /** The baseline, behind the prediction. */
  readonly #baseline: Uint8Array;
  /** By class: what was predicted and the baseline, in `scored`. */
  readonly #scored: readonly Uint8Array[];
  readonly #tail: PredictionTail;
  readonly #json = new JsonWriter();
  readonly #bytesMax: number;

  constructor(classifier: ClassificationSource) {
    const { target, classes, baseline } = classifier;
    const text = (value: string) => JSON.stringify(value);
    this.#classifier = classifier;
    this.#beforeProbabilities = classes.map((name) =>
      encoder.encode(`,"prediction":{"target":${text(target)},"class":${text(name)},"probabilities":{`)
    );
    this.#names = classes.map((name, k) => encoder.encode(`${k === 0 ? "" : ","}${text(name)}:`));
    this.#baseline = encoder.encode(`,"baseline":${text(baseline)}`);
    this.#scored = classes.map((name) =>
      encoder.encode(`,"predicted":${text(name)},"baseline":${text(baseline)}`)
    );
    this.#tail = new PredictionTail(classifier);
    const longest = (all: readonly Uint8Array[]) => Math.max(...all.map(({ length }) => length));
    this.#bytesMax = FRAME_BYTES + longest(this.#beforeProbabilities) + longest(this.#scored) +
      this.#baseline.length +
      this.#names.reduce((sum, { length }) => sum + length + NUMBER_BYTES_MAX, 0);
  }

  /** @param nowMs time of the prediction, Unix ms */
  print({ id, input, place, label, latencyMs }: ClassAnswer, nowMs: number): Uint8Array {
    const { probabilities, byNetwork } = this.#classifier;
    const by = byNetwork ? BY_NETWORK : BY_BASELINE;
    const json = this.#json, names = this.#names;
    const reading = trimJson(input), tail = this.#tail.at(nowMs);
    const texts = 2 * textBytesMax(id) + (label === null ? 0 : textBytesMax(label));
    json.begin(this.#bytesMax + texts + reading.length + tail.length);
    json.bytes(BEFORE_ID);
    json.quoted(id);
    json.bytes(BEFORE_INPUT);
    json.bytes(reading);
    json.bytes(this.#beforeProbabilities[place]!);
    for (let k = 0; k < names.length; k++) {
      json.bytes(names[k]!);
      json.number(probabilities[k]!);
    }
    json.bytes(AFTER_PROBABILITIES);
    json.bytes(by);
    json.bytes(this.#baseline);
    if (label === null) json.bytes(NOT_SCORED);
    else {
      json.bytes(BEFORE_SCORED_ID);
      json.quoted(id);
      json.bytes(this.#scored[place]!);
      json.bytes(BEFORE_ACTUAL);
      json.quoted(label);
      json.bytes(by);
    }
    json.bytes(tail);
    json.number(latencyMs);
    json.byte(CLOSE);
    return json.end();
  }
}
