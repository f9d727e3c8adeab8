/** Whose turn it is, on a clock of the test's own; and each element once. */
import assert from "node:assert/strict";
import { distinct, distinctPartitions, mapInTurns, mapPartitionsInTurns } from "../../src/broker/elements.ts";
import { TURN_MS } from "../../src/broker/limits.ts";
import { Turn, Turns } from "../../src/broker/turns.ts";

/** Turns with a clock that work moves on. */
function makeTurns() {
  let nowMs = 0;
  const turns = new Turns(() => nowMs);
  const newWorker = (signal = new AbortController().signal) => {
    const turn = new Turn(turns);
    turn.begin();
    return { turn, signal };
  };
  return { turns, newWorker, work: (ms: number) => void (nowMs += ms) };
}

Deno.test("short work is done at once, long work in slices between which others have their turn", async () => {
  const { turns, newWorker, work } = makeTurns();
  const done: string[] = [];
  const act = (name: string, ms: number) => (index: number) => {
    work(ms);
    done.push(name + index);
    return index;
  };
  assert.deepEqual(mapInTurns([1, 2, 3], act("short", TURN_MS / 10), newWorker()), [1, 2, 3]);
  const list = Array.from({ length: 20 }, (_, index) => index);
  const long = mapInTurns(list, act("long", TURN_MS), newWorker());
  const others = [1, 2, 3].map(() => mapInTurns([1, 2], act("other", TURN_MS), newWorker()));
  assert.ok(long instanceof Promise);
  assert.ok(done.filter((name) => name.startsWith("long")).length <= 2, "the first slice ends in time");
  await Promise.all(others);
  assert.ok(
    done.filter((name) => name.startsWith("long")).length < 10,
    "others wait for slices, not for the end",
  );
  assert.deepEqual(await long, list);
  turns.close();
});

Deno.test("of those who wait whoever has worked least goes first", async () => {
  const { turns, newWorker, work } = makeTurns();
  const [hard, light] = [newWorker(), newWorker()];
  hard.turn.begin();
  work(20 * TURN_MS);
  const order: string[] = [];
  const first = hard.turn.pause()?.then(() => order.push("hard"));
  light.turn.begin();
  work(TURN_MS);
  const second = light.turn.pause()?.then(() => order.push("light"));
  // The first to ask begins a slice and goes on at once; it asks again when the slice is over.
  const third = hard.turn.pause()?.then(() => order.push("hard"));
  await Promise.all([first, second, third]);
  assert.equal(order[0], "light");
  turns.close();
});

Deno.test("work stops when nobody waits for the answer any more", async () => {
  const { turns, newWorker, work } = makeTurns();
  const abort = new AbortController();
  let done = 0;
  const long = mapInTurns(Array.from({ length: 100 }), () => {
    work(TURN_MS);
    if (++done === 5) abort.abort();
  }, newWorker(abort.signal));
  await assert.rejects(async () => await long, { name: "AbortError" });
  assert.equal(done, 5);
  turns.close();
});

Deno.test("what is named twice is there once, with the last that was said of it", () => {
  assert.deepEqual(distinct([{ k: 1, v: "a" }, { k: 2, v: "b" }, { k: 1, v: "c" }], ({ k }) => k), [
    { k: 1, v: "c" },
    { k: 2, v: "b" },
  ]);
  const topics = [
    { name: "t", partitions: [{ partition: 0, offset: 1 }, { partition: 1, offset: 2 }] },
    { name: "u", partitions: [] },
    { name: "t", partitions: [{ partition: 1, offset: 3 }, { partition: 2, offset: 4 }] },
  ];
  const merged = distinctPartitions(topics, {
    topicKey: ({ name }) => name,
    partitionKey: ({ partition }) => partition,
  });
  assert.deepEqual(merged, [
    {
      name: "t",
      partitions: [{ partition: 0, offset: 1 }, { partition: 1, offset: 3 }, { partition: 2, offset: 4 }],
    },
    { name: "u", partitions: [] },
  ]);
  const { turns, newWorker } = makeTurns();
  const results = mapPartitionsInTurns(merged, ({ offset }, { name }) => name + offset, newWorker());
  assert.ok(!(results instanceof Promise));
  assert.deepEqual(results.map(({ partitions }) => partitions), [["t1", "t3", "t4"], []]);
  turns.close();
});
