import assert from "node:assert/strict";
import { FederatedBoard } from "../../../src/monitor/boards/federated.ts";
import {
  closingInWords,
  formatRound,
  reasonsInWords,
  roundCurves,
} from "../../../src/web/pages/federated_figures.js";
import { chunkOf, FakeFederation, START_MS } from "../../support/fake_federation.ts";

function filled(rounds: number) {
  const federation = new FakeFederation();
  const board = new FederatedBoard({ nowMs: START_MS });
  for (const { topic, record } of [...federation.rounds(rounds), ...federation.update()]) {
    board.take(chunkOf(topic, [record]), federation.nowMs);
  }
  return { nowMs: federation.nowMs, at: (ms: number) => board.snapshot(federation.nowMs + ms) };
}

Deno.test("roundCurves() has a value for each published round, oldest first", () => {
  const { at } = filled(4);
  const { times, columns } = roundCurves(at(0), [({ counted }) => counted, ({ loss }) => loss]);
  assert.deepEqual([times, columns[0]], [[0, 1, 2, 3], [18, 18, 18, 18]]);
  assert.ok(columns[1]![0]! > columns[1]![3]!, "the open round is none of them");
  assert.deepEqual(roundCurves({ rounds: [] }, [({ loss }) => loss]), { times: [], columns: [[]] });
  assert.deepEqual([0, 1, 1.5].map(formatRound), ["0", "1", ""]);
});

Deno.test("closingInWords() says when a round ends, when nothing comes, and when nobody ends it", () => {
  const { at } = filled(1);
  assert.deepEqual(closingInWords(new FederatedBoard().snapshot(0)), ["no round yet", ""]);
  assert.deepEqual(closingInWords(at(400)), ["collecting, closes in 60 s at the latest", ""]);
  assert.deepEqual(closingInWords(at(90_000)), ["its deadline is 30 s past: is the server gone?", "bad"]);
  const { round } = at(0);
  const closing = (state: "open" | "published", silentMs: number | null) =>
    closingInWords({
      round: { ...round!, state, closedBy: "quorum" },
      leftMs: null,
      overdueMs: null,
      silentMs,
    });
  assert.deepEqual(closing("open", null), ["open, without a deadline", ""]);
  assert.deepEqual(closing("open", 90_400), ["open, without a deadline; nothing new for 1.5 min", "bad"]);
  const first = { round: { ...round!, counted: 0 }, leftMs: null, overdueMs: null, silentMs: null };
  assert.deepEqual(closingInWords(first), ["collecting, waits for its first update", ""]);
  assert.deepEqual(closing("published", null), ["published, closed by quorum", ""]);
  assert.equal(reasonsInWords({ norm: 1_234, shape: 1 }), "1,234 norm, 1 shape");
});
