/** `streamflow broker` as a process: its one line, what it cannot start on, and what a killed one has kept. */
import assert from "node:assert/strict";
import { fetchApi, metadataApi, produceApi } from "../../src/wire/api/records.ts";
import { ErrorCode } from "../../src/wire/error_code.ts";
import { iterateBatches } from "../../src/wire/record_batch.ts";
import { encodeBatch } from "../../src/wire/encode_batch.ts";
import { decodeBatch } from "../../src/wire/decode_batch.ts";
import { interrupt, type Running, runStreamflow, startStreamflow, untilSaid } from "../support/run.ts";
import { startTestBroker, WireClient } from "./client.ts";
import { withFolder } from "../support/folder.ts";

const TOPIC = "t";
const KILLS = 5;

/** A broker process, and its address when it says that it is ready. */
async function startProcess(dataDir: string): Promise<{ running: Running; address: string }> {
  const args = ["broker", "--listen", "127.0.0.1:0", "--data-dir", dataDir];
  const running = await startStreamflow(args, { watchOutput: true });
  const ready = /streamflow broker ready on (127\.0\.0\.1:\d+) \(data: .*\)\n/;
  return { running, address: ready.exec(await untilSaid(running, ready))![1]! };
}

function portOf(address: string): { port: number } {
  return { port: Number(address.split(":")[1]) };
}

/** All values of the topic. */
async function readAll(client: WireClient): Promise<number[]> {
  const values: number[] = [];
  for (let highWatermark = 1; values.length < highWatermark;) {
    const partition = {
      partition: 0,
      currentLeaderEpoch: -1,
      fetchOffset: values.length,
      lastFetchedEpoch: -1,
      logStartOffset: -1,
      partitionMaxBytes: 1_000_000,
    };
    const { responses } = await client.ask(fetchApi, {
      maxBytes: 1_000_000,
      topics: [{ topic: TOPIC, topicId: "", partitions: [partition] }],
    }, 12);
    const fetched = responses[0]!.partitions[0]!;
    assert.equal(fetched.errorCode, ErrorCode.NONE);
    highWatermark = fetched.highWatermark;
    const bytes = fetched.records?.[0] ?? new Uint8Array(0);
    for (const { start } of iterateBatches(bytes)) {
      for (const { value } of decodeBatch(bytes, start)) {
        values.push(new DataView(value!.slice().buffer).getInt32(0));
      }
    }
  }
  return values;
}

/** Produces numbers from `first` on until the broker is gone; the first that was not acknowledged. */
async function produceUntilGone(client: WireClient, first: number, onBegun: () => void): Promise<number> {
  for (let next = first;; next++) {
    const value = new Uint8Array(4);
    new DataView(value.buffer).setInt32(0, next);
    const batch = encodeBatch([{ timestampMs: 1, key: null, value, headers: [] }]);
    const topics = [{ name: TOPIC, partitions: [{ partition: 0, records: [batch] }] }];
    try {
      const { responses } = await client.ask(produceApi, { acks: -1, timeoutMs: 1000, topics });
      assert.equal(responses[0]?.partitions[0]?.errorCode, ErrorCode.NONE);
      if (next === first) onBegun();
    } catch (error) {
      const isGone = error instanceof Deno.errors.BrokenPipe ||
        error instanceof Deno.errors.ConnectionReset ||
        (error instanceof Error && error.message.includes("closed the connection"));
      if (!isGone) throw error;
      return next;
    }
  }
}

Deno.test("a broker killed at any moment has kept every acknowledged record", () =>
  withFolder(async (directory) => {
    let acknowledged = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const { running, address } = await startProcess(directory);
      await using _ = running;
      using client = await WireClient.connect(portOf(address));
      await client.ask(metadataApi, {
        topics: [{ topicId: "0".repeat(32), name: TOPIC }],
        allowAutoTopicCreation: true,
      });
      if (kill > 0) {
        const kept = await readAll(client);
        assert.deepEqual(kept.slice(0, acknowledged), Array.from({ length: acknowledged }, (_, n) => n));
        assert.ok(kept.length <= acknowledged + 1, "at most the one on its way came beside");
        acknowledged = kept.length;
      }
      acknowledged = await produceUntilGone(client, acknowledged, () => {
        setTimeout(() => running.child.kill("SIGKILL"), 20 + 13 * kill);
      });
      await running.result;
    }
    assert.ok(acknowledged >= KILLS);
  }));

Deno.test("broker ends with 0 when it is asked to", () =>
  withFolder(async (directory) => {
    const { running } = await startProcess(directory);
    await using _ = running;
    const { code, stderr } = await interrupt(running, "SIGTERM");
    assert.equal(code, 0);
    assert.match(stderr, /^next, each in a terminal of its own: [^\n]*\n$/);
  }));

Deno.test("broker says in one line why it cannot start, and what to do", () =>
  withFolder(async (directory) => {
    await Deno.writeTextFile(`${directory}/file`, "");
    await using other = startTestBroker({ dataDir: `${directory}/taken` });
    const anywhere = ["--listen", "127.0.0.1:0"];
    const cases: [string[], RegExp][] = [
      [
        ["--memory", "--listen", other.address],
        /error: cannot listen on .*: the port is in use\n {2}hint: .*--listen/,
      ],
      [[...anywhere, "--data-dir", `${directory}/taken`], /error: .*serves it.*\n {2}hint: .*--data-dir/],
      [[...anywhere, "--data-dir", `${directory}/file`], /error: .*directory.*\n {2}hint: .*--data-dir/],
      [
        ["--memory", "--listen", "192.0.2.1:0"],
        /error: cannot listen on .*no such address\n {2}hint: .*--listen/,
      ],
    ];
    for (const [args, expected] of cases) {
      const { code, stdout, stderr } = await runStreamflow(["broker", ...args]);
      assert.match(stderr, expected);
      assert.deepEqual({ code, stdout, lines: stderr.trimEnd().split("\n").length }, {
        code: 1,
        stdout: "",
        lines: 2,
      });
    }
    const { code } = await runStreamflow(["broker", "--listen", "nonsense"]);
    assert.equal(code, 2);
  }));
