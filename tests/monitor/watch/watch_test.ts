import assert from "node:assert/strict";
import type { KafkaClient } from "../../../src/kafka/port.ts";
import { Watch } from "../../../src/monitor/watch/watch.ts";

/** A cluster with these topics, without a record. */
function clusterOf(existing: readonly string[]): KafkaClient {
  return {
    admin: { listTopics: () => Promise.resolve([...existing]) },
    // deno-lint-ignore require-yield
    async *read({ signal }: { signal: AbortSignal }) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
  } as unknown as KafkaClient;
}

/** What is said until every one of `a` and `b` was looked for, and the trouble then. */
async function watched(existing: readonly string[], needs: "all" | "any") {
  const end = new AbortController();
  const said: string[] = [];
  let [looks, allLooked] = [0, () => {}];
  const looked = new Promise<void>((resolve) => allLooked = resolve);
  const client = clusterOf(existing);
  const { listTopics } = client.admin;
  client.admin.listTopics = async () => {
    const topics = await listTopics();
    if (++looks === 2) setTimeout(allLooked, 0);
    return topics;
  };
  const watch = new Watch({
    ...{ client, topics: ["a", "b"], needs, from: "beginning", until: "never", signal: end.signal },
    say: (message) => said.push(message),
  });
  const reading = ["a", "b"].map((topic) => Array.fromAsync(watch.read(topic)));
  await looked;
  const { trouble } = watch;
  end.abort();
  await Promise.all(reading);
  return { trouble, said };
}

Deno.test("Watch says that the cluster is away as soon as its client knows, also where no lag is asked for", () => {
  let isAway = false;
  const watch = new Watch({
    ...{ client: { ...clusterOf(["a"]), isAway: () => isAway }, topics: ["a"], needs: "all" },
    ...{ from: "beginning", until: "never", signal: new AbortController().signal, say: () => {} },
  });
  assert.equal(watch.trouble, null);
  isAway = true;
  assert.equal(watch.trouble, "disconnected, retrying");
  isAway = false;
  assert.equal(watch.trouble, null);
});

Deno.test("Watch waits for all topics, or says nothing while one of them is there", async () => {
  assert.deepEqual(await watched(["a"], "all"), {
    trouble: "waiting for topic b",
    said: ["waiting for topic b"],
  });
  assert.deepEqual(await watched(["a"], "any"), { trouble: null, said: [] });
  assert.deepEqual(await watched([], "any"), {
    trouble: "waiting for topic a",
    said: ["waiting for topic a"],
  });
  assert.deepEqual(await watched(["a", "b"], "all"), { trouble: null, said: [] });
});
