/** Feeds a board: records of its topics as they come, and the lag of the jobs that it is about. */
import type { RecordChunk } from "../../kafka/port.ts";
import { unlessAborted, untilAborted } from "../../runtime/clock.ts";
import type { Board } from "../boards/board.ts";
import { LAG_EVERY_MS } from "../boards/limits.ts";
import type { PartitionLag } from "../boards/snapshot.ts";
import { type MonitorClock, systemClock } from "./clock.ts";

/** How long records are counted without letting anything else happen, in ms. */
const BUSY_MS_MAX = 50;

/** Figures that change: what a screen, lines, or a page show. */
export interface Source<Snapshot, Choice> {
  /** Counts until there is nothing more to come, or until the signal aborts. @throws What reading throws. */
  run(signal: AbortSignal): Promise<void>;
  /** Everything as it is now. */
  snapshot(nowMs: number, choice: Choice): Snapshot;
  /** Counts from nothing. */
  reset?(nowMs: number): void;
  /** What is not as it should be: "disconnected, retrying"; `null` = all is well. */
  trouble?(): string | null;
}

/** Where a board's records and lags come from. */
export interface FeedOptions {
  /** Records of the board's topics; each ends by itself or when the signal aborts. */
  readonly streams: readonly AsyncIterable<RecordChunk>[];
  /** Lag by job and partition; `null` as long as nobody knows. A rejection ends the feed. @default none */
  readonly lags?: readonly {
    readonly job: string;
    readonly ask: () => Promise<readonly PartitionLag[] | null>;
  }[];
  /** Between two questions for the lag, ms. @default 1 s */
  readonly lagEveryMs?: number;
  readonly trouble?: () => string | null;
  /** @default systemClock */
  readonly clock?: MonitorClock;
}

/** A board with what feeds it. */
export function feed<Snapshot, Choice>(
  board: Board<Snapshot, Choice>,
  { streams, lags = [], lagEveryMs = LAG_EVERY_MS, trouble, clock = systemClock }: FeedOptions,
): Source<Snapshot, Choice> {
  const takeLags = (signal: AbortSignal) =>
    Promise.all(lags.map(async ({ job, ask }) => {
      if (signal.aborted) return;
      // Whoever ends the feed does not wait for an answer.
      const answer = await unlessAborted(ask(), signal).catch((error: unknown) => {
        if (error === signal.reason) return null;
        throw error;
      });
      if (answer !== null) board.takeLag?.(answer, { nowMs: clock.nowMs(), job });
    }));
  const followLags = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      await takeLags(signal);
      await pause(lagEveryMs, { signal, clock });
    }
  };
  const read = async (chunks: AsyncIterable<RecordChunk>, signal: AbortSignal) => {
    let sinceMs = clock.nowMs();
    for await (const chunk of untilAborted(chunks, signal)) {
      board.take(chunk, clock.nowMs());
      if (clock.nowMs() - sinceMs < BUSY_MS_MAX) continue;
      await pause(0, { signal, clock }); // keys and the screen have their turn
      sinceMs = clock.nowMs();
    }
  };
  return {
    snapshot: (nowMs, choice) => board.snapshot(nowMs, choice),
    reset: (nowMs) => board.reset?.(nowMs),
    trouble: () => trouble?.() ?? null,
    run: async (signal) => {
      const ended = new AbortController();
      const both = AbortSignal.any([signal, ended.signal]);
      const following = followLags(both).finally(() => ended.abort());
      try {
        await Promise.all(streams.map((chunks) => read(chunks, both)));
        await takeLags(both);
      } finally {
        ended.abort();
        await following;
      }
    },
  };
}

/** Waits, unless it is the end. */
async function pause(
  ms: number,
  { signal, clock }: { readonly signal: AbortSignal; readonly clock: MonitorClock },
): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener("abort", done);
  });
}
