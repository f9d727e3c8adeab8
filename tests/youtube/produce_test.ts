/** `streamflow youtube produce` with the real program, the API's stand-in and the embedded broker. */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import { testClusters } from "../support/cluster.ts";
import { runStreamflow } from "../support/run.ts";
import { ERRORS, type Fault, type StandIn, startStandIn } from "../support/youtube_stand_in.ts";
import { makeAccount } from "../support/service_account.ts";

const embedded = testClusters().find(({ name }) => name === "embedded")!;

/** Runs one poll; returns how it ended and the records that came of it. */
async function produce(
  { standIn, args = [], env = { YOUTUBE_API_KEY: standIn.key } }: {
    standIn: StandIn;
    args?: readonly string[];
    env?: Record<string, string>;
  },
) {
  await using cluster = await embedded.open();
  const where = ["--bootstrap-server", cluster.bootstrapServer, "--api-base", standIn.base];
  const { code, stdout, stderr } = await runStreamflow(["youtube", "produce", "--once", ...where, ...args], {
    env,
  });
  const records: { key: string; value: string }[] = [];
  await using client = await connect(
    { bootstrapServer: cluster.bootstrapServer, clientId: "test" },
    "platformatic",
  );
  if ((await client.admin.listTopics()).includes("topic_yt")) {
    const { signal } = new AbortController();
    for await (
      const chunk of client.read({ topics: ["topic_yt"], from: "beginning", until: "end", signal })
    ) {
      for (const { key, value } of chunk.records) {
        records.push({ key: new TextDecoder().decode(key!), value: new TextDecoder().decode(value!) });
      }
    }
  }
  for (const text of [stdout, stderr, ...records.map(({ value }) => value)]) {
    assert.ok(!text.includes(standIn.key), "the key is not to be seen");
  }
  return { code, stdout, stderr, records };
}

const IDS = ["video_00000", "https://youtu.be/video_00001"];

Deno.test("youtube produce --format text writes title and total likes, as the classic course work does", async () => {
  await using standIn = startStandIn({ seed: 3, videos: 2, comments: 50 });
  const { code, stderr, records } = await produce({ standIn, args: ["--format", "text", ...IDS] });
  assert.equal(code, 0, stderr);
  const truth = standIn.truth();
  assert.deepEqual(
    records,
    standIn.videos.map(({ id, title }) => ({
      key: title,
      value: String(truth[id]!.videoLikes! + truth[id]!.commentLikes),
    })),
  );
});

Deno.test("youtube produce --record writes what replay sends", async () => {
  await using standIn = startStandIn({ seed: 3, videos: 2, comments: 50 });
  const file = await Deno.makeTempFile();
  try {
    const { code, stderr, records } = await produce({ standIn, args: ["--record", file, ...IDS] });
    assert.equal(code, 0, stderr);
    const lines = (await Deno.readTextFile(file)).trimEnd().split("\n");
    assert.deepEqual(lines.toSorted(), records.map(({ value }) => value).toSorted());
    assert.ok(records.every(({ key, value }) => JSON.parse(value).videoId === key));
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("youtube produce works with a service account", async () => {
  await using standIn = startStandIn({ seed: 3, videos: 2, comments: 5 });
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(file, (await makeAccount(standIn.tokenUri)).text);
    const env = { GOOGLE_APPLICATION_CREDENTIALS: file, YOUTUBE_API_KEY: "" };
    const { code, stderr, records } = await produce({ standIn, args: IDS, env });
    assert.equal(code, 0, stderr);
    assert.equal(records.length, 7);
    assert.equal(standIn.tokens, 1);
  } finally {
    await Deno.remove(file);
  }
});

interface Ending {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  readonly fault?: Fault;
  readonly quota?: number;
  readonly code: number;
  readonly stderr: RegExp;
}

const ENDINGS: Readonly<Record<string, Ending>> = {
  "no key: how to get one": {
    env: { YOUTUBE_API_KEY: "", GOOGLE_APPLICATION_CREDENTIALS: "" },
    code: 2,
    stderr: /error: there is no key.*\n {2}hint: make one at https:\/\/console\.cloud\.google\.com/,
  },
  "a key that is invalid": {
    env: { YOUTUBE_API_KEY: "wrong" },
    code: 1,
    stderr: /API key not valid[^]*hint: make one/,
  },
  "a key for another API": {
    fault: ERRORS.keyBlocked,
    code: 1,
    stderr: /are blocked[^]*hint: the key is restricted to other APIs/,
  },
  "a day's quota that is gone": {
    quota: 1,
    code: 1,
    stderr: /come back at \d{4}-\d\d-\d\dT0[78]:00:00\.000Z[^]*midnight Pacific time; with --wait/,
  },
  "a budget that is spent": {
    args: ["--quota-budget", "2", ...IDS],
    code: 0,
    stderr: /the budget of 2 units is spent/,
  },
  "more than five videos": {
    args: ["a", "b", "c", "d", "e", "f"].map((letter) => letter.repeat(11)),
    code: 2,
    stderr: /6 videos are too many/,
  },
  "what is no id": { args: ["video_00000", "no id"], code: 2, stderr: /'no id': neither a video's id/ },
  "no video": { args: [], code: 2, stderr: /produce needs a video/ },
  "a video that is given twice": {
    args: ["video_00000", "youtu.be/video_00000"],
    code: 0,
    stderr: /video_00000 was given more than once; it counts once/,
  },
  "a title that would change the terminal": {
    args: ["video_00000"],
    fault: ({ path }) => path === "commentThreads" ? ERRORS.commentsDisabled() : null,
    code: 0,
    // deno-lint-ignore no-control-regex
    stderr: /^(?![^]*[\u202e\u0007])[^]*video_00000 "Title 0[^]*comments are disabled/,
  },
};

for (const [name, { args = IDS, env, fault, quota, code, stderr }] of Object.entries(ENDINGS)) {
  Deno.test(`youtube produce says ${name}`, async () => {
    await using standIn = startStandIn({ seed: 3, videos: 2, comments: 250 });
    if (fault !== undefined) standIn.fault = fault;
    if (quota !== undefined) standIn.quota = quota;
    const result = await produce({ standIn, args, ...(env === undefined ? {} : { env }) });
    assert.match(result.stderr, stderr);
    assert.equal(result.code, code, result.stderr);
  });
}

Deno.test("youtube produce and consume forget what vanished while neither ran; ids may begin with -", async () => {
  await using standIn = startStandIn({ seed: 3, videos: 3, comments: 60 });
  const dashed = "-VNyEUrxzFU";
  standIn.videos.push({ id: dashed, title: "Dashed", likes: 100, threads: [] });
  await using cluster = await embedded.open();
  const where = ["--bootstrap-server", cluster.bootstrapServer];
  const env = { YOUTUBE_API_KEY: standIn.key };
  const poll = async () => {
    const ids = [dashed, ...standIn.videos.slice(0, 3).map(({ id }) => id)];
    const flags = ["--once", "--quiet", "--api-base", standIn.base, ...where];
    const { code, stdout, stderr } = await runStreamflow(["youtube", "produce", ...ids, ...flags], { env });
    assert.equal(code, 0, stdout + stderr);
  };
  const likes = async () => {
    const { stdout, stderr } = await runStreamflow([
      "youtube",
      "consume",
      "--until-idle",
      "1",
      "--json",
      ...where,
    ]);
    const { ranking } = JSON.parse(stdout || stderr);
    return Object.fromEntries(
      ranking.map((
        { videoId, videoLikes, commentLikes }: Record<string, unknown>,
      ) => [videoId, { videoLikes, commentLikes }]),
    );
  };
  await poll();
  const before = await likes();
  assert.deepEqual(before, standIn.truth());
  standIn.videos[0]!.threads.splice(2, 3);
  standIn.videos[1]!.hidden = true;
  await poll();
  await poll();
  assert.deepEqual(await likes(), standIn.truth());
  assert.notDeepEqual(standIn.truth(), before);
  const monitor = await runStreamflow(["monitor", "--view", "youtube", "--once", "--json", ...where]);
  assert.equal(JSON.parse(monitor.stdout).ranking.length, 3);
});

const key = Deno.env.get("YOUTUBE_API_KEY");
if (!key) console.log("the real YouTube Data API skipped: YOUTUBE_API_KEY is not set");
Deno.test({
  name: "youtube produce polls the real API",
  ignore: !key,
  async fn() {
    await using cluster = await embedded.open();
    const result = await runStreamflow([
      ...["youtube", "produce", "--once", "--quota-budget", "5", "--json", "dQw4w9WgXcQ"],
      ...["--bootstrap-server", cluster.bootstrapServer],
    ]);
    assert.equal(result.code, 0, result.stderr);
    assert.ok(JSON.parse(result.stdout).acknowledged > 0);
  },
});
