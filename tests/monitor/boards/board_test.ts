/** The contract of all boards. */
import assert from "node:assert/strict";
import type { Board } from "../../../src/monitor/boards/board.ts";
import { FederatedBoard } from "../../../src/monitor/boards/federated.ts";
import { LikesBoard } from "../../../src/monitor/boards/likes.ts";
import { PredictionsBoard } from "../../../src/monitor/boards/predictions.ts";
import { TrafficBoard } from "../../../src/monitor/boards/traffic.ts";
import { chunkOf, FakeFederation } from "../../support/fake_federation.ts";
import { fakeChunk, fakeDeadLetter, fakePrediction, fakeRecord } from "../../support/fake_predictions.ts";
import { totalOf } from "../../support/fake_totals.ts";
import { bytesOf, FakeTraffic } from "../../support/fake_traffic.ts";
import { videoEvent } from "../../youtube/events.ts";

const NOW_MS = Date.UTC(2026, 0, 2);
const FEDERATED = new FakeFederation().rounds(3);
const [WINDOW] = [new FakeTraffic().window(25)];

function recordOf(value: unknown) {
  return { offset: 0, timestampMs: NOW_MS, key: null, value: bytesOf(value), headers: [] };
}

interface Case {
  readonly open: () => Board<unknown, never>;
  /** Records by topic, all of which count. */
  readonly records: readonly ReturnType<typeof fakeChunk>[];
}

const CASES: Readonly<Record<string, Case>> = {
  predictions: {
    open: () => new PredictionsBoard({ nowMs: NOW_MS, topics: { predictions: "p", deadLetters: "d" } }),
    records: [
      fakeChunk("p", [fakeRecord(fakePrediction({ id: "a" }))]),
      fakeChunk("d", [fakeDeadLetter("late")]),
    ],
  },
  traffic: {
    open: () => new TrafficBoard({ nowMs: NOW_MS }),
    records: [
      fakeChunk("forecasts", WINDOW.forecasts.map(recordOf)),
      fakeChunk("processed-data", WINDOW.processed.map(recordOf)),
      fakeChunk("dead-letters", [fakeDeadLetter("late")]),
    ],
  },
  federated: {
    open: () => new FederatedBoard({ nowMs: NOW_MS }),
    records: ["federated-rounds", "anomalies"].map((topic) =>
      chunkOf(topic, FEDERATED.filter((one) => one.topic === topic).map(({ record }) => record))
    ),
  },
  likes: {
    open: () => new LikesBoard(),
    records: [
      fakeChunk("youtube-totals", [recordOf(totalOf("a", 7))]),
      fakeChunk("topic_yt", [recordOf(videoEvent("a", { likes: 1, poll: 0 }))]),
    ],
  },
};

/** As JSON holds it: `null` for `NaN`. */
function jsonOf(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

for (const [name, { open, records }] of Object.entries(CASES)) {
  Deno.test(`the board of ${name} counts its topics' records and no others, and its snapshot is plain`, () => {
    const board = open();
    const empty = jsonOf(board.snapshot(NOW_MS));
    for (const chunk of records) board.take({ ...chunk, topic: "another" }, NOW_MS);
    assert.deepEqual(jsonOf(board.snapshot(NOW_MS)), empty);
    for (const chunk of records) {
      assert.ok(board.topics.includes(chunk.topic), chunk.topic);
      const before = jsonOf(board.snapshot(NOW_MS));
      board.take(chunk, NOW_MS);
      assert.notDeepEqual(jsonOf(board.snapshot(NOW_MS)), before, chunk.topic);
    }
    assert.equal(new Set(board.topics).size, board.topics.length);
    assertPlain(board.snapshot(NOW_MS));
    assert.deepEqual(board.snapshot(NOW_MS), board.snapshot(NOW_MS), "taking a snapshot changes nothing");
  });
}

/** Numbers, texts, lists and plain objects alone. */
function assertPlain(value: unknown): void {
  if (typeof value === "object" && value !== null) {
    assert.ok(Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype);
    for (const one of Object.values(value)) assertPlain(one);
  } else assert.ok(value === null || ["number", "string", "boolean"].includes(typeof value), typeof value);
}
