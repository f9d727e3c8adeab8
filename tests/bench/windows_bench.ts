/**
 * Windows alone, in process: records per second of hopping windows of 5 s every 1 s over 10,000 keys, in order and out
 * of order, beside the plain way in the same language (each record updates each of its windows, found by a text) and
 * bytewax, and the memory of an open window.
 *
 * Rates are by the clock, and by the processor's time: on a busy machine the latter comes nearer to what an idle one gives.
 *
 *     deno task bench windows [ROUNDS] [RECORDS]
 */
import process from "node:process";
import { Random } from "../../nn/random.ts";
import type { Aggregate } from "../../src/stream/aggregate.ts";
import { compose } from "../../src/stream/aggregates/compose.ts";
import { count } from "../../src/stream/aggregates/count.ts";
import { sum } from "../../src/stream/aggregates/sum.ts";
import { WindowedAggregation, type WindowResult, type WindowSpec } from "../../src/stream/windows.ts";
import { median, perSecond, printTable } from "./report.ts";
import { findPeerPython } from "./surroundings.ts";

const KEYS = 10_000;
const SECOND = 1_000_000;
const SIZE = 5 * SECOND;
const ADVANCE = SECOND;
const LATENESS = SECOND;
const HOPPING = { kind: "hopping", size: SIZE, advance: ADVANCE } as const;
const TUMBLING = { kind: "tumbling", size: SIZE } as const;
const SLIDING = { kind: "sliding", size: SIZE } as const;
const SESSION = { kind: "session", gap: 2 * SECOND } as const;

interface Row {
  readonly bytes: number;
}

/** A stream, drawn before the clock runs. */
interface Stream {
  readonly keys: readonly string[];
  readonly key: Int32Array;
  readonly time: Float64Array;
  readonly rows: readonly Row[];
  readonly records: number;
}

/** What was told, so that nothing is left out: windows, and the records in them. */
interface Told {
  windows: number;
  records: number;
  bytes: number;
}

/** `rate` records a second of event time; out of order by up to `jitter` µs. */
function draw(
  records: number,
  { rate, jitter, keys = KEYS }: { readonly rate: number; readonly jitter: number; readonly keys?: number },
): Stream {
  const random = new Random(1);
  const time = Float64Array.from(
    { length: records },
    (_, i) => 1_767_571_200 * SECOND + Math.floor(i * SECOND / rate) - random.integer(jitter + 1),
  );
  return {
    keys: Array.from({ length: KEYS }, (_, i) => `10.${i >> 8}.${i & 255}.1`),
    key: Int32Array.from({ length: records }, () => random.integer(keys)),
    time,
    rows: Array.from({ length: 1_000 }, () => ({ bytes: 64 + random.integer(1_400) })),
    records,
  };
}

const traffic = compose({ packets: count(), bytes: sum(({ bytes }: Row) => bytes) });

function runWindows({ keys, key, time, rows, records }: Stream, spec: WindowSpec): Told {
  const windows = new WindowedAggregation({ spec, aggregate: traffic });
  const told = { windows: 0, records: 0, bytes: 0 };
  const emit = ({ count, value }: WindowResult<{ readonly packets: number; readonly bytes: number }>) => {
    told.windows++;
    told.records += count;
    told.bytes += value.bytes;
  };
  let highest = -Infinity;
  for (let i = 0; i < records; i++) {
    const at = time[i]!;
    if (at > highest) highest = at;
    windows.add(keys[key[i]!]!, at, rows[i % 1_000]!, highest - LATENESS, emit);
  }
  windows.advance(Infinity, emit);
  return told;
}

/** The plain way: a map of windows by key and start, each record in all of its own; windows closed by their ends. */
function runPlain({ keys, key, time, rows, records }: Stream): Told {
  const open = new Map<number, Map<string, { packets: number; bytes: number }>>();
  const told = { windows: 0, records: 0, bytes: 0 };
  let [highest, closed] = [-Infinity, -Infinity];
  const close = (watermark: number) => {
    for (const [end, windows] of [...open].sort(([a], [b]) => a - b)) {
      if (end > watermark) break;
      for (const { packets, bytes } of windows.values()) {
        told.windows++;
        told.records += packets;
        told.bytes += bytes;
      }
      open.delete(end);
    }
    closed = Math.floor(watermark / ADVANCE);
  };
  for (let i = 0; i < records; i++) {
    const at = time[i]!;
    if (at > highest) highest = at;
    if (Math.floor((highest - LATENESS) / ADVANCE) > closed) close(highest - LATENESS);
    const last = Math.floor(at / ADVANCE) * ADVANCE + SIZE;
    for (let end = last - SIZE + ADVANCE; end <= last; end += ADVANCE) {
      if (end <= highest - LATENESS) continue;
      let windows = open.get(end);
      if (windows === undefined) open.set(end, windows = new Map());
      let window = windows.get(keys[key[i]!]!);
      if (window === undefined) windows.set(keys[key[i]!]!, window = { packets: 0, bytes: 0 });
      window.packets++;
      window.bytes += rows[i % 1_000]!.bytes;
    }
  }
  close(Infinity);
  return told;
}

interface Measured {
  readonly told: Told;
  /** Records per second, the median of the rounds that follow a first one. */
  readonly byClock: number;
  readonly byProcessor: number;
}

function measure(
  run: () => Told,
  { rounds, records }: { readonly rounds: number; readonly records: number },
): Measured {
  const told = run();
  const byClock: number[] = [];
  const byProcessor: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    const used = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(used);
    byClock.push(records / (performance.now() - began) * 1_000);
    byProcessor.push(records / (user + system) * 1e6);
  }
  return { told, byClock: median(byClock), byProcessor: median(byProcessor) };
}

async function benchSpeed(rounds: number, records: number): Promise<void> {
  const rows: string[][] = [];
  const add: AddRow = (name, stream, { told, byClock, byProcessor }) =>
    rows.push([name, stream, perSecond(byClock), perSecond(byProcessor), `${told.windows}`]);
  for (const [rate, jitter] of [[500_000, 0], [500_000, SECOND], [50_000, SECOND]] as const) {
    const stream = draw(records, { rate, jitter });
    const title = `${rate / 1_000}k, ${jitter === 0 ? "in order" : "1 s out of order"}`;
    const hopping = measure(() => runWindows(stream, HOPPING), { rounds, records });
    const plain = measure(() => runPlain(stream), { rounds, records });
    if (JSON.stringify(hopping.told) !== JSON.stringify(plain.told)) {
      throw new Error("the plain way tells other windows");
    }
    add("hopping 5 s/1 s", title, hopping);
    add("the same, the plain way", title, plain);
    for (const [name, spec] of [["tumbling 5 s", TUMBLING], ["session 2 s", SESSION]] as const) {
      add(name, title, measure(() => runWindows(stream, spec), { rounds, records }));
    }
  }
  // Two windows for each record: a tenth of the records takes as long.
  const few = records / 10;
  for (const [keys, rate] of [[KEYS, 50_000], [1, 5_000]] as const) {
    const stream = draw(few, { rate, jitter: SECOND, keys });
    const measured = measure(() => runWindows(stream, SLIDING), { rounds, records: few });
    add("sliding 5 s", `${rate / 1_000}k of ${keys} keys, 1 s out of order`, measured);
  }
  await benchPeer(add, few);
  printTable(
    ["windows", "records a second of event time", "records/s", "by processor time", "windows told"],
    rows,
  );
}

type AddRow = (name: string, stream: string, measured: Measured) => void;

/** bytewax beside it, on as many records drawn the same way; left out where it cannot be installed. */
async function benchPeer(add: AddRow, records: number): Promise<void> {
  const python = await findPeerPython(["bytewax==0.21.1"], "streamflow-bench-bytewax");
  if (typeof python !== "string") return console.log(`bytewax is left out: ${python.missing}`);
  const rate = 50_000;
  const title = `${rate / 1_000}k, 1 s out of order, ${records} records`;
  const stream = draw(records, { rate, jitter: SECOND });
  add("hopping 5 s/1 s", title, measure(() => runWindows(stream, HOPPING), { rounds: 3, records }));
  const args = [new URL("peer_windows.py", import.meta.url).pathname, `${rate}`, `${records}`];
  const { success, stdout } = await new Deno.Command(python, { args, stdin: "null", stderr: "inherit" })
    .output();
  if (!success) return console.log("bytewax is left out: it failed");
  const { name, seconds, processorSeconds, windows } = JSON.parse(new TextDecoder().decode(stdout)) as {
    readonly name: string;
    readonly seconds: number;
    readonly processorSeconds: number;
    readonly windows: number;
  };
  const told = { windows, records: 0, bytes: 0 };
  add(name, title, { told, byClock: records / seconds, byProcessor: records / processorSeconds });
}

/** Heap bytes for each open window of 10,000 keys that have a record in each of 5 s. */
function benchMemory(): void {
  const { gc: collect } = globalThis as unknown as { readonly gc: () => void };
  const heapBytes = () => {
    for (let i = 0; i < 5; i++) collect();
    return process.memoryUsage().heapUsed;
  };
  const specs: Readonly<Record<string, WindowSpec>> = {
    "tumbling 5 s": TUMBLING,
    "hopping 5 s/1 s": HOPPING,
    "sliding 5 s": SLIDING,
    "session 2 s": SESSION,
  };
  const aggregates = { "count()": count(), "packets and bytes": traffic } as const;
  const keys = Array.from({ length: KEYS }, (_, i) => `10.${i >> 8}.${i & 255}.1`);
  const row = { bytes: 100 };
  const rows: string[][] = [];
  const kept: unknown[] = [];
  for (const [kind, spec] of Object.entries(specs)) {
    for (const [name, aggregate] of Object.entries<Aggregate<Row, unknown, unknown>>(aggregates)) {
      const before = heapBytes();
      const windows = new WindowedAggregation<Row, unknown, unknown>({ spec, aggregate });
      for (let second = 10; second < 15; second++) {
        for (const key of keys) windows.add(key, second * SECOND, row, 0, () => {});
      }
      const bytes = heapBytes() - before;
      kept.push(windows);
      const { open, states } = windows;
      rows.push([kind, name, `${open}`, `${states}`, (bytes / open).toFixed(0), (bytes / states).toFixed(0)]);
    }
  }
  printTable(["open windows", "aggregate", "windows", "states", "heap bytes a window", "a state"], rows);
}

if (import.meta.main) {
  if (Deno.args[0] === "memory") benchMemory();
  else {
    const [rounds = 5, records = 1_000_000] = Deno.args.map(Number);
    await benchSpeed(rounds, records);
    const args = ["run", "-A", "--v8-flags=--expose-gc", new URL(import.meta.url).pathname, "memory"];
    await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).spawn().status;
  }
}
