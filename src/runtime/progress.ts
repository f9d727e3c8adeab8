/** How far something is: a bar on a terminal, a plain line per second elsewhere; on standard error. */
// @ts-types="@types/cli-progress"
import cliProgress from "cli-progress";
import process from "node:process";
import { harmless } from "./harmless.ts";
import type { Log } from "./log.ts";
import { writeAllSync } from "./output.ts";

/** What is counted and where it is shown. */
export interface ProgressOptions {
  /** What is counted, in the plural: `readings`, `epochs`. */
  readonly unit: string;
  /** How many there will be; `undefined` where nobody knows. */
  readonly total?: number;
  /** Where lines go without a terminal. */
  readonly log: Log;
  /** Shows nothing. */
  readonly quiet: boolean;
  /** Whether standard error is one. @default whether standard error is a terminal */
  readonly terminal?: boolean;
  /** Milliseconds since any fixed moment. @default performance.now */
  readonly nowMs?: () => number;
  /** Time between two drawings. @default 100 on a terminal, {@linkcode ProgressOptions.lineEveryMs} elsewhere */
  readonly everyMs?: number;
  /** Time between two lines where there is no terminal. @default 1000 */
  readonly lineEveryMs?: number;
}

/** A running display; disposing it a second time does nothing. */
export interface Progress extends Disposable {
  /** `done` of `total` are done, one in hand by its share; `note` is shown behind (a loss, a failure count). Cheap: draws when it is time. */
  update(done: number, note?: string): void;
}

const WINDOW_MS = 5_000;

/** Where the bar's end takes the cursor back to. */
const SAVE_CURSOR = "\x1b7";

/** Rate over the last seconds, from what was done when. */
class RateMeter {
  readonly #points: { atMs: number; done: number }[] = [];

  /** @returns Per second, over the last {@linkcode WINDOW_MS}. */
  measure(atMs: number, done: number): number {
    this.#points.push({ atMs, done });
    while (this.#points.length > 2 && atMs - this.#points[0]!.atMs > WINDOW_MS) this.#points.shift();
    const first = this.#points[0]!;
    return atMs === first.atMs ? 0 : (done - first.done) * 1000 / (atMs - first.atMs);
  }
}

/** `0:07`, `1:02:03`; `?` for what nobody knows. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "?";
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** `12,345`: how whole numbers are written for people, rounded where they are none. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** `3 late, 1 tombstone`: counts by name; `0` where there are none. */
export function formatCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts).map(([name, count]) => `${formatCount(count)} ${name}`).join(", ") || "0";
}

/** `0.25`, `99.8`, `12,345`. */
export function formatRate(perSecond: number): string {
  if (perSecond >= 1000) return formatCount(perSecond);
  return perSecond >= 10 ? perSecond.toFixed(1) : perSecond.toFixed(2);
}

function describe(
  { done, total, rate, unit, note }: {
    done: number;
    total: number | undefined;
    rate: number;
    unit: string;
    note: string;
  },
): string {
  const of = total === undefined ? "" : `/${formatCount(total)}`;
  const eta = total === undefined ? "" : `  ETA ${formatDuration((total - done) / rate)}`;
  return `${formatCount(Math.floor(done))}${of} ${unit}  ${formatRate(rate)}/s${eta}${
    note && `  ${harmless(note)}`
  }`;
}

function createBar(options: ProgressOptions): cliProgress.SingleBar {
  const format = options.total === undefined ? "{line}" : "[{bar}] {percentage}%  {line}";
  const bar = new cliProgress.SingleBar({
    format,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    barsize: 24,
    fps: 10,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    // The process's own signal handlers close the bar.
    gracefulExit: false,
    linewrap: false,
  });
  bar.start(options.total ?? 1, 0, { line: "" });
  return bar;
}

/** Starts a display; dispose it when done (the cursor comes back). Silent with `quiet`. */
export function startProgress(options: ProgressOptions): Progress {
  if (options.quiet) return { update: () => {}, [Symbol.dispose]: () => {} };
  const nowMs = options.nowMs ?? (() => performance.now());
  const terminal = options.terminal ?? Deno.stderr.isTerminal();
  const everyMs = options.everyMs ?? (terminal ? 100 : options.lineEveryMs ?? 1_000);
  const bar = terminal ? createBar(options) : undefined;
  const meter = new RateMeter();
  meter.measure(nowMs(), 0);
  let dueMs = nowMs() + everyMs;
  return {
    update: (done, note = "") => {
      const atMs = nowMs();
      if (atMs < dueMs) return;
      dueMs = atMs + everyMs;
      const { total, unit } = options;
      const line = describe({ done, total, rate: meter.measure(atMs, done), unit, note });
      if (bar === undefined) options.log.info(line);
      else bar.update(done, { line });
    },
    [Symbol.dispose]: () => {
      if (!bar?.isActive) return;
      // The bar clears the line in which it began; by now lines of the log may stand there.
      writeAllSync(Deno.stderr, SAVE_CURSOR);
      bar.stop();
    },
  };
}
