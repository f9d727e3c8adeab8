/**
 * 5 videos and 20,000 comments whose likes change, with the real program: `produce`, `replay` and `consume` are killed
 * at random moments, and the totals are exactly those of the API's stand-in, or of the recording. On both clusters.
 */
import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import { connect } from "../../src/kafka/connect.ts";
import type { Total } from "../../src/records/youtube_totals.ts";
import { startBroker } from "../support/broker_process.ts";
import { testClusters, uniqueName } from "../support/cluster.ts";
import {
  interrupt,
  killAtOnce,
  runAndKill,
  runStreamflow,
  startStreamflow,
  untilSaid,
} from "../support/run.ts";
import { type StandIn, startStandIn } from "../support/youtube_stand_in.ts";
import { makeRecording, type Recording } from "../support/youtube_recording.ts";
import { eventually, until, untilRecords } from "../support/until.ts";

const KILLS = Deno.env.get("STREAMFLOW_CHAOS") === "full" ? 20 : 3;

/** Likes of a video and of its comments. */
type Likes = Pick<Total, "videoLikes" | "commentLikes">;

/** Topics and group of a run. */
interface Places {
  readonly bootstrapServer: string;
  readonly topic: string;
  readonly output: string;
  readonly group: string;
}

function newPlaces(bootstrapServer: string): Places {
  return {
    bootstrapServer,
    topic: uniqueName("yt"),
    output: uniqueName("yt-totals"),
    group: uniqueName("analytics"),
  };
}

function consumeArgs({ bootstrapServer, topic, output, group }: Places): string[] {
  const topics = ["--input", topic, "--output", output, "--dead-letter", `dead-${topic}`];
  const flags = [
    "--bootstrap-server",
    bootstrapServer,
    "--group",
    group,
    "--session-timeout",
    "6s",
    "--json",
  ];
  return ["youtube", "consume", ...topics, ...flags];
}

function produceArgs({ bootstrapServer, topic }: Places, { base, videos }: StandIn): string[] {
  const flags = ["--topic", topic, "--api-base", base, "--quiet", "--bootstrap-server", bootstrapServer];
  return ["youtube", "produce", ...flags, ...videos.map(({ id }) => id)];
}

function likesOf(totals: readonly Total[]): Record<string, Likes> {
  return Object.fromEntries(
    totals.map((
      { videoId, videoLikes, commentLikes },
    ) => [videoId, { videoLikes, commentLikes }]),
  );
}

/** The newest total of each video on the topic. */
async function publishedTotals({ bootstrapServer, output }: Places): Promise<Total[]> {
  await using client = await connect({ bootstrapServer, clientId: "test" }, "platformatic");
  const newest = new Map<string, Total>();
  const { signal } = new AbortController();
  for await (
    const { records } of client.read({ topics: [output], from: "beginning", until: "end", signal })
  ) {
    for (const { value } of records) {
      const total = JSON.parse(new TextDecoder().decode(value!)) as Total;
      newest.set(total.videoId, total);
    }
  }
  return [...newest.values()];
}

async function withRecording(recording: Recording, use: (file: string) => Promise<void>): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".ndjson" });
  try {
    await Deno.writeTextFile(file, recording.events.map((event) => `${JSON.stringify(event)}\n`).join(""));
    await use(file);
  } finally {
    await Deno.remove(file);
  }
}

for (const kind of testClusters()) {
  Deno.test({
    name: `kill -9 of replay and consume leaves exact totals of likes, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    async fn() {
      await using cluster = await kind.open();
      const places = newPlaces(cluster.bootstrapServer);
      const random = new Random(11);
      const recording = makeRecording(random, { videos: 5, comments: 20_000, polls: 50, changes: 400 });
      await withRecording(recording, async (file) => {
        const replay = [
          ...["youtube", "replay", "--file", file, "--topic", places.topic, "--quiet"],
          ...["--bootstrap-server", places.bootstrapServer],
        ];
        for (let kill = 0; kill < KILLS; kill++) {
          await Promise.all([
            runAndKill([...replay, "--rate", "12000"], { afterMs: random.integer(1_500) }),
            runAndKill(consumeArgs(places), { afterMs: random.integer(2_000) }),
          ]);
        }
        const sent = await runStreamflow([...replay, "--rate", "0"]);
        assert.equal(sent.code, 0, sent.stderr);
        const consumed = await runStreamflow([...consumeArgs(places), "--until-idle", "2s"]);
        assert.equal(consumed.code, 0, consumed.stderr);
        const { ranking, deadLetters, lag } = JSON.parse(consumed.stdout);
        assert.deepEqual({ deadLetters, lag }, { deadLetters: {}, lag: 0 });
        assert.deepEqual(likesOf(ranking), recording.likes);
        assert.deepEqual(likesOf(await publishedTotals(places)), recording.likes, "what is on the topic");
        const again = await runStreamflow([...consumeArgs(places), "--until-idle", "1s"]);
        assert.deepEqual(JSON.parse(again.stdout).ranking, ranking, "a restart has the same totals");
        assert.equal(JSON.parse(again.stdout).read, 0);
      });
    },
  });

  Deno.test({
    name: `kill -9 of youtube produce and consume leaves the API's own totals, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    async fn() {
      await using cluster = await kind.open();
      await using standIn = startStandIn({ seed: 21, comments: 20_000 });
      const places = newPlaces(cluster.bootstrapServer);
      const random = new Random(12);
      const env = { YOUTUBE_API_KEY: standIn.key };
      const produce = produceArgs(places, standIn);
      const changing = setInterval(() => standIn.step(400), 100);
      try {
        for (let kill = 0; kill < KILLS; kill++) {
          await Promise.all([
            runAndKill([...produce, "--interval", "0.1"], { afterMs: random.integer(2_000), env }),
            runAndKill(consumeArgs(places), { afterMs: random.integer(2_000) }),
          ]);
        }
      } finally {
        clearInterval(changing);
      }
      const sent = await runStreamflow([...produce, "--once"], { env });
      assert.equal(sent.code, 0, sent.stderr);
      const consumed = await runStreamflow([...consumeArgs(places), "--until-idle", "2s"]);
      assert.equal(consumed.code, 0, consumed.stderr);
      const { ranking, deadLetters, lag } = JSON.parse(consumed.stdout);
      assert.deepEqual({ deadLetters, lag }, { deadLetters: {}, lag: 0 });
      assert.deepEqual(likesOf(ranking), standIn.truth());
      assert.deepEqual(likesOf(await publishedTotals(places)), standIn.truth(), "what is on the topic");
    },
  });

  Deno.test({
    name: `20,000 comments of 5 videos come to the API's own totals in one poll, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    async fn() {
      await using cluster = await kind.open();
      await using standIn = startStandIn({ seed: 22, comments: 20_000 });
      const places = newPlaces(cluster.bootstrapServer);
      const startMs = performance.now();
      const [sent, consumed] = await Promise.all([
        runStreamflow([...produceArgs(places, standIn), "--once", "--json"], {
          env: { YOUTUBE_API_KEY: standIn.key },
        }),
        runStreamflow([...consumeArgs(places), "--until-idle", "2s"]),
      ]);
      assert.equal(sent.code, 0, sent.stderr);
      assert.equal(JSON.parse(sent.stdout).acknowledged, 20_005);
      assert.equal(JSON.parse(sent.stdout).quotaUnits, standIn.spent());
      assert.deepEqual(likesOf(JSON.parse(consumed.stdout).ranking), standIn.truth());
      console.log(
        `20,000 comments took ${((performance.now() - startMs) / 1000).toFixed(1)} s, 2 s of it idle`,
      );
    },
  });

  Deno.test({
    name:
      `Ctrl-C ends youtube consume with the ranking and the most liked video, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    async fn() {
      await using cluster = await kind.open();
      const places = newPlaces(cluster.bootstrapServer);
      const recording = makeRecording(new Random(3), { videos: 3, comments: 300, polls: 3, changes: 50 });
      await withRecording(recording, async (file) => {
        const sent = await runStreamflow([
          ...["youtube", "replay", "--file", file, "--topic", places.topic, "--speed", "1"],
          ...["--bootstrap-server", places.bootstrapServer],
        ]);
        assert.equal(sent.code, 0, sent.stderr);
        assert.match(sent.stdout, new RegExp(`acknowledged ${recording.events.length}`));
        const args = consumeArgs(places).filter((arg) => arg !== "--json");
        await using running = await startStreamflow(args, { watchOutput: true });
        await untilSaid(running, /video-2 "Title 2": .* likes/);
        const { code, stdout } = await interrupt(running);
        assert.equal(code, 130);
        const totals = Object.entries(recording.likes).map(([id, one]) => ({
          id,
          likes: one.videoLikes + one.commentLikes,
        }));
        const first = totals.toSorted((a, b) => b.likes - a.likes)[0]!;
        const lines = stdout.trim().split("\n");
        assert.equal(lines.length, 4);
        assert.match(lines[0]!, new RegExp(`^1\\. ${first.id} "Title`));
        assert.ok(lines[3]!.startsWith("most liked: "), stdout);
        assert.ok(
          lines[3]!.endsWith(`(${first.id}) with ${first.likes.toLocaleString("en-US")} likes`),
          stdout,
        );
      });
    },
  });
}

/** Resolves when so many more polls have begun. */
async function untilPolled({ urls }: StandIn, polls: number): Promise<void> {
  const begun = () => urls.filter((url) => /\/videos\?/.test(url)).length;
  const wanted = begun() + polls;
  await until(() => begun() >= wanted);
}

Deno.test("a broker that is killed and comes back leaves youtube produce and consume with the API's own totals", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "streamflow-likes-" });
  await using standIn = startStandIn({ seed: 23, comments: 2_000 });
  let { running, address } = await startBroker(["--listen", "127.0.0.1:0", "--data-dir", dataDir]);
  const places = newPlaces(address);
  const env = { YOUTUBE_API_KEY: standIn.key };
  const changing = setInterval(() => standIn.step(100), 100);
  try {
    await using consumer = await startStreamflow(consumeArgs(places));
    await using producer = await startStreamflow([...produceArgs(places, standIn), "--interval", "0.2"], {
      env,
    });
    for (let kill = 0; kill < 3; kill++) {
      await untilRecords(address, places.topic, 2_000 + 100 * kill);
      await killAtOnce(running);
      ({ running } = await startBroker(["--listen", address, "--data-dir", dataDir]));
    }
    await untilRecords(address, places.topic, 2_500);
    clearInterval(changing);
    await untilPolled(standIn, 2); // the second poll from now on begins when the first one's events are sent
    const sent = await interrupt(producer);
    assert.equal(sent.code, 130, sent.stderr);
    await eventually(async () => assert.deepEqual(likesOf(await publishedTotals(places)), standIn.truth()));
    const ended = await interrupt(consumer, "SIGTERM"); // perhaps just about to join its group again
    assert.equal(ended.code, 0, ended.stderr);
    const consumed = await runStreamflow([...consumeArgs(places), "--until-idle", "1s"]);
    assert.equal(consumed.code, 0, consumed.stderr);
    assert.deepEqual(likesOf(JSON.parse(consumed.stdout).ranking), standIn.truth());
  } finally {
    clearInterval(changing);
    await running[Symbol.asyncDispose]();
    await Deno.remove(dataDir, { recursive: true });
  }
});
