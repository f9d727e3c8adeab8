/**
 * The monitor's loop: records in, and a screen, lines or JSON out, until somebody ends it. Knows no Kafka client and
 * no settings: chunks, lag, clock and terminal are arguments, so that the demo runs it in its own process.
 */
import type { RecordChunk } from "../../kafka/port.ts";
import { unlessAborted, untilAborted } from "../../runtime/clock.ts";
import { renderForecasts } from "./forecasts_render.ts";
import { actionsOf, type KeyAction, nextRefresh, PREDICTION_KEYS, type PredictionAction } from "./keys.ts";
import { Freshness } from "../boards/freshness.ts";
import { FRAME_MS_MIN, LAG_EVERY_MS } from "../boards/limits.ts";
import { ModelBoards } from "../boards/predictions.ts";
import { plainLine, toJson } from "./predictions_plain.ts";
import { curvePoints, render } from "./predictions_render.ts";
import { Screen, type Terminal } from "./screen.ts";
import type { PartitionLag, Snapshot } from "../boards/snapshot.ts";

/** Time for the loop; tests bring their own. */
export interface DashboardClock {
  /** Unix ms. */
  nowMs(): number;
  /** Calls back once, `delayMs` from now; the returned function cancels. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The machine's clock. */
export const systemClock: DashboardClock = {
  nowMs: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** How the figures are shown: `silent` shows nothing before the end. */
export type DashboardOutput =
  | {
    readonly mode: "screen";
    readonly terminal: Terminal;
    readonly color: boolean;
    readonly title: string;
    /** The page that is shown first; `f` shows the other one. @default overview */
    readonly page?: "overview" | "forecasts";
  }
  | { readonly mode: "plain" | "json"; readonly out: (line: string) => void }
  | { readonly mode: "silent" };

/** What the dashboard shows, how, and how long. */
export interface DashboardOptions {
  /** Records of `predictions`; ends by itself or when `signal` aborts. */
  readonly predictions: AsyncIterable<RecordChunk>;
  /** Records of `dead-letters`, likewise. */
  readonly deadLetters: AsyncIterable<RecordChunk>;
  /** Lag of the consumer group by partition; `null` as long as nobody knows. A rejection ends the dashboard. */
  readonly lag: () => Promise<readonly PartitionLag[] | null>;
  /** What is not as it should be, for a badge: "disconnected, retrying". @default all is well */
  readonly trouble?: () => string | null;
  readonly output: DashboardOutput;
  readonly refreshMs: number;
  /** Tells apart all ids, on both topics. @default false */
  readonly accounting?: boolean;
  /** Topic that the models read: only its dead letters count. @default of every topic */
  readonly input?: string;
  /** Shows only this model, by name or id. @default the one that predicted last */
  readonly model?: string;
  /** Ends the dashboard; it returns as after `q`. */
  readonly signal: AbortSignal;
  /** @default systemClock */
  readonly clock?: DashboardClock;
}

/** How long records are counted without letting anything else happen, in ms. */
const BUSY_MS_MAX = 50;

/** How the dashboard ended. */
export interface DashboardResult {
  readonly snapshot: Snapshot;
  /** Ids of the models whose predictions were read, and of those among them that were asked for. */
  readonly models: { readonly all: readonly string[]; readonly asked: readonly string[] };
  /** Somebody pressed `q` or Ctrl-C. */
  readonly quit: boolean;
}

/**
 * Runs until `q`, until the signal aborts, or until both streams have ended. The terminal is restored however it ends.
 *
 * @throws What a stream or `lag` throws.
 */
export async function runDashboard(options: DashboardOptions): Promise<DashboardResult> {
  return await new Dashboard(options).run();
}

class Dashboard {
  readonly #options: DashboardOptions;
  readonly #clock: DashboardClock;
  readonly #board: ModelBoards;
  readonly #freshness: Freshness;
  readonly #end = new AbortController();
  #screen: Screen | null = null;
  #refreshMs: number;
  #frozen: Snapshot | null = null;
  #help = false;
  #page: "overview" | "forecasts" = "overview";
  #quit = false;
  #hasKeys = false;
  #drawnMs = -Infinity;
  #failure: { error: unknown } | null = null;
  #wake: (() => void) | null = null;
  /** Something is to be drawn before the refresh is due. */
  #urgent = false;

  constructor(options: DashboardOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#refreshMs = Math.max(FRAME_MS_MIN, options.refreshMs);
    this.#freshness = new Freshness(this.#clock.nowMs());
    const { accounting = false, input, model } = options;
    this.#board = new ModelBoards({
      ...{ nowMs: this.#clock.nowMs(), accounting },
      ...(input === undefined ? {} : { input }),
      ...(model === undefined ? {} : { model }),
    });
  }

  async run(): Promise<DashboardResult> {
    const { signal, output } = this.#options;
    const onAbort = () => this.#stop();
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) this.#stop();
    const closers = output.mode === "screen" ? this.#enter(output.terminal) : [];
    try {
      const feeding = this.#guard(this.#feed());
      const asking = this.#guard(this.#askForLag());
      await this.#show();
      await Promise.all([feeding, asking]);
    } finally {
      this.#stop();
      signal.removeEventListener("abort", onAbort);
      for (const close of closers) close();
    }
    if (this.#failure !== null) throw this.#failure.error;
    return {
      snapshot: this.#board.snapshot(this.#clock.nowMs()),
      models: { all: this.#board.allIds, asked: this.#board.ids },
      quit: this.#quit,
    };
  }

  /** Takes the terminal. @returns what gives it back, in order */
  #enter(terminal: Terminal): (() => void)[] {
    const screen = this.#screen = new Screen(terminal);
    const { output } = this.#options;
    if (output.mode === "screen") this.#page = output.page ?? "overview";
    const closers: (() => void)[] = [() => screen[Symbol.dispose]()];
    try {
      closers.unshift(terminal.onResize(() => {
        screen.forget();
        this.#drawSoon();
      }));
      closers.unshift(terminal.onSuspend(() => screen.leave(), () => {
        screen.enter();
        this.#drawSoon();
      }));
      const closeKeys = terminal.openKeys((input) =>
        actionsOf(input, PREDICTION_KEYS).forEach((action) => this.#act(action))
      );
      this.#hasKeys = closeKeys !== null;
      if (closeKeys !== null) closers.unshift(closeKeys);
      return closers;
    } catch (error) {
      for (const close of closers) close();
      throw error;
    }
  }

  /** The first failure ends everything, and is thrown when the terminal is whole again. */
  async #guard(task: Promise<void>): Promise<void> {
    try {
      await task;
    } catch (error) {
      this.#failure ??= { error };
      this.#stop();
    }
  }

  async #feed(): Promise<void> {
    const { predictions, deadLetters } = this.#options;
    await Promise.all([
      this.#read(predictions, (chunk) => {
        const nowMs = this.#clock.nowMs();
        if (chunk.records.length > 0) this.#freshness.take(nowMs);
        for (const { value } of chunk.records) this.#board.addPrediction(value, nowMs);
      }),
      this.#read(deadLetters, (chunk) => {
        for (const record of chunk.records) this.#board.addDeadLetter(record, chunk);
      }),
    ]);
    await this.#takeLag();
    this.#stop();
  }

  async #read(chunks: AsyncIterable<RecordChunk>, add: (chunk: RecordChunk) => void): Promise<void> {
    let sinceMs = this.#clock.nowMs();
    for await (const chunk of untilAborted(chunks, this.#end.signal)) {
      add(chunk);
      if (this.#clock.nowMs() - sinceMs < BUSY_MS_MAX) continue;
      await new Promise<void>((resolve) => this.#clock.after(0, resolve));
      sinceMs = this.#clock.nowMs();
    }
  }

  async #askForLag(): Promise<void> {
    while (!this.#end.signal.aborted) {
      await this.#takeLag();
      await this.#pause(Math.max(LAG_EVERY_MS, this.#refreshMs));
    }
  }

  /** Whoever ends the dashboard does not wait for an answer. */
  async #takeLag(): Promise<void> {
    const { signal } = this.#end;
    if (signal.aborted) return;
    const lags = await unlessAborted(this.#options.lag(), signal).catch((error: unknown) => {
      if (error === signal.reason) return null;
      throw error;
    });
    if (lags !== null) this.#board.addLag(lags, this.#clock.nowMs());
  }

  async #show(): Promise<void> {
    const { signal } = this.#end;
    if (this.#options.output.mode === "silent") {
      return await new Promise((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    if (this.#screen !== null) this.#draw();
    while (!signal.aborted) {
      const waitMs = this.#urgent
        ? Math.max(0, this.#drawnMs + FRAME_MS_MIN - this.#clock.nowMs())
        : this.#refreshMs;
      this.#urgent = false;
      if (waitMs > 0) await this.#wait(waitMs);
      if (!signal.aborted && !this.#urgent) this.#draw();
    }
  }

  #draw(): void {
    const nowMs = this.#drawnMs = this.#clock.nowMs();
    const { output, trouble } = this.#options;
    const wrong = trouble?.() ?? (this.#frozen === null ? this.#freshness.silence(nowMs) : null);
    if (output.mode === "plain") output.out(plainLine(this.#board.snapshot(nowMs), wrong));
    if (output.mode === "json") output.out(JSON.stringify(toJson(this.#board.snapshot(nowMs), wrong)));
    if (output.mode !== "screen") return;
    const size = output.terminal.size();
    if (size === null) return this.#stop(); // the terminal has gone
    const snapshot = this.#frozen ?? this.#board.snapshot(nowMs, curvePoints(size));
    const draw = this.#page === "forecasts" && snapshot.classes === null ? renderForecasts : render;
    this.#screen?.draw(draw(snapshot, {
      size,
      color: output.color,
      title: output.title,
      trouble: wrong,
      paused: this.#frozen !== null,
      help: this.#help,
      refreshMs: this.#refreshMs,
      keys: this.#hasKeys,
    }));
  }

  #act(action: KeyAction | PredictionAction): void {
    const nowMs = this.#clock.nowMs();
    const points = 240;
    if (action === "quit") {
      this.#quit = true;
      return this.#stop();
    }
    if (action === "help") this.#help = !this.#help;
    else if (action === "close") this.#help = false;
    else if (action === "pause") {
      this.#frozen = this.#frozen === null ? this.#board.snapshot(nowMs, points) : null;
    } else if (action === "page") this.#page = this.#page === "overview" ? "forecasts" : "overview";
    else if (action === "model" || action === "next-source" || action === "previous-source") {
      if (action === "model") this.#board.showNext();
      else this.#board.showSource(action === "next-source" ? 1 : -1);
      if (this.#frozen !== null) this.#frozen = this.#board.snapshot(nowMs, points);
    } else if (action === "reset") {
      this.#board.reset(nowMs);
      this.#frozen = null;
    } else this.#refreshMs = nextRefresh(this.#refreshMs, action);
    this.#drawSoon();
  }

  #drawSoon(): void {
    this.#urgent = true;
    this.#wake?.();
  }

  #stop(): void {
    this.#end.abort();
    this.#wake?.();
  }

  /** Waits, unless something is to be drawn or it is the end. */
  async #wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = null;
  }

  /** Waits, unless it is the end. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#end;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        cancel();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = this.#clock.after(ms, done);
      signal.addEventListener("abort", done);
    });
  }
}
