/** What the demo streams: readings of the meters that training has not seen, and those that lead up to them. */
import { type Dataset, type LabelledReading, openMeters, shift } from "../../datasets/mod.ts";
import type { ForecastModel } from "../../models/model_file.ts";

/** Share of each meter's readings that the network is trained on, or chosen by; the rest is streamed. */
const TRAINED_SHARE = 0.8;
const HOUR_MS = 3_600_000;
const WEEK_HOURS = 168;

/** The readings that training has not seen, and those before that the network needs for its first answer. */
export interface Unseen {
  readonly before: Dataset;
  readonly stream: Dataset;
  /** The end of the stream, whole weeks long: what comes again and again goes on in time and keeps its days. */
  readonly weeks: Dataset;
  readonly weeksMs: number;
}

/** The end of each series, side by side. */
export async function openUnseen(known: number): Promise<Unseen> {
  const whole = openMeters();
  const series = new Map<string, LabelledReading[]>();
  for await (const batch of whole.batches()) {
    for (const reading of batch) {
      const sofar = series.get(reading.source);
      if (sofar === undefined) series.set(reading.source, [reading]);
      else sofar.push(reading);
    }
  }
  const length = Math.max(...Array.from(series.values(), (all) => all.length));
  const rounds = Array.from(
    { length },
    (_, round) => Array.from(series.values()).flatMap((all) => all[round] ?? []),
  );
  const part = (from: number, to: number): Dataset => {
    const own = rounds.slice(from, to);
    async function* batches(): AsyncGenerator<LabelledReading[]> {
      yield* own;
    }
    return { ...whole, count: own.flat().length, batches };
  };
  const split = Math.floor(length * TRAINED_SHARE);
  const hours = Math.floor((length - split) / WEEK_HOURS) * WEEK_HOURS;
  return {
    before: part(split - known, split),
    stream: part(split, length),
    weeks: part(length - hours, length),
    weeksMs: hours * HOUR_MS,
  };
}

/** The whole weeks again and again, each time as much later as they are long. */
export function again({ weeks, weeksMs: byMs }: Unseen): Dataset {
  async function* batches(): AsyncGenerator<LabelledReading[]> {
    for (let pass = 1;; pass++) {
      for await (const batch of weeks.batches()) {
        yield batch.map((reading) => shift(reading, { pass: pass + 1, byMs: pass * byMs }));
      }
    }
  }
  return { ...weeks, count: undefined, batches };
}

/** Readings of a source after which the network answers the next one. */
export function readingsBefore(
  { lookback, metadata: { preparation: { context, spreadReadings = 0 } } }: ForecastModel,
): number {
  const season = context === undefined
    ? 0
    : Math.ceil(((context.seasonsMs.at(-1) ?? 0) - context.aheadMs) / context.stepMs) + 1;
  return Math.max(lookback, spreadReadings, season) - 1;
}
