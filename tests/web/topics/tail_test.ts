/** The live tail: what comes, what is filtered, what is skipped, and what happens to topics, clusters and clients. */
import assert from "node:assert/strict";
import { startBroker } from "../../../src/broker/mod.ts";
import { connect } from "../../../src/kafka/connect.ts";
import type { KafkaClient } from "../../../src/kafka/port.ts";
import { serveHttp } from "../../../src/web/frame/serve.ts";
import { TAIL_BEHIND_MAX, TAILS_MAX } from "../../../src/web/topics/limits.ts";
import { mountTopics } from "../../../src/web/topics/routes.ts";
import { Tail } from "../../../src/web/topics/tail.ts";
import { tailStream } from "../../../src/web/topics/tail_stream.ts";
import { newTopic, sendTexts } from "../../contract/kafka_client.ts";
import { until } from "../../support/until.ts";
import { testApp } from "../../support/web_app.ts";
import { askingOf, type Events, restTest, SUBJECTS } from "./support.ts";

const texts = (count: number, prefix = "r") => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

for (const subject of SUBJECTS) {
  restTest(subject, "a tail shows what comes, and joins no group", async ({ client, tail }) => {
    const topic = await newTopic(client, 2);
    await sendTexts(client, { topic, texts: ["old"] });
    const before = (await client.inspection.groups()).length;
    await using events = await tail(`topics/${topic}/tail`);
    assert.equal(events.response.headers.get("content-type"), "text/event-stream");
    assert.deepEqual((await events.next())?.data, { topic, partitions: 2 });
    await sendTexts(client, { topic, texts: ["a", "b"], partition: 1 });
    const { data } = await events.until("records");
    assert.deepEqual([data.skipped, data.behind, data.searched], [0, 0, 2]);
    const [first] = data.records;
    assert.deepEqual([first.partition, first.offset, first.value], [1, 0, {
      kind: "text",
      text: "a",
      cut: false,
    }]);
    assert.deepEqual([first.key.kind, first.sizes, first.cut, first.undecodable], [
      "none",
      { key: 0, value: 1, headers: 0 },
      false,
      null,
    ]);
    assert.ok(Math.abs(first.timeMs - Date.now()) < 60_000);
    assert.equal((await client.inspection.groups()).length, before);
  });

  restTest(
    subject,
    "from the beginning everything is shown, in order, past the limit of an event",
    async (asking) => {
      const { client, tail } = asking;
      const topic = await newTopic(client);
      await sendTexts(client, { topic, texts: texts(180) });
      await using events = await tail(`topics/${topic}/tail?from=beginning`);
      assert.deepEqual(await events.values(180), texts(180));
      await sendTexts(client, { topic, texts: ["new"] });
      assert.deepEqual(await events.values(1), ["new"]);
    },
  );

  restTest(subject, "a topic that is deleted and made again is tailed from its beginning", async (asking) => {
    const { client, tail } = asking;
    const topic = await newTopic(client);
    await sendTexts(client, { topic, texts: ["a", "b"] });
    await using events = await tail(`topics/${topic}/tail?last=1`);
    assert.deepEqual(await events.values(1), ["b"]);
    await client.admin.deleteTopic(topic);
    assert.match((await events.until("notice")).data.text, /was deleted: waiting until it is made again/);
    await client.admin.createTopic({ name: topic, partitions: 1, replicationFactor: -1 });
    await sendTexts(client, { topic, texts: ["c", "d", "e"] });
    assert.match((await events.until("notice")).data.text, /was deleted and made again/);
    assert.deepEqual(await events.values(3), ["c", "d", "e"]);
  });
}

async function withBroker(body: (client: KafkaClient) => Promise<void>): Promise<void> {
  await using broker = startBroker({ listen: { hostname: "127.0.0.1", port: 0 }, dataDir: null });
  await using client = await connect({ bootstrapServer: broker.address, clientId: "tail" }, "platformatic");
  await body(client);
}

Deno.test("a tail shows what passes its filters, and one partition where one is named", () =>
  withBroker(async (client) => {
    const { tail } = askingOf(client);
    const topic = await newTopic(client, 2);
    await using byPath = await tail(`topics/${topic}/tail?path=$.input.temperature&equals=21.5`);
    await using byKey = await tail(`topics/${topic}/tail?key=boiler-*`);
    await using byText = await tail(`topics/${topic}/tail?text=PUMP&partition=1`);
    await using producer = await client.producer();
    const send = (key: string, temperature: number, partition: number) => {
      const value = new TextEncoder().encode(JSON.stringify({ input: { temperature }, key }));
      return producer.send(topic, [{ key, value, partition }]);
    };
    await send("pump-0", 20, 0);
    await send("boiler-1", 21.5, 0);
    await send("pump-2", 21.5, 1);
    await send("boiler-3", 9, 1);
    const keys = async (events: Events, count: number) =>
      (await events.values(count)).map((text) => JSON.parse(text).key);
    assert.deepEqual(await keys(byPath, 2), ["boiler-1", "pump-2"]);
    assert.deepEqual(await keys(byKey, 2), ["boiler-1", "boiler-3"]);
    assert.deepEqual(await keys(byText, 1), ["pump-2"]);
  }));

Deno.test("a client that is slow gets the newest, and how many were skipped", () =>
  withBroker(async (client) => {
    const { tail } = askingOf(client);
    const topic = await newTopic(client);
    await using events = await tail(`topics/${topic}/tail`);
    assert.equal((await events.next())?.event, "start");
    const count = TAIL_BEHIND_MAX + 3_000;
    await sendTexts(client, { topic, texts: texts(count) });
    let [seen, skipped, last] = [0, 0, ""];
    while (last !== `r${count - 1}`) {
      const { data } = await events.until("records");
      seen += data.records.length;
      skipped += data.skipped;
      last = data.records.at(-1)?.value.text ?? last;
      assert.ok(data.records.length <= 50);
    }
    assert.equal(seen + skipped, count);
    assert.ok(skipped > 0);
  }));

Deno.test("a client that connects again goes on where it was", () =>
  withBroker(async (client) => {
    const { tail } = askingOf(client);
    const topic = await newTopic(client);
    await sendTexts(client, { topic, texts: ["a"] });
    let lastEventId: string;
    {
      await using events = await tail(`topics/${topic}/tail?last=1`);
      await events.next();
      lastEventId = (await events.until("records")).id!;
    }
    await sendTexts(client, { topic, texts: ["b", "c"] });
    await using events = await tail(`topics/${topic}/tail`, { lastEventId });
    assert.deepEqual(await events.values(2), ["b", "c"]);
  }));

Deno.test("a broker that goes and comes back with its data is survived, with a notice of each", async () => {
  const folder = await Deno.makeTempDir();
  const broker = startBroker({ listen: { hostname: "127.0.0.1", port: 0 }, dataDir: folder });
  const bootstrapServer = broker.address;
  await using client = await connect({ bootstrapServer, clientId: "tail" }, "platformatic");
  const { tail } = askingOf(client);
  const topic = await newTopic(client);
  await using events = await tail(`topics/${topic}/tail`);
  await events.next();
  await broker.close();
  assert.match((await events.until("notice")).data.text, /cannot be reached/);
  const port = Number(bootstrapServer.split(":")[1]);
  await using again = startBroker({ listen: { hostname: "127.0.0.1", port }, dataDir: folder });
  assert.match((await events.until("notice")).data.text, /can be reached again/);
  await sendTexts(client, { topic, texts: ["back"] });
  assert.deepEqual(await events.values(1), ["back"]);
  await again.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a tail ends when its client goes, and leaves room for another", () =>
  withBroker(async (client) => {
    const app = testApp();
    mountTopics(app, client.inspection);
    await using server = serveHttp(app, "127.0.0.1:0");
    const topic = await newTopic(client);
    const url = `${server.url}/api/v1/topics/${topic}/tail`;
    const aborts = Array.from({ length: TAILS_MAX }, () => new AbortController());
    const open = await Promise.all(aborts.map(({ signal }) => fetch(url, { signal })));
    assert.deepEqual([...new Set(open.map(({ status }) => status))], [200]);
    const refused = await fetch(url);
    assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "2"]);
    await refused.body?.cancel();
    aborts[0]!.abort();
    await open[0]!.body!.cancel().catch(() => undefined);
    const abort = new AbortController();
    await until(async () => {
      const response = await fetch(url, { signal: abort.signal });
      if (response.status === 200) return true;
      await response.body?.cancel();
      return false;
    });
    for (const one of [...aborts, abort]) one.abort();
  }));

Deno.test("a client that takes nothing is dropped, and its tail ends", () =>
  withBroker(async (client) => {
    const topic = await newTopic(client);
    await sendTexts(client, { topic, texts: ["a"] });
    const tail = await Tail.open(client.inspection, topic, { from: "beginning", last: 0, filter: null });
    const dropped = Promise.withResolvers<void>();
    const stream = tailStream(tail, { closing: undefined, onEnd: dropped.resolve, patienceMs: 5 });
    await dropped.promise;
    await assert.rejects(stream.getReader().read(), /takes nothing/);
  }));
