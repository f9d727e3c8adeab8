/** More partitions than the process may have files open: every one is written, read and flushed. */
import assert from "node:assert/strict";
import { createTopicsApi } from "../../src/wire/api/admin.ts";
import { fetchApi, produceApi } from "../../src/wire/api/records.ts";
import { ErrorCode } from "../../src/wire/error_code.ts";
import { iterateBatches } from "../../src/wire/record_batch.ts";
import { OpenHandles } from "../../src/broker/store/open_handles.ts";
import { batchOf } from "../support/batches.ts";
import { WireClient } from "./client.ts";

const DESCRIPTORS = 100;
const PARTITIONS = 150;
const ROUNDS = 3;

/** The broker in a process that may have few descriptors; resolves with its port when it serves. */
async function startBound(directory: string): Promise<{ child: Deno.ChildProcess; port: number }> {
  const main = new URL("../../src/main.ts", import.meta.url).pathname;
  const broker = ["broker", "--listen", "127.0.0.1:0", "--json", "--data-dir", directory];
  const child = new Deno.Command("bash", {
    args: ["-c", `ulimit -Sn ${DESCRIPTORS} && ulimit -Hn ${DESCRIPTORS} && exec "$0" run -A "$@"`]
      .concat(Deno.execPath(), main, broker),
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  for (let found = null; found === null; found = /"ready":"[^"]*:(\d+)"/.exec(text)) {
    const { value, done } = await reader.read();
    assert.ok(!done, `the broker ended: ${text}`);
    text += value;
  }
  await reader.cancel();
  return { child, port: Number(/"ready":"[^"]*:(\d+)"/.exec(text)![1]) };
}

async function appendToAll(client: WireClient): Promise<void> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({
    partition,
    records: [batchOf(["a"], { timestampMs: Date.now() })],
  }));
  const { responses } = await client.ask(produceApi, {
    acks: -1,
    timeoutMs: 1000,
    topics: [{ name: "t", partitions }],
  });
  for (const { partition, errorCode, errorMessage } of responses[0]!.partitions) {
    assert.equal(errorCode, ErrorCode.NONE, `partition ${partition}: ${errorMessage}`);
  }
}

/** Batches of all partitions. */
async function countBatches(client: WireClient): Promise<number> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: 0,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    partitionMaxBytes: 10_000,
  }));
  const topics = [{ topic: "t", topicId: "", partitions }];
  const { responses } = await client.ask(fetchApi, { maxBytes: 10_000_000, topics }, 12);
  let count = 0;
  for (const { errorCode, records } of responses[0]!.partitions) {
    assert.equal(errorCode, ErrorCode.NONE);
    for (const piece of records ?? []) count += [...iterateBatches(piece)].length;
  }
  return count;
}

Deno.test({
  name: `a broker with ${DESCRIPTORS} descriptors serves ${PARTITIONS} partitions and new clients`,
  ignore: Deno.build.os === "windows",
  async fn() {
    const directory = await Deno.makeTempDir();
    const { child, port } = await startBound(directory);
    try {
      using first = await WireClient.connect({ port });
      const topic = { name: "t", partitions: PARTITIONS, replicationFactor: 1, assignments: [], configs: [] };
      const { topics } = await first.ask(createTopicsApi, { topics: [topic], timeoutMs: 1000 });
      assert.equal(topics[0]!.errorCode, ErrorCode.NONE);
      for (let round = 1; round <= ROUNDS; round++) {
        using client = await WireClient.connect({ port });
        await appendToAll(client);
        assert.equal(await countBatches(client), round * PARTITIONS);
      }
    } finally {
      child.kill("SIGTERM");
      const { code, signal } = await child.status;
      assert.deepEqual({ code, signal }, { code: 0, signal: null });
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test("OpenHandles gives the handle back that was used least recently, and all but one where none is left", () => {
  const path = Deno.makeTempFileSync();
  const handles = new OpenHandles(48 + 2 * 8);
  assert.deepEqual([handles.handlesMax, handles.connectionsMax], [8, 8]);
  const closed: number[] = [];
  const holders = Array.from({ length: 10 }, (_, index) => {
    const holder = {
      file: null as Deno.FsFile | null,
      open: () => holder.file = handles.open(holder, () => Deno.openSync(path)),
      close: () => {
        handles.forget(holder);
        holder.file?.close();
        closed.push(index);
      },
    };
    return holder;
  });
  for (const holder of holders.slice(0, 8)) holder.open();
  handles.use(holders[0]!);
  holders[8]!.open();
  assert.deepEqual(closed, [1]);
  let left = 2;
  const scarce = () => {
    if (left-- > 0) throw Object.assign(new Error("Too many open files"), { code: "EMFILE" });
    return Deno.openSync(path);
  };
  holders[9]!.file = handles.open(holders[9]!, scarce);
  assert.deepEqual(closed, [1, 2, 3, 4, 5, 6, 7, 0]);
  holders[8]!.close();
  holders[9]!.close();
  Deno.removeSync(path);
});
