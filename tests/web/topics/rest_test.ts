/** Topics, groups and records over REST, on the embedded broker and on real Kafka. */
import assert from "node:assert/strict";
import { connect } from "../../../src/kafka/connect.ts";
import { startBroker } from "../../../src/broker/mod.ts";
import { READER_GROUP_PREFIX } from "../../../src/kafka/inspection_port.ts";
import { newTopic, sendTexts } from "../../contract/kafka_client.ts";
import { uniqueName } from "../../support/cluster.ts";
import { startBroker as startBrokerProcess } from "../../support/broker_process.ts";
import { until } from "../../support/until.ts";
import { type Asking, askingOf, restTest, SUBJECTS } from "./support.ts";

for (const subject of SUBJECTS) {
  restTest(subject, "topics are listed by page with records and bytes", async ({ client, get }) => {
    const prefix = uniqueName("list");
    for (const name of ["a", "b", "c"]) {
      await client.admin.createTopic({ name: `${prefix}-${name}`, partitions: 2, replicationFactor: -1 });
    }
    await sendTexts(client, { topic: `${prefix}-b`, texts: ["x", "y"], partition: 1 });
    const { status, json } = await get(`topics?q=${prefix.toUpperCase()}&limit=2`);
    assert.equal(status, 200);
    assert.deepEqual(json.topics.map((one: { name: string }) => one.name), [`${prefix}-a`, `${prefix}-b`]);
    assert.deepEqual([json.total, json.next], [3, `${prefix}-b`]);
    assert.deepEqual(json.topics[1], {
      ...{ name: `${prefix}-b`, internal: false, partitions: 2, replicationFactor: 1, underReplicated: 0 },
      ...{ records: 2, sizeBytes: 61 + 2 * 8 },
    });
    const last = await get(`topics?q=${prefix}&limit=2&after=${json.next}`);
    assert.deepEqual(last.json.topics.map((one: { name: string }) => one.name), [`${prefix}-c`]);
    assert.equal(last.json.next, null);
  });

  restTest(subject, "a topic has its settings, partitions, and groups with lag", async ({ client, get }) => {
    const name = uniqueName("detail");
    const configs = { "retention.ms": "60000" };
    await client.admin.createTopic({ name, partitions: 2, replicationFactor: -1, configs });
    await sendTexts(client, { topic: name, texts: ["a", "b", "c"], partition: 1 });
    const groupId = uniqueName("g");
    await commit({ client, name, groupId, behind: 2 });
    await until(async () => (await get(`groups/${groupId}`)).json.state === "Empty");
    await sendTexts(client, { topic: name, texts: ["d"], partition: 1 });
    await until(async () => (await get(`topics/${name}`)).json.records === 4);
    const { status, json } = await get(`topics/${name}`);
    assert.equal(status, 200);
    const set = json.configs.filter((one: { isSet: boolean }) => one.isSet);
    assert.deepEqual(set.map((one: { name: string; value: string }) => [one.name, one.value]), [[
      "retention.ms",
      "60000",
    ]]);
    assert.ok(json.configs.length > 5);
    assert.deepEqual(
      json.partitions.map((
        one: Record<string, unknown>,
      ) => [one["partition"], one["startOffset"], one["endOffset"]]),
      [[0, 0, 0], [1, 0, 4]],
    );
    assert.ok(
      json.partitions.every((one: { leader: number; inSyncReplicas: number[] }) =>
        one.inSyncReplicas.includes(one.leader)
      ),
    );
    assert.deepEqual(json.groups, [{
      ...{ groupId, state: "Empty", members: 0, lag: 3 },
      partitions: [
        { topic: name, partition: 0, committedOffset: null, endOffset: 0, lag: null, memberId: null },
        { topic: name, partition: 1, committedOffset: 1, endOffset: 4, lag: 3, memberId: null },
      ].map(({ topic: _, ...one }) => one),
    }]);
    await until(async () => (await get(`groups/${groupId}`)).json.lag === 3);
    const group = await get(`groups/${groupId}`);
    assert.deepEqual(group.json.topics, [{
      ...{ topic: name, lag: 3 },
      partitions: [{ partition: 1, committedOffset: 1, endOffset: 4, lag: 3, memberId: null }],
    }]);
    await until(async () => (await get(`groups?q=${groupId}`)).json.groups[0]?.lag === 3);
    const listed = (await get(`groups?q=${groupId}`)).json.groups;
    assert.deepEqual(listed, [{
      ...{ groupId, state: "Empty", protocolType: "consumer", members: 0, topics: [name], lag: 3 },
    }]);
  });

  restTest(subject, "records: the newest first, from an offset on, by key, text and path", async (asking) => {
    const { client, get } = asking;
    const name = uniqueName("records");
    await client.admin.createTopic({ name, partitions: 2, replicationFactor: -1 });
    await using producer = await client.producer();
    const bytes = (text: string) => new TextEncoder().encode(text);
    for (let i = 0; i < 30; i++) {
      const value = bytes(
        JSON.stringify({ input: { temperature: i, tags: ["a", `t${i}`] }, name: `Boiler ${i}` }),
      );
      await producer.send(name, [{ key: `k-${i}`, value, partition: i % 2 }]);
    }
    const found = async (query: string) => {
      const { status, json } = await get(`topics/${name}/records?${query}`);
      assert.equal(status, 200, JSON.stringify(json));
      return json.records.map((one: { key: { text: string } }) => one.key.text);
    };
    // Some may have been sent in the same millisecond.
    assert.deepEqual((await found("limit=4")).sort(), ["k-26", "k-27", "k-28", "k-29"]);
    assert.deepEqual(await found("partition=0&limit=2"), ["k-28", "k-26"]);
    assert.deepEqual(await found("partition=1&offset=2&limit=2"), ["k-5", "k-7"]);
    assert.deepEqual(await found("offset=14&limit=9"), ["k-28", "k-29"]);
    assert.deepEqual(await found("contains=%22temperature%22:29,"), ["k-29"]);
    assert.deepEqual(await found("key=k-1"), ["k-1"]);
    assert.deepEqual((await found("key=k-1*")).length, 11);
    assert.deepEqual(await found("text=boiler+17"), ["k-17"]);
    assert.deepEqual(await found("path=$.input.temperature&equals=7.0"), ["k-7"]);
    assert.deepEqual(await found("path=$.input.tags&contains=t12"), ["k-12"]);
    assert.deepEqual(await found("path=$.input.tags[1]&equals=t12"), ["k-12"]);
    assert.deepEqual(await found("path=$.nothing"), []);
    assert.equal((await get(`topics/${name}/records?path=$.nothing`)).json.searched.records, 30);
  });

  restTest(subject, "groups that were made up to read with are shown where they are asked for", async (
    { client, get },
  ) => {
    const name = await newTopic(client);
    await sendTexts(client, { topic: name, texts: ["a", "b"] });
    const groupId = `${READER_GROUP_PREFIX}${crypto.randomUUID()}`;
    await commit({ client, name, groupId, behind: 1 });
    await until(async () => (await get(`groups?internal=true&q=${groupId}`)).json.total === 1);
    assert.equal((await get(`groups?q=${groupId}`)).json.total, 0);
    assert.deepEqual((await get(`topics/${name}`)).json.groups, []);
    assert.equal((await get(`groups/${groupId}`)).status, 200);
  });

  restTest(subject, "what is not there is 404, what cannot be understood 422", async ({ client, get }) => {
    const missing = uniqueName("missing");
    for (
      const path of [
        `topics/${missing}`,
        `topics/${missing}/records`,
        `topics/${missing}/tail`,
        `groups/${missing}`,
        "topics/no%20name",
      ]
    ) {
      const { status, headers, json } = await get(path);
      assert.equal(status, 404, `${path}: ${JSON.stringify(json)}`);
      assert.match(headers.get("content-type") ?? "", /problem\+json/);
    }
    assert.ok(!(await client.admin.listTopics()).includes(missing));
    const topic = await newTopic(client);
    assert.equal((await get(`topics/${topic}/records?partition=7`)).status, 404);
    for (
      const query of [
        "path=a.b",
        "path=$.a[",
        "limit=0",
        "limit=9999",
        "partition=-1",
      ]
    ) {
      assert.equal((await get(`topics/${topic}/records?${query}`)).status, 422, query);
    }
    assert.equal((await get("topics?internal=perhaps")).status, 422);
  });
}

/** Reads what partition 1 has, and commits an offset that is so far behind. */
async function commit(
  { client, name, groupId, behind }: {
    readonly client: Asking["client"];
    readonly name: string;
    readonly groupId: string;
    readonly behind: number;
  },
): Promise<void> {
  const abort = new AbortController();
  await using consumer = await client.groupConsumer({
    ...{ groupId, topics: [name], from: "beginning", signal: abort.signal },
  });
  for await (const { topic, partition, nextOffset } of consumer.chunks()) {
    assert.equal(await consumer.commit([{ topic, partition, offset: nextOffset - behind }]), true);
    abort.abort();
  }
}

for (const name of ["platformatic", "kafkajs"] as const) {
  Deno.test(`${name}: a cluster that is away is 503 with Retry-After, and is found again`, async () => {
    const folder = await Deno.makeTempDir();
    const listen = { hostname: "127.0.0.1", port: 0 };
    const broker = startBroker({ listen, dataDir: folder });
    const bootstrapServer = broker.address;
    await using client = await connect({ bootstrapServer, clientId: "rest" }, name);
    const { get } = askingOf(client);
    const topic = await newTopic(client);
    assert.equal((await get("topics")).status, 200);
    await broker.close();
    const { status, headers, json } = await get(`topics/${topic}`);
    assert.deepEqual([status, headers.get("retry-after")], [503, "2"], JSON.stringify(json));
    const port = Number(bootstrapServer.split(":")[1]);
    const again = startBroker({ listen: { hostname: "127.0.0.1", port }, dataDir: folder });
    try {
      await until(async () => (await get(`topics/${topic}`)).status === 200);
    } finally {
      await again.close();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("a cluster that hangs is 503 while it does, and answers when it goes on", async () => {
  const { running, address } = await startBrokerProcess(["--listen", "127.0.0.1:0"]);
  await using broker = running;
  await using client = await connect({ bootstrapServer: address, clientId: "rest" }, "platformatic");
  const { get } = askingOf(client);
  const topic = await newTopic(client);
  assert.equal((await get(`topics/${topic}`)).status, 200);
  broker.child.kill("SIGSTOP");
  try {
    // Until the answer that is known is too old.
    const found = await untilNot200(() => get(`topics/${topic}`));
    assert.deepEqual([found.status, found.headers.get("retry-after")], [503, "2"]);
    assert.match(found.json.detail, /^the cluster does not answer: nothing came within 5 s$/);
  } finally {
    broker.child.kill("SIGCONT");
  }
  await until(async () => (await get(`topics/${topic}`)).status === 200);
});

async function untilNot200<T extends { readonly status: number }>(ask: () => Promise<T>): Promise<T> {
  let found: T | undefined;
  await until(async () => (found = await ask()).status !== 200);
  return found!;
}

Deno.test("thousands of topics are listed a page at a time; many who ask cost as much as one", async () => {
  await using broker = startBroker({ listen: { hostname: "127.0.0.1", port: 0 }, dataDir: null });
  await using client = await connect({ bootstrapServer: broker.address, clientId: "rest" }, "platformatic");
  const names = Array.from({ length: 2_000 }, (_, i) => `t-${String(i).padStart(4, "0")}`);
  for (let i = 0; i < names.length; i += 100) {
    await Promise.all(
      names.slice(i, i + 100).map((name) =>
        client.admin.createTopic({ name, partitions: 1, replicationFactor: 1 })
      ),
    );
  }
  const { inspection } = client;
  let lookups = 0;
  const { get } = askingOf({
    ...client,
    inspection: {
      topics: (wanted) => {
        lookups++;
        return inspection.topics(wanted);
      },
      offsets: (topics) => {
        assert.ok(topics.length <= 500, `${topics.length} topics in one request`);
        return inspection.offsets(topics);
      },
      ...{ configs: (topic) => inspection.configs(topic), logSizes: (topics) => inspection.logSizes(topics) },
      ...{ groups: () => inspection.groups(), describeGroups: (ids) => inspection.describeGroups(ids) },
      ...{ committed: (ids) => inspection.committed(ids), fetch: (...args) => inspection.fetch(...args) },
    },
  });
  const answers = await Promise.all(Array.from({ length: 50 }, () => get("topics?limit=500")));
  assert.equal(lookups, 1);
  assert.ok(answers.every(({ json }) => json.topics.length === 500 && json.total === 2_000));
  const listed: string[] = [];
  for (let after: string | null = ""; after !== null;) {
    const { json } = await get(`topics?limit=500&after=${after}`);
    listed.push(...json.topics.map((one: { name: string }) => one.name));
    after = json.next;
  }
  assert.deepEqual(listed, names);
});
