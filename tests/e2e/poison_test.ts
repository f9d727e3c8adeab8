/** What stops a stream that is not prepared for it, with the real program and both clients: dead letters, and on it goes. */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import type { ClientName, IncomingRecord, KafkaClient, OutgoingRecord } from "../../src/kafka/port.ts";
import { PLACEHOLDER, POISONS, startPoisonedBroker } from "../support/poison.ts";
import { runStreamflow, trainModel } from "../support/run.ts";
import { tinyModelBytes } from "../traffic/tiny_model.ts";
import { videoEvent } from "../youtube/events.ts";

const sensor = await trainModel();
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const HUGE = new Uint8Array(1_048_400).fill(120);

/** A good value at every even offset, poison at every odd one. */
const poison = new Map(POISONS.map(({ bytes }, i) => [2 * i + 1, bytes]));
const GOOD = POISONS.length + 1;
/** Too large to be a dead letter whole. */
const HUGE_ONES: readonly OutgoingRecord[] = [
  { key: HUGE, value: encoder.encode("{") },
  { key: null, value: encoder.encode("{"), headers: [{ key: "h", value: HUGE }] },
  {
    key: null,
    value: encoder.encode("{"),
    headers: [{ key: decoder.decode(HUGE), value: new Uint8Array(1) }],
  },
  { key: null, value: HUGE },
];

/** Fills a topic; `good` makes the value of each good record. */
async function fill(client: KafkaClient, topic: string, good: (i: number) => unknown): Promise<void> {
  await client.admin.createTopic({ name: topic, partitions: 1, replicationFactor: 1 });
  await using producer = await client.producer();
  for (let offset = 0; offset < 2 * GOOD - 1; offset++) {
    const value = offset % 2 === 1 ? PLACEHOLDER : JSON.stringify(good(offset / 2));
    await producer.send(topic, [{ key: "a", value: encoder.encode(value) }]);
  }
  for (const record of HUGE_ONES) await producer.send(topic, [record]);
  await producer.send(topic, [{ key: "a", value: encoder.encode(JSON.stringify(good(GOOD))) }]);
}

const START_MS = Date.UTC(2026, 0, 5, 12);
const reading = (i: number) => ({
  ...{ id: `a-${i}`, timestamp: new Date(START_MS + 1_000 * i).toISOString(), source: "a" },
  features: { humidity: 40, temperature: 20 },
});
const packet = (i: number) => ({
  ...{ id: `p-${i}`, timestamp: START_MS * 1_000 + i * 1e6, length: 100 },
  ...{ protocol: "TCP", src: "10.0.0.1", dst: "10.0.0.2" },
});
const video = (i: number) => videoEvent("v", { likes: i, poll: i });

function headerOf({ headers }: IncomingRecord, name: string): string {
  return decoder.decode(headers.find(({ key }) => key === `streamflow.${name}`)?.value);
}

async function checkLetters(client: KafkaClient, { input, topic }: { input: string; topic: string }) {
  const letters: IncomingRecord[] = [];
  const { signal } = new AbortController();
  for await (const chunk of client.read({ topics: [topic], from: "beginning", until: "end", signal })) {
    letters.push(...chunk.records);
  }
  letters.sort((a, b) => Number(headerOf(a, "offset")) - Number(headerOf(b, "offset")));
  assert.equal(letters.length, POISONS.length + HUGE_ONES.length);
  for (const [i, { reason }] of POISONS.entries()) {
    const letter = letters[i]!;
    assert.deepEqual(
      ["reason", "topic", "offset", "last-offset"].map((name) => headerOf(letter, name)),
      ["undecodable", input, `${2 * i + 1}`, `${2 * i + 1}`],
    );
    assert.match(headerOf(letter, "detail"), /^batch at offset \d+ could not be decoded: /);
    assert.match(headerOf(letter, "detail"), reason);
  }
  const [byKey, byHeader, byName, byValue] = letters.slice(POISONS.length);
  assert.equal(headerOf(byKey!, "truncated-key"), "1048400");
  assert.match(headerOf(byHeader!, "truncated-headers"), /^1 headers of/);
  assert.match(headerOf(byName!, "truncated-headers"), /^1 headers of/);
  assert.equal(headerOf(byValue!, "truncated"), "1048400");
}

for (const name of ["platformatic", "kafkajs"] satisfies ClientName[]) {
  Deno.test(`${name}: no pipeline ends, or leaves out what is good, for batches and records that are poison`, async () => {
    await using broker = startPoisonedBroker({ poison });
    await using client = await connect({ ...broker, clientId: "poison" }, "platformatic");
    const traffic = await Deno.makeTempFile({ prefix: "streamflow-", suffix: ".safetensors" });
    try {
      await Deno.writeFile(traffic, tinyModelBytes());
      await fill(client, "readings", reading);
      await fill(client, "packets", packet);
      await fill(client, "videos", video);
      const at = ["--bootstrap-server", broker.bootstrapServer, "--client", name];
      const run = async (command: string, input: string) => {
        const dead = `dead-${command.split(" --")[0]!.replaceAll(" ", "-")}`;
        const { code, stdout, stderr } = await runStreamflow([
          ...[...command.split(" "), "--input", input, "--dead-letter", dead, "--group", dead],
          ...["--until-idle", "3s", "--json", ...at],
        ]);
        assert.equal(code, 0, `${command}: ${stderr}`);
        await checkLetters(client, { input, topic: dead });
        assert.deepEqual(
          await client.admin.committedOffsets(dead, input),
          [{ topic: input, partition: 0, offset: 2 * GOOD + HUGE_ONES.length }],
          command,
        );
        return JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
      };
      const consumed = await run(`consume --model ${sensor}`, "readings");
      assert.deepEqual([consumed.predicted, consumed.lag], [GOOD + 1, 0]);
      const forecast = await run(`traffic forecast --model ${traffic} --close-after 1s`, "packets");
      assert.deepEqual([forecast.packets, forecast.lag], [GOOD + 1, 0]);
      const watched = await run("traffic watch --close-after 1s", "packets");
      assert.deepEqual([watched.packets, watched.lag], [GOOD + 1, 0]);
      const likes = await run("youtube consume", "videos");
      assert.deepEqual([likes.changes, likes.lag], [GOOD + 1, 0]);
      if (name === "platformatic") await readersGoOn(client, at);
    } finally {
      await Deno.remove(traffic);
    }
  });
}

/** Commands that only read: they pass over what they cannot read. */
async function readersGoOn(client: KafkaClient, at: readonly string[]): Promise<void> {
  for (const topic of ["predictions-2", "dead-2"]) {
    await client.admin.createTopic({ name: topic, partitions: 1, replicationFactor: 1 });
    await using producer = await client.producer();
    for (let offset = 0; offset <= 2 * POISONS.length; offset++) {
      await producer.send(topic, [{
        key: null,
        value: encoder.encode(offset % 2 === 1 ? PLACEHOLDER : "{}"),
      }]);
    }
  }
  const commands = [
    "dlq list --dead-letter dead-2 --json",
    "dlq show --dead-letter dead-2 --json",
    "dlq replay --dead-letter dead-2 --json",
    "dlq show --dead-letter dead-consume --limit 100",
    "monitor --once --json --output predictions-2 --dead-letter dead-2 --input readings",
    "monitor --once --view traffic --output predictions-2 --dead-letter dead-2",
    "topics list",
  ];
  for (const command of commands) {
    const { code, stderr } = await runStreamflow([...command.split(" "), ...at]);
    assert.equal(code, 0, `${command}: ${stderr}`);
    assert.doesNotMatch(stderr, /something unexpected/, command);
  }
  const train = await runStreamflow([
    ...["train", "--from-topic", "readings", "--epochs", "1", "--model", "poisoned.safetensors", ...at],
  ]);
  assert.doesNotMatch(train.stderr, /something unexpected/);
  assert.match(train.stderr, /readings/); // too few to train on, which is said
}
