import assert from "node:assert/strict";
import { ApiClient, BudgetSpent } from "../../src/youtube/api/client.ts";
import { keyCredentials } from "../../src/youtube/api/credentials.ts";
import { ApiFailure } from "../../src/youtube/api/failure.ts";
import type { PublishedVideo } from "../../src/youtube/published.ts";
import { Poller } from "../../src/youtube/poll.ts";
import { type YoutubeEvent, youtubeEventSchema } from "../../src/records/youtube_events.ts";
import { Totals } from "../../src/youtube/totals.ts";
import {
  ERRORS,
  type Fault,
  type StandIn,
  type StandInVideo,
  startStandIn,
} from "../support/youtube_stand_in.ts";

/** A poller of all videos of the stand-in, with what it gave and said. */
function pollerOf(
  standIn: StandIn,
  { quotaBudget, ids, published, startMs = Date.UTC(2026, 0, 1) }: {
    quotaBudget?: number;
    ids?: string[];
    published?: ReadonlyMap<string, PublishedVideo>;
    startMs?: number;
  } = {},
) {
  const events: YoutubeEvent[] = [];
  const said: string[] = [];
  let nowMs = startMs;
  const api = new ApiClient({
    base: standIn.base,
    credentials: keyCredentials(standIn.key),
    signal: new AbortController().signal,
    quotaBudget,
    wait: false,
    say: () => {},
    pauseMs: 1,
  });
  const poller = new Poller({
    api,
    videoIds: ids ?? standIn.videos.map(({ id }) => id),
    emit: (more) => {
      events.push(...more);
      return Promise.resolve();
    },
    say: (message) => said.push(message),
    nowMs: () => nowMs++,
    ...(published === undefined ? {} : { published }),
  });
  return { poller, events, said };
}

function totalsOf(events: readonly YoutubeEvent[]) {
  const totals = new Totals();
  for (const event of events) totals.take(event);
  return Object.fromEntries(
    totals.ranking().map(({ videoId, videoLikes, commentLikes }) => [videoId, { videoLikes, commentLikes }]),
  );
}

Deno.test("Poller.poll() gives an event for every video, comment and reply, and then for what has changed", async () => {
  await using standIn = startStandIn({ seed: 4, comments: 1_500 });
  const { poller, events, said } = pollerOf(standIn);
  await poller.poll();
  assert.equal(events.length, 1_505);
  assert.deepEqual(totalsOf(events), standIn.truth());
  for (const event of events) youtubeEventSchema.parse(event);
  assert.equal(new Set(events.map(({ id }) => id)).size, events.length);
  await poller.poll();
  assert.equal(events.length, 1_505, "nothing has changed");
  for (let poll = 0; poll < 5; poll++) {
    standIn.step(50);
    await poller.poll();
  }
  assert.ok(events.length > 1_505 && events.length < 2_000, `${events.length} events`);
  assert.deepEqual(totalsOf(events), standIn.truth());
  const likes = Object.values(standIn.truth()).map((one) => (one.videoLikes ?? 0) + one.commentLikes);
  assert.deepEqual([...poller.likes().values()].map((one) => one.likes), likes);
  assert.deepEqual(said, []);
});

interface Odd {
  readonly change: (standIn: StandIn) => void;
  readonly line: RegExp;
}

/** What may be odd about the first video: one line, and the others go on. */
const ODD: Readonly<Record<string, Odd>> = {
  "comments that are disabled": {
    change: ({ videos }) => videos[0]!.commentsDisabled = true,
    line: /^video_00000 "Title 0.*": comments are disabled: only its own likes count/,
  },
  "a video that is private, deleted, region-locked or never was": {
    change: ({ videos }) => videos[0]!.hidden = true,
    line: /^video_00000: not there: private, deleted, not for this region, or a wrong id/,
  },
  "an age-restricted video": {
    change: ({ videos }) => videos[0]!.ageRestricted = true,
    line: /^video_00000 "Title 0.*": age-restricted/,
  },
  "likes that are hidden": {
    change: ({ videos }) => videos[0]!.likes = null,
    line: /^video_00000 "Title 0.*": the like count is hidden/,
  },
  "a premiere without comments": {
    change: ({ videos }) => {
      videos[0]!.live = "upcoming";
      videos[0]!.threads.length = 0;
    },
    line: /^video_00000 "Title 0.*": a live stream or premiere \(upcoming\)/,
  },
};

for (const [name, { change, line }] of Object.entries(ODD)) {
  Deno.test(`Poller.poll() says ${name} once, and the others go on`, async () => {
    await using standIn = startStandIn({ seed: 5, comments: 200 });
    change(standIn);
    const { poller, events, said } = pollerOf(standIn);
    await poller.poll();
    standIn.step(20);
    await poller.poll();
    assert.equal(said.length, 1, said.join("\n"));
    assert.match(said[0]!, line);
    assert.deepEqual(totalsOf(events), standIn.truth());
  });
}

/** A fault in the comments of the first video. */
function inComments(fault: () => Response, when: (query: URLSearchParams) => boolean = () => true): Fault {
  return ({ path, query }) =>
    path === "commentThreads" && query.get("videoId") === "video_00000" && when(query) ? fault() : null;
}

for (
  const [name, fault] of Object.entries({ forbidden: ERRORS.forbidden, videoNotFound: ERRORS.videoNotFound })
) {
  Deno.test(`Poller.poll() leaves out comments that answer ${name}, says so, and goes on`, async () => {
    await using standIn = startStandIn({ seed: 6, comments: 200 });
    standIn.fault = inComments(fault);
    const { poller, events, said } = pollerOf(standIn);
    await poller.poll();
    assert.equal(said.length, 1);
    assert.match(said[0]!, /^video_00000 "Title 0/);
    const truth = standIn.truth();
    truth["video_00000"] = { ...truth["video_00000"]!, commentLikes: 0 };
    assert.deepEqual(totalsOf(events), truth);
  });
}

Deno.test("Poller.poll() begins a video's pages again when a page token has expired", async () => {
  await using standIn = startStandIn({ seed: 7, comments: 2_000 });
  let expired = 0;
  standIn.fault = inComments(ERRORS.invalidPageToken, (query) => query.has("pageToken") && expired++ === 1);
  const { poller, events, said } = pollerOf(standIn);
  await poller.poll();
  assert.deepEqual(totalsOf(events), standIn.truth());
  assert.deepEqual(said, []);
  expired = -Infinity;
  standIn.fault = inComments(ERRORS.invalidPageToken, (query) => query.has("pageToken"));
  await poller.poll();
  assert.match(said[0]!, /have expired twice/);
});

Deno.test("Poller.poll() ends with what concerns every video", async () => {
  await using standIn = startStandIn({ seed: 8, comments: 1_000 });
  standIn.quota = 4;
  await assert.rejects(
    () => pollerOf(standIn).poller.poll(),
    (error: unknown) => error instanceof ApiFailure && error.kind === "quota-exceeded",
  );
  standIn.quota = Infinity;
  const before = standIn.spent();
  await assert.rejects(() => pollerOf(standIn, { quotaBudget: 4 }).poller.poll(), BudgetSpent);
  assert.equal(standIn.spent() - before, 4);
});

Deno.test("Poller.poll() takes back comments, replies and videos that are gone, and brings back what returns", async () => {
  await using standIn = startStandIn({ seed: 9, videos: 3, comments: 900 });
  const { poller, events } = pollerOf(standIn);
  await poller.poll();
  const [first, second] = standIn.videos as [StandInVideo, StandInVideo];
  const thread = first.threads.find(({ replies }) => replies.length > 1)!;
  const reply = thread.replies.pop()!;
  const comment = first.threads.shift()!;
  second.hidden = true;
  const before = events.length;
  await poller.poll();
  const removed = events.slice(before).map(({ id, removed }) => [id, removed]);
  const gone = [comment, ...comment.replies, reply].map(({ id }) => [`comment:${id}@removed`, true]);
  assert.deepEqual(removed.toSorted(), [...gone, [`video:${second.id}@removed`, true]].toSorted());
  for (const event of events) youtubeEventSchema.parse(event);
  assert.deepEqual(totalsOf(events), standIn.truth());
  assert.ok(!poller.likes().has(second.id));
  await poller.poll();
  assert.equal(events.length, before + removed.length, "nothing is taken back twice");
  first.threads.push(comment);
  second.hidden = false;
  await poller.poll();
  assert.deepEqual(totalsOf(events), standIn.truth());
});

Deno.test("Poller.poll() of a run that starts again takes back what vanished while none polled", async () => {
  await using standIn = startStandIn({ seed: 10, videos: 3, comments: 300 });
  const { poller, events } = pollerOf(standIn);
  await poller.poll();
  const published = new Map(standIn.videos.map(({ id, title }) => [id, {
    title,
    isThere: true,
    comments: new Set(events.flatMap((one) => one.videoId === id && one.commentId ? [one.commentId] : [])),
  }]));
  standIn.videos[0]!.threads.splice(3, 2);
  standIn.videos[1]!.hidden = true;
  const again = pollerOf(standIn, { published, startMs: Date.UTC(2026, 0, 2) });
  await again.poller.poll();
  assert.deepEqual(totalsOf([...events, ...again.events]), standIn.truth());
  assert.ok(again.events.some(({ id, removed }) => id === "video:video_00001@removed" && removed));
});

/** Listings that are not whole: nothing may vanish. */
const INCOMPLETE: Readonly<Record<string, (standIn: StandIn) => void>> = {
  "that is forbidden half-way": (standIn) =>
    standIn.fault = inComments(ERRORS.forbidden, (query) => query.has("pageToken")),
  "whose page tokens expire": (standIn) =>
    standIn.fault = inComments(ERRORS.invalidPageToken, (query) => query.has("pageToken")),
  "whose answers cannot be read": (standIn) =>
    standIn.fault = inComments(() => new Response("{"), (query) => query.has("pageToken")),
  "that the quota ends": (standIn) => standIn.quota = standIn.spent() + 2,
  "of replies that fails": (standIn) =>
    standIn.fault = ({ path }) => path === "comments" ? ERRORS.forbidden() : null,
};

for (const [name, change] of Object.entries(INCOMPLETE)) {
  Deno.test(`Poller.poll() takes nothing away after a listing ${name}`, async () => {
    await using standIn = startStandIn({ seed: 7, videos: 1, comments: 900 });
    const { poller, events } = pollerOf(standIn);
    await poller.poll();
    const before = totalsOf(events);
    // On the first page: what is missing is missing for sure, but what comes later was not seen.
    standIn.videos[0]!.threads.shift();
    change(standIn);
    await poller.poll().catch((error) => assert.ok(error instanceof ApiFailure, String(error)));
    assert.deepEqual(totalsOf(events), before);
    [standIn.fault, standIn.quota] = [() => null, Infinity];
    await poller.poll();
    assert.deepEqual(totalsOf(events), standIn.truth());
  });
}
