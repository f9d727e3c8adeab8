/** What every store keeps, whatever is behind it. */
import assert from "node:assert/strict";
import { type Store, StoreError } from "../../src/store/store.ts";
import type { Row, TableName } from "../../src/store/tables.ts";
import { globalRow, readingRow, roundRow, statisticsRow } from "./rows.ts";

/** A kind of store. */
export interface StoreKind {
  readonly name: string;
  /** Why it is not here; its tests are then registered as ignored. */
  readonly missing: string | null;
  /** Runs with the place of a store that nobody has made yet, and what opens it. */
  with(use: (open: () => Promise<Store>) => Promise<void>): Promise<void>;
  /** Whether it refuses rows that are not as the tables say. @default true */
  readonly validates?: boolean;
}

async function all<T extends TableName>(store: Store, table: T): Promise<Row<T>[]> {
  return (await Array.fromAsync(store.rows(table))).flat();
}

const CASES: Readonly<Record<string, (open: () => Promise<Store>, kind: StoreKind) => Promise<void>>> = {
  "init makes it once": async (open) => {
    {
      await using store = await open();
      assert.equal((await store.init()).created, true);
    }
    await using store = await open();
    const { created, from, version } = await store.init();
    assert.deepEqual({ created, from }, { created: false, from: version });
  },

  "rows come back as they were written, in the order of their key": async (open) => {
    await using store = await open();
    await store.init();
    const readings = [0, 1, 2, 10].map((offset) => readingRow({ offset, id: `r-${offset}` }));
    const labelled = readingRow({ partition: 1, label: "normal", device: "Zähler ☃", features: {} });
    const model = globalRow();
    await store.write({
      rows: {
        device_data: [...readings.toReversed(), labelled],
        rounds: [roundRow()],
        global_models: [model],
      },
    });
    assert.deepEqual(await all(store, "device_data"), [...readings, labelled]);
    assert.deepEqual(await all(store, "rounds"), [roundRow()]);
    const [found] = await all(store, "global_models");
    assert.deepEqual({ ...found, bytes: [...found!.bytes!] }, { ...model, bytes: [0, 1, 255] });
    assert.deepEqual(await all(store, "anomalies"), []);
  },

  "numbers keep every bit": async (open) => {
    await using store = await open();
    await store.init();
    const numbers = [0.1, -0, 1e-310, 1.7976931348623157e308, 2 ** 53 - 1, 1 / 3];
    const rows = numbers.map((mean, start_ms) => statisticsRow({ mean, start_ms }));
    await store.write({ rows: { device_statistics: rows } });
    const found = (await all(store, "device_statistics")).map(({ mean }) => mean);
    // A zero has no sign in SQLite.
    assert.deepEqual(found.map((mean) => mean! + 0), numbers.map((mean) => mean + 0));
  },

  "the same record again is kept once": async (open) => {
    await using store = await open();
    await store.init();
    await store.write({ rows: { device_data: [readingRow(), readingRow({ offset: 1 })] } });
    await store.write({
      rows: { device_data: [readingRow({ device: "other" }), readingRow({ offset: 2 })] },
    });
    const found = await all(store, "device_data");
    assert.deepEqual(found.map(({ offset, device }) => [offset, device]), [
      [0, "meter-1"],
      [1, "meter-1"],
      [2, "meter-1"],
    ]);
  },

  "of a key the newest record counts, and an older one changes nothing": async (open) => {
    await using store = await open();
    await store.init();
    await store.write({ rows: { rounds: [roundRow({ offset: 5, state: "published", version: "abc" })] } });
    await store.write({ rows: { rounds: [roundRow({ offset: 3 }), roundRow({ offset: 7, round: 2 })] } });
    const twice = [roundRow({ offset: 9, round: 3, state: "collecting" }), roundRow({ offset: 8, round: 3 })];
    await store.write({ rows: { rounds: twice } });
    await store.write({ rows: { rounds: [roundRow({ offset: 5, state: "published", version: "abc" })] } });
    const found = await all(store, "rounds");
    assert.deepEqual(found.map(({ round, state, offset }) => [round, state, offset]), [
      [1, "published", 5],
      [2, "open", 7],
      [3, "collecting", 9],
    ]);
  },

  "statistics of a period are replaced by those that come later": async (open) => {
    await using store = await open();
    await store.init();
    await store.write({ rows: { device_statistics: [statisticsRow({ count: 1 }), statisticsRow()] } });
    assert.deepEqual(await all(store, "device_statistics"), [statisticsRow()]);
  },

  "a topic that was made again does not hide its records behind the old ones": async (open) => {
    await using store = await open();
    await store.init();
    await store.write({ rows: { device_data: [readingRow()] } });
    await store.write({ rows: { device_data: [readingRow({ incarnation: 1, id: "again" })] } });
    assert.deepEqual((await all(store, "device_data")).map(({ id }) => id), ["r-0", "again"]);
  },

  "offsets are a consumer's own, and go with the rows": async (open) => {
    const of = [
      { topic: "input-data", topicId: "t1", incarnation: 0, partition: 0, offset: 3 },
      { topic: "predictions", topicId: null, incarnation: 1, partition: 2, offset: 9 },
    ];
    {
      await using store = await open();
      await store.init();
      assert.deepEqual(await store.offsets("sink"), []);
      await store.write({ rows: { device_data: [readingRow()] }, offsets: { consumer: "sink", of } });
      await store.write({ rows: {}, offsets: { consumer: "other", of: of.slice(1) } });
      const [first] = of;
      await store.write({
        rows: {},
        offsets: { consumer: "sink", of: [{ ...first!, topicId: "t2", incarnation: 1, offset: 0 }] },
      });
    }
    await using store = await open();
    const sorted = (await store.offsets("sink")).sort((a, b) => a.topic < b.topic ? -1 : 1);
    assert.deepEqual(sorted, [{ ...of[0]!, topicId: "t2", incarnation: 1, offset: 0 }, of[1]]);
    assert.deepEqual(await store.offsets("other"), of.slice(1));
    assert.equal((await all(store, "device_data")).length, 1);
  },

  "a row that does not fit is refused, and nothing is noted": async (open, { validates = true }) => {
    if (!validates) return console.log("this server has no collection validators: nothing to test");
    await using store = await open();
    await store.init();
    const wrong: Partial<Record<keyof Row<"device_data">, unknown>>[] = [
      { time_ms: 1.5 },
      { time_ms: "yesterday" },
      { device: null },
      { features: undefined },
    ];
    for (const over of wrong) {
      const row = { ...readingRow({ offset: 9 }), ...over } as Row<"device_data">;
      const of = [{ topic: "input-data", topicId: null, incarnation: 0, partition: 0, offset: 10 }];
      await assert.rejects(
        store.write({ rows: { device_data: [row] }, offsets: { consumer: "sink", of } }),
        (error) => error instanceof StoreError && error.kind === "row",
        JSON.stringify(over),
      );
    }
    assert.deepEqual(await store.offsets("sink"), []);
    assert.deepEqual(await all(store, "device_data"), []);
  },

  "more rows than go in one batch come back": async (open) => {
    await using store = await open();
    await store.init();
    const rows = Array.from({ length: 5_001 }, (_, offset) => readingRow({ offset }));
    await store.write({ rows: { device_data: rows } });
    const batches = await Array.fromAsync(store.rows("device_data"));
    assert.ok(batches.length > 1);
    assert.deepEqual(batches.flat().map(({ offset }) => offset), rows.map(({ offset }) => offset));
  },
};

/** Registers the suite for a kind of store. */
export function testStore(kind: StoreKind): void {
  for (const [name, run] of Object.entries(CASES)) {
    Deno.test({
      name: `store ${kind.name}: ${name}`,
      ignore: kind.missing !== null,
      fn: () => kind.with((open) => run(open, kind)),
    });
  }
}
