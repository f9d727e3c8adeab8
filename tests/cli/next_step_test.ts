/** What a command says last: what to run next, or that there was nothing. */
import assert from "node:assert/strict";
import { nextLineOf } from "../../src/cli/program/command_line.ts";
import { testClusters } from "../support/cluster.ts";
import { runStreamflow } from "../support/run.ts";

Deno.test("nextLineOf() carries on what was given as a flag, and the way to the cluster", () => {
  const line = nextLineOf({ command: "consume", flags: { model: "model", input: "topic", group: "group" } }, {
    settings: {
      model: "a b.safetensors",
      topic: "plant",
      group: "mine",
      bootstrapServer: "kafka.example:9093",
      saslPassword: "hunter2",
    },
    origin: {
      model: "flag --model",
      topic: "flag --topic",
      group: "streamflow.toml",
      bootstrapServer: "flag --bootstrap-server",
      saslPassword: "environment STREAMFLOW_SASL_PASSWORD",
    },
    takes: ["model", "bootstrapServer", "saslPassword"],
  });
  assert.equal(
    line,
    "streamflow consume --model 'a b.safetensors' --input plant --bootstrap-server kafka.example:9093",
  );
});

for (const { name, missing, open } of testClusters().filter((kind) => kind.name === "embedded")) {
  Deno.test({
    name: `a cluster with nothing on it: every command that looks says so, and what to run next (${name})`,
    ignore: missing !== null,
    fn: async () => {
      await using cluster = await open();
      const at = ["--bootstrap-server", cluster.bootstrapServer];
      const expect = async (args: readonly string[], { out, err }: { out: string; err: string }) => {
        const { code, stdout, stderr } = await runStreamflow([...args, ...at]);
        assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: out, stderr: err }, args.join(" "));
      };
      const nothing = { out: "no dead letters\n", err: "" };
      const show = `next: streamflow dlq show --bootstrap-server ${cluster.bootstrapServer}\n`;
      await expect(["dlq", "list"], { ...nothing, err: show });
      await expect(["dlq", "show"], nothing);
      await expect(["dlq", "replay"], nothing);
      await expect(["dlq", "list", "--json"], { out: "[]\n", err: "" });
      const noTopics = "there are no topics yet: 'streamflow produce' creates one and fills it\n";
      await expect(["topics", "list"], { out: "", err: noTopics });
      await expect(["topics", "create", "plant"], {
        out: "created plant\n",
        err: `next: streamflow produce --topic plant --bootstrap-server ${cluster.bootstrapServer}\n`,
      });
    },
  });
}
