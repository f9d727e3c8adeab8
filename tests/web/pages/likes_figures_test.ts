import assert from "node:assert/strict";
import { LikesBoard } from "../../../src/monitor/boards/likes.ts";
import {
  gainCurves,
  sinceFirst,
  titleOf,
  topComments,
  videoSeries,
} from "../../../src/web/pages/likes_figures.js";
import { FakeLikes } from "../../support/fake_likes.ts";
import { totalOf } from "../../support/fake_totals.ts";
import { bytesOf } from "../../support/fake_traffic.ts";

const START_MS = Date.UTC(2026, 0, 5, 14);

Deno.test("gainCurves() put each minute at its end", () => {
  const board = new LikesBoard();
  assert.deepEqual(gainCurves(board.snapshot()), { times: [], columns: [[]] });
  const likes = new FakeLikes(START_MS);
  for (let poll = 0; poll < 60; poll++) {
    likes.poll(poll).events.forEach((one) => board.addEvent(bytesOf(one)));
  }
  const { times, columns } = gainCurves(board.snapshot());
  assert.equal(times.at(-1), START_MS + 600_000, "the last of ten minutes ends then");
  assert.deepEqual([times.length, times.at(-1)! - times.at(-2)!], [60, 60_000]);
  assert.deepEqual(columns[0]!.slice(0, 50), new Array(50).fill(0));
  assert.ok(columns[0]!.slice(50).every((likes) => likes !== null && likes > 100));
});

Deno.test("sinceFirst() shows what came within the curves", () => {
  assert.deepEqual(
    sinceFirst({ times: [1, 2, 3], columns: [[null, 5, 7], [10, null, 9], [null, null, null]] }).columns,
    [[null, 0, 2], [0, null, -1], [null, null, null]],
  );
});

Deno.test("videoSeries() and topComments() take the most liked, by title where there is one", () => {
  const comment = (commentId: string, likeCount: number) => ({ commentId, likeCount, text: commentId });
  const ranking = [
    totalOf("a", 9, { topComments: [comment("a1", 3), comment("a2", 1)] }),
    totalOf("b", 7, { title: " ", topComments: [comment("b1", 2)] }),
    totalOf("c", 5),
  ];
  assert.deepEqual(videoSeries(ranking, 2).map(({ name, label }) => [name, label]), [
    ["likes.a", "Title of a"],
    ["likes.b", "b"],
  ]);
  assert.equal(titleOf(ranking[1]!), "b");
  assert.deepEqual(topComments(ranking, 2).map(({ commentId }) => commentId), ["a1", "b1"]);
});
