/**
 * A prediction → JSON bytes. The reading goes into it as it came, byte for byte: it is valid JSON, because it
 * was parsed. What is written satisfies `predictionSchema`.
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

/** A text as JSON. */
export function quote(text: string): string {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 32 || unit > 126 || unit === 34 || unit === 92) return JSON.stringify(text);
  }
  return `"${text}"`;
}

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

function by(byNetwork: boolean): string {
  return byNetwork ? '"network"' : '"baseline"';
}

function printScored(scored: Scored | null): string {
  if (scored === null) return "null";
  return `{"id":${quote(scored.id)},"predicted":${scored.predicted},"baseline":${scored.baseline},"actual":` +
    `${scored.actual},"by":${by(scored.byNetwork)}}`;
}

/** Size of the buffers that predictions are written to one after the other. */
const BUFFER_BYTES = 128 * 1024;

/** Writes predictions of one model. What it returned is never written over. */
export class PredictionPrinter {
  readonly #beforeValue: string;
  readonly #beforeTime: string;
  #buffer = new Uint8Array(0);
  #used = 0;
  #nowMs = NaN;
  #time = "";

  constructor(
    { name, version, target, horizon }: Pick<Forecaster, "name" | "version" | "target" | "horizon">,
  ) {
    this.#beforeValue = `,"prediction":{"target":${JSON.stringify(target)},"horizon":${horizon},"value":`;
    this.#beforeTime = `,"model":{"name":${JSON.stringify(name)},"version":${JSON.stringify(version)}}` +
      ',"predictedAt":"';
  }

  /** @param nowMs time of the prediction, Unix ms */
  print(answer: Answer, nowMs: number): Uint8Array {
    if (nowMs !== this.#nowMs) {
      this.#nowMs = nowMs;
      this.#time = this.#beforeTime + new Date(nowMs).toISOString();
    }
    const head = `{"id":${quote(answer.id)},"input":`;
    const tail = `${this.#beforeValue}${answer.value},"by":${by(answer.byNetwork)}},"baseline":` +
      `${answer.baseline},"scored":${
        printScored(answer.scored)
      }${this.#time}","latencyMs":${answer.latencyMs}}`;
    const input = trimJson(answer.input);
    // A UTF-16 unit takes at most three bytes.
    const bytesMax = 3 * (head.length + tail.length) + input.length;
    if (this.#used + bytesMax > this.#buffer.length) {
      this.#buffer = new Uint8Array(Math.max(BUFFER_BYTES, bytesMax));
      this.#used = 0;
    }
    const start = this.#used;
    let end = start + encoder.encodeInto(head, this.#buffer.subarray(start)).written;
    this.#buffer.set(input, end);
    end += input.length;
    end += encoder.encodeInto(tail, this.#buffer.subarray(end)).written;
    this.#used = end;
    return this.#buffer.subarray(start, end);
  }
}
