/** Whether what is shown still moves: how long nothing has come, where that is longer than usual. Pure. */

/** Silence below this is none, ms. */
const SILENT_MS_MIN = 10_000;
/** Silence is as long as so many of the longest pauses between records. */
const PAUSES = 2;
/** Pauses that are remembered; shorter ones than this are none, ms. */
const PAUSES_MAX = 8;
const PAUSE_MS_MIN = 1_000;

/** When records came. */
export class Freshness {
  #lastMs: number;
  #pausesMs: number[] = [];
  /** How long a pause between records usually is, where that is known otherwise, ms. */
  usualMs = 0;

  /** @param nowMs Unix ms, as everywhere here */
  constructor(nowMs: number) {
    this.#lastMs = nowMs;
  }

  /** Something has come. */
  take(nowMs: number): void {
    const pauseMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (pauseMs >= PAUSE_MS_MIN) this.#pausesMs = [...this.#pausesMs, pauseMs].slice(-PAUSES_MAX);
  }

  /** How long nothing has come, in ms; `null` while all goes on as usual. */
  silentMs(nowMs: number): number | null {
    const silentMs = nowMs - this.#lastMs;
    const limitMs = Math.max(SILENT_MS_MIN, PAUSES * Math.max(this.usualMs, ...this.#pausesMs));
    return silentMs < limitMs ? null : silentMs;
  }
}
