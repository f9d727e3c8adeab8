/**
 * `topics`, `produce` and `doctor` through the real program against a cluster: the one that
 * `STREAMFLOW_TEST_BOOTSTRAP` names, else an embedded broker started for this file.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { interrupt, runStreamflow, startStreamflow, untilSaid } from "../../support/run.ts";
import { untilRecords } from "../../support/until.ts";

const external = Deno.env.get("STREAMFLOW_TEST_BOOTSTRAP");
const ignore = external === undefined && !COMMANDS.some(({ name }) => name === "broker");
if (ignore) console.log("cluster_test: no embedded broker and no STREAMFLOW_TEST_BOOTSTRAP, skipped");

async function withCluster(use: (bootstrap: readonly string[]) => Promise<void>): Promise<void> {
  if (external !== undefined) return await use(["--bootstrap-server", external]);
  const args = ["broker", "--memory", "--listen", "127.0.0.1:0"];
  await using broker = await startStreamflow(args, { watchOutput: true });
  const said = await untilSaid(broker, /127\.0\.0\.1:(?!0\b)\d+/);
  const address = /127\.0\.0\.1:(?!0\b)\d+/.exec(said)![0];
  await use(["--bootstrap-server", address]);
  assert.equal((await interrupt(broker, "SIGTERM")).code, 0);
}

function uniqueTopic(): string {
  return `test-${crypto.randomUUID().slice(0, 8)}`;
}

Deno.test({
  name: "topics creates, lists, describes and deletes; mistakes have a hint",
  ignore,
  fn: () =>
    withCluster(async (at) => {
      const topic = uniqueTopic();
      const run = (...args: string[]) => runStreamflow(["topics", ...args, ...at]);
      assert.equal((await run("create", topic, "--partitions", "3")).stdout, `created ${topic}\n`);
      const again = await run("create", topic);
      assert.equal(again.code, 1);
      assert.match(again.stderr, /there is one of that name/);
      assert.ok(JSON.parse((await run("list", "--json")).stdout).includes(topic));
      const [described] = JSON.parse((await run("describe", topic, "--json")).stdout);
      assert.equal(described.name, topic);
      assert.deepEqual(described.partitions.map((p: { partition: number }) => p.partition), [0, 1, 2]);
      const wrong = await run("describe", `${topic}x`);
      assert.equal(wrong.code, 1);
      assert.match(wrong.stderr, new RegExp(`hint: did you mean '${topic}'`));
      assert.equal((await run("delete", topic)).code, 0);
      assert.equal((await run("delete", topic)).code, 1);
    }),
});

Deno.test({
  name: "produce creates the topic, and what it calls acknowledged is there",
  ignore,
  fn: () =>
    withCluster(async (at) => {
      const topic = uniqueTopic();
      const produce = (args: string[], stdin?: string) =>
        runStreamflow(["produce", "--topic", topic, "--json", ...args, ...at], {
          ...(stdin === undefined ? {} : { stdin }),
        });
      const { code, stdout, stderr } = await produce(["--rate", "0", "--limit", "3000"]);
      assert.equal(code, 0, stderr);
      const { sent, acknowledged, failed } = JSON.parse(stdout);
      assert.deepEqual([sent, acknowledged, failed], [3000, 3000, 0]);
      const fromInput = await produce(["--csv", "-", "--rate", "0"], "time,x\r\n1,2\r\n2,3\r\n");
      assert.equal(JSON.parse(fromInput.stdout).acknowledged, 2, fromInput.stderr);
      // The rows before the mistake are sent, and counted; the mistake is reported.
      const broken = await produce(["--csv", "-", "--rate", "0"], `x\n${"1\n".repeat(600)}abc\n`);
      assert.equal(broken.code, 1);
      assert.match(broken.stderr, /error: standard input, line 602: 'abc' in column 'x' is not a number/);
      const described = await runStreamflow(["topics", "describe", topic, "--json", ...at]);
      const partitions: { highWatermark: number; sizeBytes: number }[] =
        JSON.parse(described.stdout)[0].partitions;
      assert.ok(partitions.every(({ highWatermark, sizeBytes }) => (sizeBytes > 61) === (highWatermark > 0)));
      const stored = partitions.reduce((sum, { highWatermark }) => sum + highWatermark, 0);
      assert.equal(stored, 3002 + JSON.parse(broken.stdout).acknowledged);
      await runStreamflow(["topics", "delete", topic, ...at]);
    }),
});

Deno.test({
  name: "produce stops at Ctrl-C with 130 and reports what was acknowledged",
  ignore: ignore || Deno.build.os === "windows",
  fn: () =>
    withCluster(async (at) => {
      const topic = uniqueTopic();
      await using running = await startStreamflow([
        "produce",
        "--topic",
        topic,
        "--rate",
        "100",
        "--json",
        ...at,
      ]);
      await untilRecords(at[1]!, topic, 1);
      const { code, stdout } = await interrupt(running);
      assert.equal(code, 130);
      const { sent, acknowledged, failed } = JSON.parse(stdout);
      assert.ok(acknowledged > 0 && sent === acknowledged && failed === 0, stdout);
      await runStreamflow(["topics", "delete", topic, ...at]);
    }),
});

Deno.test({
  name: "doctor finds the broker well and leaves no topic behind",
  ignore,
  fn: () =>
    withCluster(async (at) => {
      const cwd = await Deno.makeTempDir({ prefix: "streamflow-doctor-" });
      try {
        const { stdout } = await runStreamflow(["doctor", "--json", "--model", join(cwd, "none"), ...at], {
          cwd,
        });
        const states = Object.fromEntries(
          JSON.parse(stdout).checks.map((one: { check: string; state: string }) => [one.check, one.state]),
        );
        assert.equal(states["round trip"], "ok", stdout);
        assert.equal(states["model"], "failed");
        const { stdout: topics } = await runStreamflow(["topics", "list", ...at]);
        assert.ok(!topics.includes("streamflow-doctor-"));
      } finally {
        await Deno.remove(cwd, { recursive: true });
      }
    }),
});
