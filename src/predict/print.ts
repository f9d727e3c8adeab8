/**
 * A prediction → JSON bytes. The reading goes into it as it came, byte for byte: it is valid JSON, because it
 * was parsed. What is written satisfies `forecastSchema`.
 */
import type { Forecaster } from "./model.ts";

/** A forecast that came due. */
export interface Scored {
  /** Id of the reading that it was made at. */
  readonly id: string;
  readonly predicted: number;
  readonly baseline: number;
  readonly actual: number;
  readonly byNetwork: boolean;
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
  readonly latencyMs: number;
}

const encoder = new TextEncoder();

function isSpace(byte: number | undefined): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}

/** The bytes without JSON's white space around them. */
export function trimJson(bytes: Uint8Array): Uint8Array {
  let start = 0;
  let end = bytes.length;
  while (start < end && isSpace(bytes[start])) start++;
  while (end > start && isSpace(bytes[end - 1])) end--;
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
}

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

/** Fewer bytes are quicker copied one by one. */
const SET_BYTES_MIN = 16;

/** Size of the buffers that predictions are written to one after the other. */
const BUFFER_BYTES = 128 * 1024;

/** More than the texts and numbers of a prediction take that are the same for all readings. */
const FRAME_BYTES = 512;

/**
 * Writes predictions of one model. What it returned is never written over.
 *
 * Short texts are written byte by byte: joining them to one string and encoding that takes twice as long.
 */
export class PredictionPrinter {
  readonly #beforeValue: Uint8Array;
  readonly #model: string;
  /** From the model to the time, which is the same for many predictions. */
  #afterScored = new Uint8Array(0);
  #nowMs = NaN;
  #buffer = new Uint8Array(0);
  #used = 0;

  constructor(
    { name, version, target, horizon }: Pick<Forecaster, "name" | "version" | "target" | "horizon">,
  ) {
    this.#beforeValue = encoder.encode(
      `,"prediction":{"target":${JSON.stringify(target)},"horizon":${horizon},"value":`,
    );
    this.#model = `{"name":${JSON.stringify(name)},"version":${JSON.stringify(version)}}`;
  }

  /** @param nowMs time of the prediction, Unix ms */
  print(answer: Answer, nowMs: number): Uint8Array {
    if (nowMs !== this.#nowMs) {
      this.#nowMs = nowMs;
      const time = new Date(nowMs).toISOString();
      this.#afterScored = encoder.encode(`,"model":${this.#model},"predictedAt":"${time}","latencyMs":`);
    }
    const { scored } = answer;
    const input = trimJson(answer.input);
    const start = this.#reserve(answer.id.length + (scored === null ? 0 : scored.id.length), input.length);
    this.#bytes(BEFORE_ID);
    this.#quoted(answer.id);
    this.#bytes(BEFORE_INPUT);
    this.#bytes(input);
    this.#bytes(this.#beforeValue);
    this.#number(answer.value);
    this.#bytes(answer.byNetwork ? BY_NETWORK : BY_BASELINE);
    this.#number(answer.baseline);
    if (scored === null) this.#bytes(NOT_SCORED);
    else this.#scored(scored);
    this.#bytes(this.#afterScored);
    this.#number(answer.latencyMs);
    this.#buffer[this.#used++] = 125;
    return this.#buffer.subarray(start, this.#used);
  }

  /** Makes room for one prediction. @returns where it begins */
  #reserve(textLength: number, inputBytes: number): number {
    // A UTF-16 unit takes at most six bytes, as \uXXXX.
    const bytesMax = FRAME_BYTES + 6 * textLength + inputBytes + this.#beforeValue.length +
      this.#afterScored.length;
    if (this.#used + bytesMax > this.#buffer.length) {
      this.#buffer = new Uint8Array(Math.max(BUFFER_BYTES, bytesMax));
      this.#used = 0;
    }
    return this.#used;
  }

  #scored({ id, predicted, baseline, actual, byNetwork }: Scored): void {
    this.#bytes(BEFORE_SCORED_ID);
    this.#quoted(id);
    this.#bytes(BEFORE_PREDICTED);
    this.#number(predicted);
    this.#bytes(BEFORE_BASELINE);
    this.#number(baseline);
    this.#bytes(BEFORE_ACTUAL);
    this.#number(actual);
    this.#bytes(byNetwork ? SCORED_BY_NETWORK : SCORED_BY_BASELINE);
  }

  #bytes(bytes: Uint8Array): void {
    const { length } = bytes;
    const start = this.#used;
    this.#used = start + length;
    const buffer = this.#buffer;
    if (length >= SET_BYTES_MIN) return buffer.set(bytes, start);
    for (let index = 0; index < length; index++) buffer[start + index] = bytes[index]!;
  }

  /** A finite number, as JSON writes it. */
  #number(value: number): void {
    const text = String(value);
    const buffer = this.#buffer;
    const start = this.#used;
    for (let index = 0; index < text.length; index++) buffer[start + index] = text.charCodeAt(index);
    this.#used = start + text.length;
  }

  /** A text as JSON. */
  #quoted(text: string): void {
    const buffer = this.#buffer;
    const start = this.#used;
    let at = start;
    buffer[at++] = 34;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit < 32 || unit > 126 || unit === 34 || unit === 92) {
        this.#used += encoder.encodeInto(JSON.stringify(text), buffer.subarray(start)).written;
        return;
      }
      buffer[at++] = unit;
    }
    buffer[at++] = 34;
    this.#used = at;
  }
}
