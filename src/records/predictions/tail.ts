/** What ends every answer on `predictions`. */
const encoder = new TextEncoder();

/** The end of every prediction, `,"model":…,"predictedAt":…,"latencyMs":`, the same for many of them. */
export class PredictionTail {
  readonly #model: string;
  #nowMs = NaN;
  #bytes = new Uint8Array(0);

  constructor({ name, version }: { readonly name: string; readonly version: string }) {
    this.#model = `{"name":${JSON.stringify(name)},"version":${JSON.stringify(version)}}`;
  }

  /** @param nowMs time of the prediction, Unix ms */
  at(nowMs: number): Uint8Array {
    if (nowMs !== this.#nowMs) {
      this.#nowMs = nowMs;
      const time = new Date(nowMs).toISOString();
      this.#bytes = encoder.encode(`,"model":${this.#model},"predictedAt":"${time}","latencyMs":`);
    }
    return this.#bytes;
  }
}
