/** Snapshots that are not what they say: any one value of a state replaced, or taken away. */
import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import type { IncomingRecord } from "../../src/kafka/port.ts";
import type { Json } from "../../src/stream/json.ts";
import { count } from "../../src/stream/aggregates/count.ts";
import { compose } from "../../src/stream/aggregates/compose.ts";
import { distinct } from "../../src/stream/aggregates/distinct.ts";
import { max } from "../../src/stream/aggregates/extreme.ts";
import { mean } from "../../src/stream/aggregates/mean.ts";
import { quantiles } from "../../src/stream/aggregates/quantiles.ts";
import { sum } from "../../src/stream/aggregates/sum.ts";
import { topK } from "../../src/stream/aggregates/top_k.ts";
import { variance } from "../../src/stream/aggregates/variance.ts";
import { StateError } from "../../src/stream/state.ts";
import { Watermarks } from "../../src/stream/watermark.ts";
import { WindowedAggregation, type WindowSpec } from "../../src/stream/windows.ts";
import { forecastJobs, jobOf, randomLog } from "../traffic/forecast_run.ts";
import { eventfulLog, watchJob, watchJobs } from "../traffic/watch_log.ts";

/** JSON of other kinds, and of the same kind beside what is possible; `1e999` is read as Infinity. */
const OTHERS = [
  ...[
    "null",
    "-1",
    "1.5",
    "1e999",
    "9e15",
    "1e300",
    "0",
    '"x"',
    '""',
    "true",
    "[]",
    "{}",
    "[null]",
    '{"x":1}',
  ],
];
/** What stands for the value that is replaced, in JSON. */
const MARK = "\u0001";

interface Altered {
  readonly what: string;
  readonly text: string;
}

/** The state with one value, wherever it is, replaced or taken away. */
function alter(state: Json, random: Random): Altered {
  const copy = JSON.parse(JSON.stringify(state));
  let parent = copy;
  const path: string[] = [];
  for (;;) {
    const keys = Object.keys(parent);
    // Long lists have many values that are alike.
    const key = keys[random.integer(Math.min(keys.length, 40))]!;
    path.push(key);
    const value = parent[key];
    const isLeaf = typeof value !== "object" || value === null || Object.keys(value).length === 0;
    if (isLeaf || random.uniform() < 0.15) break;
    parent = value;
  }
  const key = path.at(-1)!;
  const after = [...OTHERS, null][random.integer(OTHERS.length + 1)]!;
  if (after !== null) parent[key] = MARK;
  else if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
  return {
    what: `${path.join(".")} = ${after}`,
    text: JSON.stringify(copy).replace('"\\u0001"', () => after!),
  };
}

/**
 * Restores `rounds` altered states: each is refused as one, or goes on with all that comes. Gives how many were
 * refused.
 */
function goOn(state: Json, { rounds, seed, restore }: {
  readonly rounds: number;
  readonly seed: number;
  /** Gives what goes on. */
  readonly restore: (state: Json) => () => void;
}): number {
  const random = new Random(seed);
  const wrong: string[] = [];
  let refused = 0;
  for (let round = 0; round < rounds; round++) {
    const { what, text } = alter(state, random);
    let run;
    try {
      run = restore(JSON.parse(text));
    } catch (error) {
      refused++;
      const isSaid = error instanceof StateError ||
        error instanceof RangeError && error.message.startsWith("Cannot restore a detector");
      if (!isSaid) wrong.push(`${what}: at restore ${error}`);
      continue;
    }
    try {
      run();
    } catch (error) {
      wrong.push(`${what}: later ${error instanceof Error ? error.stack : error}`);
    }
  }
  assert.deepEqual(wrong, []);
  return refused;
}

const SPECS: readonly WindowSpec[] = [
  { kind: "tumbling", size: 60 },
  { kind: "hopping", size: 60, advance: 25 },
  { kind: "sliding", size: 20 },
  { kind: "session", gap: 15 },
];

const everything = () =>
  compose({
    count: count(),
    distinct: distinct((x: number) => String(x), { exactMax: 5 }),
    max: max((x: number) => x),
    mean: mean((x: number) => x),
    quantiles: quantiles((x: number) => x, { at: [0.5] }),
    sum: sum((x: number) => x),
    top: topK(2, (x: number) => String(x % 7), { namesMax: 4 }),
    variance: variance((x: number) => x),
  });

for (const spec of SPECS) {
  Deno.test(`an altered state of ${spec.kind} windows is refused at once, or goes on`, () => {
    const options = {
      spec,
      aggregate: everything(),
      grace: 30,
      emission: { kind: "early", every: 20 },
    } as const;
    const take = (windows: WindowedAggregation<number, unknown[], unknown>, from: number, to: number) => {
      const random = new Random(from);
      for (let n = from; n < to; n++) {
        const time = n - random.integer(40);
        windows.add(`k${n % 3}`, time, random.integer(100), n - 10, () => {});
      }
    };
    const windows = new WindowedAggregation(options);
    take(windows, 0, 500);
    const refused = goOn(windows.toJson(), {
      ...{ rounds: 200, seed: 5 },
      restore: (state) => {
        const restored = new WindowedAggregation(options, state);
        return () => {
          take(restored, 500, 1_500);
          restored.advance(Infinity, () => {});
          JSON.stringify(restored.toJson());
        };
      },
    });
    assert.ok(refused > 70, String(refused));
  });
}

Deno.test("an altered state of watermarks is refused at once, or goes on", () => {
  const options = { lateness: 2, idleTimeoutMs: 1_000 };
  const watermarks = new Watermarks(options);
  for (const id of ["0", "1"]) watermarks.observe(id, 10, 100);
  watermarks.at(500);
  const refused = goOn(watermarks.toJson(), {
    ...{ rounds: 300, seed: 5 },
    restore: (state) => {
      const restored = new Watermarks(options, state);
      return () => assert.equal(typeof restored.at(600), "number");
    },
  });
  assert.ok(refused > 150, String(refused));
});

/** What a job does with 1,000 packets more, and with the end of all of them. */
function goesOn(job: ReturnType<typeof jobOf>, records: readonly IncomingRecord[]): () => void {
  return () => {
    job.take(records, () => {});
    job.advance(job.openUntil, () => {});
    JSON.stringify(job.snapshot());
  };
}

Deno.test("an altered state of traffic forecast is refused at once, or takes 1,000 packets more", () => {
  const { jobs } = forecastJobs({ rules: ["actual.packets>p90", "bytes>3000"] });
  const log = randomLog(3, 2_500);
  const job = jobOf(jobs);
  job.take(log.slice(0, 1_500), () => {});
  const refused = goOn(job.snapshot(), {
    ...{ rounds: 300, seed: 7 },
    restore: (state) => goesOn(jobOf(jobs, state), log.slice(1_500)),
  });
  assert.ok(refused > 100, String(refused));
});

for (const emitted of [undefined, { kind: "session", gap: 20_000_000 } as const]) {
  Deno.test(`an altered state of traffic watch is refused at once, or takes 1,000 packets more (${emitted?.kind})`, () => {
    const { jobs } = watchJobs({
      emitted,
      detector: "ewma",
      graceUs: 120_000_000,
      aggregates: ["mean", "variance"],
    });
    const log = eventfulLog();
    const at = log.length - 1_000;
    const job = watchJob(jobs);
    job.take(log.slice(0, at), () => {});
    const refused = goOn(job.snapshot(), {
      ...{ rounds: 200, seed: 9 },
      restore: (state) => goesOn(watchJob(jobs, state), log.slice(at)),
    });
    assert.ok(refused > 70, String(refused));
  });
}
