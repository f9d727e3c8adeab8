import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import type { IncomingRecord, OutgoingRecord, TopicPartitionOffset } from "../../src/kafka/port.ts";
import { TotalsPublisher } from "../../src/youtube/publisher.ts";
import type { YoutubeEvent } from "../../src/records/youtube_events.ts";
import type { Total } from "../../src/records/youtube_totals.ts";
import { Totals } from "../../src/youtube/totals.ts";
import { commentEvent, videoEvent } from "./events.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const HERE = { topic: "topic_yt", partition: 0 };

/** One partition's log, what was published, and what the group has committed. */
class FakeCluster {
  readonly log: IncomingRecord[] = [];
  readonly totals: Total[] = [];
  readonly letters: OutgoingRecord[] = [];
  committed = 0;
  ours = true;
  readonly steps: string[] = [];

  append(...values: (YoutubeEvent | string | null)[]): void {
    for (const value of values) {
      const text = value === null || typeof value === "string" ? value : JSON.stringify(value);
      this.log.push({
        offset: this.log.length,
        timestampMs: 0,
        key: null,
        value: text === null ? null : encoder.encode(text),
        headers: [],
      });
    }
  }

  publisher(): TotalsPublisher {
    return new TotalsPublisher({
      output: "youtube-totals",
      deadLetter: "dead-letters",
      send: async (topic, records) => {
        await null;
        this.steps.push(`acknowledged ${topic}`);
        if (topic === "dead-letters") this.letters.push(...records);
        else this.totals.push(...records.map(({ value }) => JSON.parse(decoder.decode(value as Uint8Array))));
      },
      commit: (offsets: readonly TopicPartitionOffset[]) => {
        this.steps.push(`committed ${offsets[0]!.offset}`);
        if (this.ours) this.committed = offsets[0]!.offset;
        return Promise.resolve(this.ours);
      },
      nowMs: () => 0,
    });
  }

  /** The partition is given to the publisher, which reads `count` records from where it wants to begin. */
  assign(publisher: TotalsPublisher): number {
    return publisher.startAt({ ...HERE, startOffset: this.committed, logStartOffset: 0 });
  }

  read(publisher: TotalsPublisher, from: number, to = this.log.length): void {
    const records = this.log.slice(from, to);
    publisher.take({ ...HERE, records, nextOffset: to, highWatermark: this.log.length });
  }
}

Deno.test("TotalsPublisher.publish() commits after the totals are acknowledged", async () => {
  const cluster = new FakeCluster();
  cluster.append(videoEvent("v", { likes: 5, poll: 0 }), "no json");
  const publisher = cluster.publisher();
  cluster.read(publisher, cluster.assign(publisher));
  await publisher.publish();
  assert.deepEqual(cluster.steps, [
    "acknowledged youtube-totals",
    "acknowledged dead-letters",
    "committed 2",
  ]);
  await publisher.publish();
  assert.equal(cluster.steps.length, 3, "nothing new, nothing published");
});

Deno.test("TotalsPublisher publishes a total once however many events change it", async () => {
  const cluster = new FakeCluster();
  for (let comment = 0; comment < 100; comment++) {
    cluster.append(commentEvent("v", { commentId: `c${comment}`, likes: 1, poll: 0 }));
  }
  const publisher = cluster.publisher();
  cluster.read(publisher, cluster.assign(publisher));
  await publisher.publish();
  assert.deepEqual(cluster.totals.map(({ likes }) => likes), [100]);
});

Deno.test("TotalsPublisher rebuilds the state before the first output, and puts nothing out of it again", async () => {
  const cluster = new FakeCluster();
  cluster.append(
    videoEvent("v", { likes: 5, poll: 0 }),
    "no json",
    commentEvent("v", { commentId: "c", likes: 2, poll: 0 }),
  );
  cluster.committed = 3;
  const publisher = cluster.publisher();
  const from = cluster.assign(publisher);
  assert.equal(from, 0);
  cluster.read(publisher, 0, 1);
  assert.deepEqual(publisher.ranking(), [], "half a state is not shown");
  await publisher.publish();
  cluster.read(publisher, 1);
  await publisher.publish();
  assert.deepEqual(cluster.steps, []);
  assert.equal(publisher.ranking()[0]!.likes, 7);
  cluster.append(commentEvent("v", { commentId: "c", likes: 3, poll: 1 }));
  cluster.read(publisher, 3);
  await publisher.publish();
  assert.deepEqual(cluster.totals.map(({ likes }) => likes), [8]);
  assert.deepEqual({ ...publisher.counts }, {
    read: 1,
    changes: 1,
    replayed: 3,
    published: 1,
    deadLetters: {},
  });
});

Deno.test("TotalsPublisher comes to the same totals however often it is killed, and whoever has the partition", async () => {
  const random = new Random(5);
  const cluster = new FakeCluster();
  const wanted = new Totals();
  for (let poll = 0; poll < 20; poll++) {
    for (let comment = 0; comment < 10; comment++) {
      const event = commentEvent("v", { commentId: `c${comment}`, likes: random.integer(9), poll });
      cluster.append(event);
      if (random.integer(3) === 0) cluster.append(event);
      wanted.take(event);
    }
  }
  const members = [cluster.publisher(), cluster.publisher()];
  let last: Total | undefined;
  while (cluster.committed < cluster.log.length) {
    const at = random.integer(2);
    if (random.integer(3) === 0) members[at] = cluster.publisher(); // killed, and started again
    const member = members[at]!;
    const from = cluster.assign(member);
    const to = Math.min(cluster.log.length, Math.max(from, cluster.committed) + random.integer(30));
    cluster.read(member, from, to);
    cluster.ours = random.integer(4) > 0;
    await member.publish();
    last = cluster.totals.at(-1) ?? last;
    member.onRevoked([HERE]);
  }
  const { likesPerMinute: _rate, ...total } = wanted.total("v")!;
  const { likesPerMinute: _lastRate, ...published } = last!;
  assert.deepEqual(published, total);
});

Deno.test("TotalsPublisher sends records that are no events to the dead letters, with the reason", async () => {
  const cluster = new FakeCluster();
  const { observedAt: _none, ...timeless } = videoEvent("v", { likes: 1, poll: 0 });
  cluster.append(
    "{",
    null,
    "1234",
    JSON.stringify({ ...videoEvent("v", { likes: 1, poll: 0 }), likeCount: -1 }),
    JSON.stringify(timeless),
    `"${"x".repeat(70_000)}"`,
    videoEvent("v", { likes: 4, poll: 0 }),
  );
  const publisher = cluster.publisher();
  cluster.read(publisher, cluster.assign(publisher));
  await publisher.publish();
  const header = (letter: OutgoingRecord, name: string) =>
    decoder.decode(letter.headers!.find(({ key }) => key === `streamflow.${name}`)!.value);
  assert.deepEqual(cluster.letters.map((letter) => header(letter, "reason")), [
    "not-json",
    "tombstone",
    "not-an-event",
    "not-an-event",
    "not-an-event",
    "too-large",
  ]);
  assert.match(header(cluster.letters[2]!, "detail"), /--format text/);
  assert.match(header(cluster.letters[3]!, "detail"), /likeCount/);
  assert.match(header(cluster.letters[4]!, "detail"), /observedAt/);
  assert.equal(header(cluster.letters[5]!, "offset"), "5");
  assert.deepEqual(cluster.totals.map(({ likes }) => likes), [4], "the others go on");
});
