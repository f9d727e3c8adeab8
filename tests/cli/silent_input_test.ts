/** Commands that read NSL-KDD from standard input, while nobody writes there: Ctrl-C ends them at once. */
import assert from "node:assert/strict";
import { testClusters } from "../support/cluster.ts";
import { interrupt, startStreamflow, untilSaid } from "../support/run.ts";

/** Interrupts the program a while after its start, when it waits for input. */
async function interruptIdle(args: readonly string[]): Promise<void> {
  await using running = await startStreamflow([...args, "--dataset", "nsl-kdd", "--verbose"], {
    stdin: null,
    watchOutput: true,
  });
  await untilSaid(running, `${args[0]} begins`); // it listens for signals
  const { code, stderr } = await interrupt(running);
  assert.equal(code, 130, stderr);
  assert.doesNotMatch(stderr, /stopped after/);
}

Deno.test({
  name: "produce ends with 130 when it is interrupted before the first connection",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using cluster = await testClusters().find(({ name }) => name === "embedded")!.open();
    await interruptIdle(["produce", "--file", "-", "--bootstrap-server", cluster.bootstrapServer]);
  },
});

Deno.test({
  name: "train ends with 130 when it is interrupted while it waits for its file",
  ignore: Deno.build.os === "windows",
  fn: () => interruptIdle(["train", "--train", "-", "--test", "test.txt"]),
});
