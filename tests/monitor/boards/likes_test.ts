import assert from "node:assert/strict";
import { LikesBoard } from "../../../src/monitor/boards/likes.ts";
import { totalOf } from "../../support/fake_totals.ts";
import { videoEvent } from "../../youtube/events.ts";

const encoder = new TextEncoder();

Deno.test("LikesBoard keeps the newest total of each video, and counts what it cannot read", () => {
  const board = new LikesBoard();
  for (const total of [totalOf("a", 1), totalOf("b", 5), totalOf("a", 7)]) {
    board.addTotal(encoder.encode(JSON.stringify(total)));
  }
  for (const value of [null, encoder.encode("{"), encoder.encode("{}"), encoder.encode("7")]) {
    board.addTotal(value);
    board.addEvent(value);
  }
  board.addEvent(encoder.encode(JSON.stringify(videoEvent("a", { likes: 1, poll: 0 }))));
  const { ranking, events, unreadable } = board.snapshot();
  assert.deepEqual(ranking.map(({ videoId, likes }) => [videoId, likes]), [["a", 7], ["b", 5]]);
  assert.deepEqual([events, unreadable], [1, 8]);
});

Deno.test("LikesBoard says of which minutes its gains are", () => {
  const board = new LikesBoard();
  assert.deepEqual([board.snapshot().gainsEndMs, board.snapshot().gains.at(-1)], [null, 0]);
  for (const [poll, likes] of [[0, 10], [1, 13]] as const) {
    board.addEvent(encoder.encode(JSON.stringify(videoEvent("a", { likes, poll }))));
  }
  const { gains, gainsEndMs } = board.snapshot();
  assert.equal(gains.at(-1), 3);
  const newestMs = Date.parse(videoEvent("a", { likes: 13, poll: 1 }).observedAt);
  assert.ok(gainsEndMs! > newestMs && gainsEndMs! - newestMs <= 60_000 && gainsEndMs! % 60_000 === 0);
});
