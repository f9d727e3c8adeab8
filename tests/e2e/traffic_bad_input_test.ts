/** What users and exporters get wrong about traffic, with the real program: a clear line, or a dead letter. */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import type { IncomingRecord } from "../../src/kafka/port.ts";
import { testClusters } from "../support/cluster.ts";
import { failureOf, runStreamflow, trainModel } from "../support/run.ts";
import { tinyModelBytes } from "../traffic/tiny_model.ts";

const embedded = testClusters().find(({ name }) => name === "embedded")!;
const decoder = new TextDecoder();
const encoder = new TextEncoder();
const NOBODY = ["--bootstrap-server", "127.0.0.1:1"];

type Mistake = [args: string, code: 1 | 2, said: RegExp];

/** Wrong by themselves: the cluster is not asked, or not there. */
const MISTAKES: readonly Mistake[] = [
  ["traffic watch --window 0", 2, /--window must be a time above 0, .*: found '0'/],
  ["traffic watch --window 5x", 2, /--window must be a time above 0, .*: found '5x'/],
  ["traffic forecast --lateness -1", 2, /--lateness must be a time, .*: found '-1'/],
  ["traffic forecast --emit sometimes", 2, /--emit must be final, .*: found 'sometimes'/],
  ["traffic forecast --model tiny --alert packets>", 2, /at character 9 .* is expected, found nothing more/],
  ["traffic forecast --model sensor", 1, /it is a model of readings, which 'streamflow consume' uses/],
  ["traffic evaluate --model sensor --from-topic packets", 1, /it is a model of readings/],
  ["report --model sensor", 1, /it is a model of readings/],
  ["report", 1, /Cannot read the model traffic\.safetensors: there is no such file/],
  ["consume --model tiny", 1, /it forecasts network traffic, which 'streamflow traffic forecast'/],
  ["evaluate --model tiny", 1, /it forecasts network traffic/],
  ["export --model tiny", 1, /it forecasts network traffic/],
  ["traffic train --from-topic packets --target speed", 2, /Cannot forecast "speed" of a link/],
  ["traffic train --pcap .", 1, /cannot read \.: /],
  ["traffic forecast --model tiny", 1, /cannot reach Kafka at 127\.0\.0\.1:1/],
  ["traffic watch", 1, /cannot reach Kafka at 127\.0\.0\.1:1/],
  ["anomaly score --csv empty.csv", 1, /empty\.csv is empty/],
  ["anomaly score --csv text.csv", 1, /line 2: found no column with numbers/],
  ["anomaly score --csv three.csv", 1, /three\.csv has 3 rows, at least 20 are needed/],
];

async function isRefused([args, expected, said]: Mistake, cwd: string, more: string[]): Promise<void> {
  const result = await runStreamflow([...args.split(" "), ...more], { cwd });
  const { code, stderr, stdout } = result;
  assert.equal(code, expected, `${args}: ${stderr}`);
  assert.equal(stdout, "", args);
  const [first, ...rest] = failureOf(result);
  assert.match(first!, /^error: /, args);
  assert.match(first!, said, args);
  assert.doesNotMatch(stderr, / at .*\.ts/, args);
  assert.ok(rest.length === 0 || rest.at(-1)!.startsWith("  hint: "), `${args}: ${stderr}`);
}

function rows(values: readonly (string | number)[]): string {
  const times = values.map((_, minute) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString());
  return ["timestamp,value", ...values.map((value, row) => `${times[row]},${value}`), ""].join("\n");
}

Deno.test("what users get wrong about traffic is one clear error with a hint, and the right exit code", async () => {
  const directory = await Deno.makeTempDir({ prefix: "streamflow-wrong-" });
  try {
    await Promise.all([
      Deno.writeFile(`${directory}/tiny`, tinyModelBytes()),
      Deno.copyFile(await trainModel(), `${directory}/sensor`),
      Deno.writeTextFile(`${directory}/empty.csv`, ""),
      Deno.writeTextFile(`${directory}/text.csv`, rows(["a", "b"])),
      Deno.writeTextFile(`${directory}/three.csv`, rows([1, 2, 3])),
      Deno.writeTextFile(`${directory}/constant.csv`, rows(Array(50).fill(5))),
    ]);
    const left = MISTAKES.map((mistake) => {
      const offline = /^(anomaly|export|evaluate)/.test(mistake[0]);
      return () => isRefused(mistake, directory, offline ? [] : NOBODY);
    });
    const work = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await next();
    };
    await Promise.all([work(), work()]);
    const constant = await runStreamflow(["anomaly", "score", "--csv", "constant.csv"], { cwd: directory });
    assert.equal(constant.code, 0, constant.stderr);
    assert.match(constant.stdout, /after them 0 anomalies/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

const SENT_MS = Date.UTC(2026, 0, 5, 12);

function packetAt(second: number, more: Record<string, unknown> = {}): string {
  const packet = { id: `p-${second}`, timestamp: SENT_MS * 1_000 + second * 1e6, length: 100 };
  return JSON.stringify({ ...packet, protocol: "TCP", src: "10.0.0.1", dst: "10.0.0.2", ...more });
}

/** After a packet of second 299: what becomes of each. */
const ODD: readonly [value: string | null, reason: string | null][] = [
  [packetAt(295, { id: "late, within grace" }), null],
  [packetAt(100, { id: "later" }), "late"],
  [packetAt(-1e6), "late"],
  [packetAt(1e9), "future"],
  [null, "tombstone"],
  ["{", "not-json"],
  ["\0", "not-json"],
  ["[]", "not-a-packet"],
  [packetAt(299, { id: "a", length: -1 }), "not-a-packet"],
  [packetAt(299, { id: "b", length: 1e308 }), "not-a-packet"],
  [packetAt(299, { timestamp: 1e18 }), "not-a-packet"],
  [packetAt(299, { id: "x".repeat(100_000) }), "too-large"],
  [packetAt(299, { id: "c", link: "__proto__", region: "constructor", protocol: "toString" }), null],
];

async function read(bootstrapServer: string, topic: string): Promise<IncomingRecord[]> {
  await using client = await connect({ bootstrapServer, clientId: "test" }, "platformatic");
  const { signal } = new AbortController();
  const chunks = await Array.fromAsync(
    client.read({ topics: [topic], from: "beginning", until: "end", signal }),
  );
  return chunks.flatMap(({ records }) => records);
}

Deno.test("odd packets become dead letters with the reason, in forecast and watch, and the stream goes on", async () => {
  await using cluster = await embedded.open();
  const at = ["--bootstrap-server", cluster.bootstrapServer];
  const model = await Deno.makeTempFile({ prefix: "streamflow-", suffix: ".safetensors" });
  try {
    await Deno.writeFile(model, tinyModelBytes());
    const seconds = Array.from({ length: 300 }, (_, second) => packetAt(second));
    const after = Array.from({ length: 30 }, (_, second) => packetAt(300 + second));
    const values = [...seconds, ...ODD.map(([value]) => value), packetAt(299), ...after];
    {
      await using client = await connect({ ...cluster, clientId: "test" }, "platformatic");
      await client.admin.createTopic({ name: "odd", partitions: 1, replicationFactor: 1 });
      await using producer = await client.producer();
      const records = values.map((value) => ({
        key: "a",
        value: value === null ? null : encoder.encode(value),
      }));
      await producer.send("odd", records);
    }
    const letters = ODD.filter(([, reason]) => reason !== null);
    const run = async (args: string[]) => {
      const common = ["--input", "odd", "--close-after", "1s", "--until-idle", "3s", "--json", ...at];
      const { code, stdout, stderr } = await runStreamflow(["traffic", ...args, ...common]);
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout);
    };
    const [forecast, watch] = await Promise.all([
      run(["forecast", "--model", model, "--dead-letter", "dead-f", "--group", "f"]),
      run(["watch", "--window", "10s", "--dead-letter", "dead-w", "--group", "w"]),
    ]);
    for (const { packets, duplicates, lag } of [forecast, watch]) {
      const expected = { packets: values.length - letters.length - 1, duplicates: 1, lag: 0 };
      assert.deepEqual({ packets, duplicates, lag }, expected);
    }
    assert.equal(forecast.corrections, 1);
    for (const topic of ["dead-f", "dead-w"]) {
      const found = (await read(cluster.bootstrapServer, topic)).map(({ headers, value }) => ({
        reason: decoder.decode(headers.find(({ key }) => key === "streamflow.reason")!.value),
        value: value === null ? null : decoder.decode(value),
      }));
      assert.deepEqual(found, letters.map(([value, reason]) => ({ reason, value })));
    }
    const absent = await runStreamflow(["dlq", "show", "999", "--dead-letter", "dead-f", ...at]);
    assert.equal(absent.code, 1);
    assert.match(absent.stderr, /^error: there is no such letter on dead-f: 999\n {2}hint: /);
    const noTopic = await runStreamflow(["traffic", "train", "--from-topic", "nobody", ...at]);
    assert.equal(noTopic.code, 1);
    assert.match(noTopic.stderr, /^error: topic "nobody" does not exist\n {2}hint: /);
  } finally {
    await Deno.remove(model);
  }
});
