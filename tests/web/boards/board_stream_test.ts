/** A board as a stream: the snapshot with every delta laid over it is the snapshot of that moment. */
import assert from "node:assert/strict";
import { PredictionsBoard } from "../../../src/monitor/boards/predictions.ts";
import { feed } from "../../../src/monitor/watch/feed.ts";
import { BoardStream } from "../../../src/web/boards/board_stream.ts";
import { servePredictions } from "../../../src/web/boards/served.ts";
import { fakeChunk, fakePrediction, fakeRecord } from "../../support/fake_predictions.ts";

const START_MS = 1_800_000_000_000;

function setUp() {
  const board = new PredictionsBoard({ nowMs: START_MS });
  let trouble: string | null = null;
  const source = feed(board, { streams: [], trouble: () => trouble });
  const served = servePredictions(source, {
    modelKeys: () => board.modelKeys(),
    reader: { input: "input-data", group: "g" },
    answering: () => null,
    training: () => null,
  });
  let made = 0;
  return {
    ...{ board, served },
    /** One second with so many predictions, as the server goes through it. */
    second(nowMs: number, count: number, version = "1"): void {
      const records = Array.from({ length: count }, () => {
        const scored = { predicted: made % 7, baseline: made % 5, actual: made % 3 };
        const one = fakePrediction({
          id: `${made++}`,
          source: `mote-${made % 3}`,
          scored,
          predictedAtMs: nowMs,
        });
        return fakeRecord({ ...one, model: { name: "sensors", version } });
      });
      board.take(fakeChunk("predictions", records), nowMs);
      board.takeLag([{ partition: 0, lag: made % 11 }], { nowMs });
      served.record(nowMs);
    },
    setTrouble: (text: string | null) => trouble = text,
  };
}

/** What a page makes of a delta. */
// deno-lint-ignore no-explicit-any
function overlay(page: any, delta: any): any {
  const { times, columns } = page.history.fine;
  return {
    timeMs: delta.timeMs,
    trouble: delta.trouble,
    board: { ...page.board, ...delta.board },
    history: {
      ...page.history,
      events: [...page.history.events, ...delta.events ?? []],
      fine: {
        ...page.history.fine,
        times: [...times, ...delta.points.map(([timeMs]: number[]) => timeMs)],
        columns: columns.map((column: number[], at: number) => [
          ...column,
          ...delta.points.map((point: number[]) => point[at + 1]),
        ]),
      },
    },
  };
}

Deno.test("snapshot and deltas together are the snapshot of the moment; changes of names come as a whole", () => {
  const { served, second, setTrouble } = setUp();
  const stream = new BoardStream(served, {}, 1_000);
  let nowMs = START_MS;
  served.record(nowMs);
  assert.deepEqual(stream.update(nowMs), { whole: true });
  let page = JSON.parse(stream.snapshot());
  let wholes = 0, deltas = 0;
  for (let round = 0; round < 200; round++) {
    nowMs += 1_000;
    second(nowMs, round % 13, round < 100 ? "1" : "2");
    setTrouble(round % 50 === 7 ? "disconnected, retrying" : null);
    const update = stream.update(nowMs)!;
    if ("whole" in update) {
      wholes++;
      page = JSON.parse(stream.snapshot());
      continue;
    }
    deltas++;
    page = overlay(page, JSON.parse(update.delta));
    const now = JSON.parse(stream.snapshot());
    // The coarse past is the page's own affair; the board's clock is the event's.
    assert.deepEqual(
      { ...page, board: { ...page.board, timeMs: 0 }, history: { ...page.history, coarse: 0 } },
      { ...now, board: { ...now.board, timeMs: 0 }, history: { ...now.history, coarse: 0 } },
      `round ${round}`,
    );
  }
  // One model, one partition: the names change when they come, and never again.
  assert.ok(wholes >= 1 && wholes <= 2, `${wholes} wholes`);
  assert.equal(deltas, 200 - wholes);
  assert.deepEqual(page.history.events.map(({ text }: { text: string }) => text), [
    "version 2 of sensors/temperature/12 predicts",
  ]);
});

Deno.test("where nothing changed nothing is sent, but a point each second; a board is asked once in its time", () => {
  const { served, second } = setUp();
  let asked = 0;
  const counting = {
    ...served,
    name: served.name,
    view: (...args: Parameters<typeof served.view>) => {
      asked++;
      return served.view(...args);
    },
    trouble: () => served.trouble(),
    record: (nowMs: number) => served.record(nowMs),
  };
  const stream = new BoardStream(counting, {}, 5_000);
  second(START_MS, 3);
  stream.update(START_MS);
  assert.equal(stream.update(START_MS + 100), null);
  second(START_MS + 1_000, 3);
  const update = stream.update(START_MS + 1_000);
  assert.ok(update !== null && "delta" in update);
  const { board, points } = JSON.parse(update.delta);
  assert.deepEqual([board, points.length, points[0][0]], [{}, 1, START_MS + 1_000]);
  assert.equal(asked, 1);
  stream.update(START_MS + 5_000);
  assert.equal(asked, 2);
});
