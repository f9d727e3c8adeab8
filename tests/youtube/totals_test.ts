import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import type { YoutubeEvent } from "../../src/records/youtube_events.ts";
import { mostLiked, rank, Totals } from "../../src/youtube/totals.ts";
import { commentEvent, videoEvent } from "./events.ts";

function shuffled<T>(values: readonly T[], random: Random): T[] {
  const copy = [...values];
  for (let at = copy.length - 1; at > 0; at--) {
    const other = random.integer(at + 1);
    [copy[at], copy[other]] = [copy[other]!, copy[at]!];
  }
  return copy;
}

/** Ten comments on two videos, whose likes go up and down over six polls. */
function history(random: Random): YoutubeEvent[] {
  const events: YoutubeEvent[] = [];
  for (let poll = 0; poll < 6; poll++) {
    for (const videoId of ["a", "b"]) {
      events.push(videoEvent(videoId, { likes: random.integer(1_000), poll }));
      for (let comment = 0; comment < 5; comment++) {
        events.push(
          commentEvent(videoId, { commentId: `${videoId}${comment}`, likes: random.integer(50), poll }),
        );
      }
    }
  }
  return events;
}

Deno.test("Totals.take() adds up the newest likes of each video and comment", () => {
  const totals = new Totals();
  totals.take(videoEvent("v", { likes: 100, poll: 0 }));
  totals.take(commentEvent("v", { commentId: "c", likes: 5, poll: 0 }));
  totals.take(commentEvent("v", { commentId: "d", likes: 7, poll: 0 }));
  totals.take(commentEvent("v", { commentId: "c", likes: 3, poll: 1 }));
  const total = totals.total("v")!;
  assert.deepEqual(
    [
      total.videoLikes,
      total.commentLikes,
      total.likes,
      total.comments,
      total.topComments.map((one) => one.likeCount),
    ],
    [100, 10, 110, 2, [7, 3]],
  );
});

Deno.test("Totals.take() comes to the same totals in any order, with repetitions", () => {
  const random = new Random(1);
  const events = history(random);
  const straight = new Totals();
  for (const event of events) straight.take(event);
  const known = straight.ranking().map(({ likesPerMinute: _rate, ...rest }) => rest);
  for (let round = 0; round < 20; round++) {
    const totals = new Totals();
    for (const event of shuffled([...events, ...shuffled(events, random).slice(0, 40)], random)) {
      totals.take(event);
    }
    assert.deepEqual(totals.ranking().map(({ likesPerMinute: _rate, ...rest }) => rest), known);
  }
});

Deno.test("Totals.take() says that a repeated poll, a replayed topic and a second delivery change nothing", () => {
  const events = history(new Random(2));
  const totals = new Totals();
  for (const event of events) totals.take(event);
  const before = totals.ranking();
  assert.deepEqual(events.filter((event) => totals.take(event)), []);
  assert.deepEqual(totals.ranking(), before);
});

Deno.test("Totals.take() counts hidden likes as none, and says that they are hidden", () => {
  const totals = new Totals();
  totals.take(videoEvent("v", { likes: null, poll: 0 }));
  totals.take(commentEvent("v", { commentId: "c", likes: 2, poll: 0 }));
  assert.equal(totals.total("v")!.videoLikes, null);
  assert.equal(totals.total("v")!.likes, 2);
  assert.equal(totals.take(videoEvent("v", { likes: 9, poll: 1 })), true);
  assert.equal(totals.total("v")!.likes, 11);
});

Deno.test("Totals forgets the least liked comments first, and counts them", () => {
  const totals = new Totals({ commentsPerVideoMax: 10, commentsMax: 15 });
  for (let likes = 0; likes < 30; likes++) {
    totals.take(commentEvent("v", { commentId: `c${likes}`, likes, poll: 0 }));
  }
  const { comments, commentLikes, forgottenComments, topComments } = totals.total("v")!;
  assert.deepEqual([comments, commentLikes, forgottenComments], [10, 245, 20]);
  assert.deepEqual(topComments.map(({ likeCount }) => likeCount), [29, 28, 27]);
  for (let likes = 100; likes < 110; likes++) {
    totals.take(commentEvent("w", { commentId: `d${likes}`, likes, poll: 0 }));
  }
  assert.equal(totals.total("v")!.comments + totals.total("w")!.comments, 15);
  assert.equal(totals.total("w")!.comments, 10, "the less liked ones of the other video went");
  assert.equal(totals.forgotten.comments, 25);
});

Deno.test("Totals forgets the video that was heard of longest ago", () => {
  const totals = new Totals({ videosMax: 2 });
  for (const [poll, id] of ["a", "b", "a", "c"].entries()) totals.take(videoEvent(id, { likes: poll, poll }));
  assert.deepEqual(totals.videoIds.toSorted(), ["a", "c"]);
  assert.equal(totals.forgotten.videos, 1);
});

Deno.test("Totals.total() has likes per minute of what came after the first poll", () => {
  const totals = new Totals();
  totals.take(videoEvent("v", { likes: 1_000, poll: 0 }));
  assert.equal(totals.total("v")!.likesPerMinute, null);
  for (let poll = 1; poll <= 4; poll++) totals.take(videoEvent("v", { likes: 1_000 + 30 * poll, poll }));
  assert.equal(totals.total("v")!.likesPerMinute, 30, "polls are a minute apart");
  assert.deepEqual(totals.gainsByMinute(3).likes, [30, 30, 30]);
});

Deno.test("mostLiked() names all that are equal", () => {
  const totals = new Totals();
  for (const [id, likes] of [["b", 7], ["a", 7], ["c", 3]] as const) {
    totals.take(videoEvent(id, { likes, poll: 0 }));
  }
  assert.deepEqual(totals.ranking().map(({ videoId }) => videoId), ["a", "b", "c"]);
  assert.deepEqual(mostLiked(totals.ranking()).map(({ videoId }) => videoId), ["a", "b"]);
  assert.deepEqual(mostLiked(rank([])), []);
});

Deno.test("Totals.take() takes out what is gone, whatever the order, and remembers it against late events", () => {
  const removed = (event: YoutubeEvent): YoutubeEvent => ({ ...event, likeCount: null, removed: true });
  const events = [
    videoEvent("v", { likes: 100, poll: 0 }),
    commentEvent("v", { commentId: "c", likes: 10, poll: 0 }),
    commentEvent("v", { commentId: "d", likes: 5, poll: 0 }),
    videoEvent("w", { likes: 57, poll: 0 }),
    commentEvent("w", { commentId: "e", likes: 3, poll: 0 }),
    removed(commentEvent("v", { commentId: "c", likes: 10, poll: 1 })),
    removed(videoEvent("w", { likes: 57, poll: 1 })),
  ];
  const random = new Random(3);
  for (let round = 0; round < 20; round++) {
    const totals = new Totals();
    for (const event of [...shuffled(events, random), ...shuffled(events, random)]) totals.take(event);
    const found = totals.ranking().map(({ videoId, likes, comments }) => [videoId, likes, comments]);
    assert.deepEqual(found, [["v", 105, 1]]);
    const gone = totals.total("w")!;
    assert.deepEqual([gone.removed, gone.likes, gone.comments, gone.topComments], [true, 0, 0, []]);
    assert.deepEqual([totals.commentIds("v"), events.filter((event) => totals.take(event))], [["d"], []]);
    // It is there again.
    assert.ok(totals.take(videoEvent("w", { likes: 58, poll: 2 })));
    assert.ok(totals.take(commentEvent("v", { commentId: "c", likes: 11, poll: 2 })));
    assert.deepEqual(totals.ranking().map(({ likes }) => likes), [116, 61]);
  }
});
