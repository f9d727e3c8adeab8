import assert from "node:assert/strict";
import {
  ChangedLikes,
  likesLine,
  rankingLines,
  renderLikes,
} from "../../../src/monitor/terminal/likes_lines.ts";
import { totalOf } from "../../support/fake_totals.ts";
import { assertHarmless, NASTY } from "../../support/screens.ts";

const nasty = totalOf("v", 5, {
  title: NASTY,
  channel: NASTY,
  topComments: [{ commentId: "c", author: NASTY, text: NASTY, likeCount: 3 }],
});

Deno.test("likes are harmless in a terminal, whatever titles and comments say", () => {
  const screen = renderLikes([nasty], {
    size: { columns: 100, rows: 20 },
    color: false,
    title: "t",
    note: "",
    gains: [],
    keys: true,
  });
  assertHarmless([...screen, likesLine(nasty), ...rankingLines([nasty])]);
});

Deno.test("renderLikes() fits every size", () => {
  const ranking = Array.from({ length: 40 }, (_, at) => ({ ...nasty, videoId: `v${at}`, likes: 1e12 - at }));
  for (const videos of [0, 1, 5, 40]) {
    for (const columns of [40, 57, 80, 200]) {
      for (const rows of [10, 24, 60]) {
        const lines = renderLikes(ranking.slice(0, videos), {
          size: { columns, rows },
          color: false,
          title: "youtube-totals at 127.0.0.1:9092",
          note: "events 1",
          gains: [0, 1, 5],
          keys: true,
        });
        assert.equal(lines.length, rows);
        for (const line of lines) assert.equal(line.length, columns);
      }
    }
  }
});

Deno.test("rankingLines() names the most liked video", () => {
  const lines = rankingLines([totalOf("a", 9), totalOf("b", 7)]);
  assert.match(lines[0]!, /^1\. a "Title of a": 9 likes/);
  assert.match(lines[1]!, /^2\. b "Title of b": 7 likes/);
  assert.equal(lines[2], 'most liked: "Title of a" (a) with 9 likes');
  assert.deepEqual(rankingLines([]), ["no likes yet"]);
});

Deno.test("rankingLines() says a tie, and equal videos share their place", () => {
  const lines = rankingLines([totalOf("a", 9), totalOf("b", 9), totalOf("c", 1)]);
  assert.deepEqual(lines.slice(0, 3).map((line) => line.slice(0, 4)), ["1. a", "1. b", "3. c"]);
  assert.equal(lines[3], 'most liked, a tie: "Title of a" (a) and "Title of b" (b) with 9 likes each');
});

Deno.test("likesLine() says what is hidden and what was evicted", () => {
  assert.match(likesLine(totalOf("a", 0, { videoLikes: null })), /video hidden/);
  assert.match(likesLine(totalOf("a", 0, { forgottenComments: 12 })), /12 of the least liked evicted/);
});

Deno.test("ChangedLikes says what has changed, and remembers no more than is shown", () => {
  const changed = new ChangedLikes();

  assert.equal(changed.take([totalOf("a", 1), totalOf("b", 1)]).length, 2);
  assert.equal(changed.take([totalOf("a", 1), totalOf("b", 2)]).length, 1);
  assert.equal(changed.take([totalOf("b", 2)]).length, 0);
  assert.equal(
    changed.take([totalOf("a", 1), totalOf("b", 2)]).length,
    1,
    "a was evicted when it was gone",
  );
});
