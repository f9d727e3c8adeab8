/** Text of others never steers the terminal, whichever command shows it. */
import assert from "node:assert/strict";
import { createNetwork, denseSpec, Random } from "../../nn/mod.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { connect } from "../../src/kafka/connect.ts";
import { writeModel } from "../../src/models/model_file.ts";
import { deadLetter } from "../../src/records/dead_letters/print.ts";
import type { DeadLetterReason } from "../../src/records/dead_letters/reason.ts";
import { testClusters } from "../support/cluster.ts";
import { fakePrediction, fakeRecord } from "../support/fake_predictions.ts";
import { type RunResult, runStreamflow } from "../support/run.ts";

/** Sets the title, turns the order round, ends the line, begins another one that looks like ours. */
const EVIL = "\x1b]0;owned\x07\x9b31m\u202e\u2066\r\u007f";
const NAME = `${EVIL}x`;

/** What no output may hold. */
const STEERING = /[[\p{Cc}\p{Cf}\u2028\u2029]--[\n\t]]/v;

function assertHarmless({ stdout, stderr }: RunResult, what: string): void {
  for (const text of [stdout, stderr]) {
    assert.doesNotMatch(text, STEERING, `${what}: ${JSON.stringify(text.slice(0, 400))}`);
  }
  assert.match(stdout + stderr, /owned/, `${what} does not show the text at all: ${stdout}${stderr}`);
}

/** Several at a time, but not all: each is a process. */
async function inTurns<T>(all: readonly T[], run: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all];
  const turn = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await run(one);
  };
  await Promise.all([turn(), turn(), turn()]);
}

Deno.test("every command shows the words of its own command line harmlessly", async () => {
  const lines = await Promise.all(COMMANDS.map(async ({ name, load }) => {
    const [action] = (await load()).actions ?? [];
    return action === undefined ? [name] : [name, action.name];
  }));
  await inTurns(lines, async (words) => {
    const result = await runStreamflow([...words, `--no-such-${NAME}`]);
    assert.equal(result.code, 2, words.join(" "));
    assertHarmless(result, words.join(" "));
  });
});

Deno.test("every command that reads a file shows its name harmlessly", async () => {
  await using cluster = await testClusters().find(({ name }) => name === "embedded")!.open();
  const env = { STREAMFLOW_BOOTSTRAP_SERVER: cluster.bootstrapServer };
  const lines = [
    ...[["inspect", NAME], ["export", "--model", NAME], ["import", "--onnx", NAME], [
      "evaluate",
      "--model",
      NAME,
    ]],
    ...[["produce", "--csv", NAME], ["train", "--csv", NAME], ["tune", "--grid", NAME]],
    ...[["consume", "--model", NAME], ["doctor", "--model", NAME], ["report", "--model", NAME]],
    ...[["traffic", "capture", "--pcap", NAME], ["traffic", "forecast", "--model", NAME]],
    ...[["anomaly", "score", NAME], ["youtube", "replay", NAME], ["topics", "list", "--config", NAME]],
    ["config", "show", "--group", NAME],
    ["config", "show", "--group", NAME, "--json"],
  ];
  await inTurns(lines, async (args) => {
    assertHarmless(await runStreamflow([...args, "--verbose"], { env }), args.slice(0, 2).join(" "));
  });
});

function evilModel(): Uint8Array {
  const architecture = denseSpec({
    ...{ inputs: 1, hidden: [2], outputs: 2, activation: "relu", dropout: 0, outputActivation: "softmax" },
  });
  return writeModel(createNetwork(architecture, new Random(1)), {
    ...{ name: NAME, architecture, recipe: { seed: 1, note: NAME } },
    preparation: {
      kind: "tabular",
      clip: null,
      columns: [{ name: NAME, kind: "number", log: false, center: 0, scale: 1 }],
    },
    task: {
      ...{ kind: "classification", target: NAME, classes: [NAME, `${NAME}y`] },
      ...{ offsets: [0, 0], baseline: NAME },
    },
    training: { name: NAME, sha256: "ab12", readings: 1, sources: 1 },
    metrics: { [`test.${NAME}`]: 0.5 },
  });
}

Deno.test("the metadata of a model are harmless, and JSON stays JSON with the same text", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/model.safetensors`;
    await Deno.writeFile(path, evilModel());
    assertHarmless(await runStreamflow(["inspect", path]), "inspect");
    const json = await runStreamflow(["inspect", path, "--json"]);
    assertHarmless(json, "inspect --json");
    assert.deepEqual(JSON.parse(json.stdout).task.classes, [NAME, `${NAME}y`]);
    assertHarmless(
      await runStreamflow(["export", "--model", path, "--onnx", `${folder}/${NAME}.onnx`]),
      "export",
    );
    const data = ["--dataset", "nsl-kdd", "--test", `${folder}/${NAME}`];
    assertHarmless(await runStreamflow(["evaluate", "--model", path, ...data, "--verbose"]), "evaluate");
    await Deno.writeTextFile(`${folder}/streamflow.toml`, `"${"own\\u001b[2Jed"}" = 1\n`);
    const config = await runStreamflow(["config", "show"], { cwd: folder });
    assert.doesNotMatch(config.stderr, STEERING);
    assert.match(config.stderr, /unknown setting 'own/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("records, headers, keys and announcements of others are harmless in every command", async () => {
  await using cluster = await testClusters().find(({ name }) => name === "embedded")!.open();
  const folder = await Deno.makeTempDir();
  const at = ["--bootstrap-server", cluster.bootstrapServer];
  {
    await using client = await connect({ ...cluster, clientId: "test" }, "platformatic");
    for (
      const name of ["input-data", "predictions", "dead-letters", "models", "topic_yt", "youtube-totals"]
    ) {
      await client.admin.createTopic({ name, partitions: 1, replicationFactor: 1 });
    }
    await using producer = await client.producer();
    const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    const letter = deadLetter(
      {
        ...fakeRecord(`{${NAME}`),
        key: new TextEncoder().encode(NAME),
        headers: [{ key: NAME, value: bytes(1) }],
      },
      {
        ...{ reason: NAME as DeadLetterReason, detail: NAME, more: { [NAME]: NAME } },
        from: { topic: "input-data", partition: 0 },
      },
    );
    await producer.send("dead-letters", [letter]);
    const prediction = { ...fakePrediction({ id: "a", source: NAME }), model: { name: NAME, version: NAME } };
    await producer.send("predictions", [{ key: NAME, value: bytes(prediction) }]);
    const video = {
      ...{ videoId: "dQw4w9WgXcQ", title: NAME, channel: NAME, videoLikes: 1, commentLikes: 0, likes: 1 },
      ...{ comments: 0, forgottenComments: 0, likesPerMinute: null, observedAt: "2026-01-01T00:00:00.000Z" },
      topComments: [{ commentId: NAME, author: NAME, text: NAME, likeCount: 1 }],
    };
    await producer.send("youtube-totals", [{ key: NAME, value: bytes(video) }]);
    await Deno.writeFile(`${folder}/model.safetensors`, evilModel());
    await producer.send("models", [{ key: "model", value: bytes({ file: NAME, sha256: "00" }) }]);
    await producer.send("input-data", [{ key: NAME, value: bytes({ id: NAME }) }]);
  }
  try {
    const consume = ["consume", "--model", `${folder}/model.safetensors`, "--models", "models"];
    const lines = [
      ...[["dlq", "list"], ["dlq", "list", "--json"], ["dlq", "show"], ["dlq", "show", "--json"]],
      ...[["monitor", "--once"], ["monitor", "--once", "--json"]],
      ...[["monitor", "--once", "--view", "youtube"], ["monitor", "--once", "--view", "youtube", "--json"]],
      [...consume, "--until-idle", "1s", "--verbose"],
    ];
    await inTurns(lines, async (args) => {
      const result = await runStreamflow([...args, ...at]);
      assertHarmless(result, args.slice(0, 3).join(" "));
      if (args.includes("--json")) {
        assert.doesNotThrow(() => result.stdout.trim().split("\n").map((l) => JSON.parse(l)));
      }
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
