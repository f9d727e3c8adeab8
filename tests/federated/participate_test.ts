/** A participant on the embedded broker and a server over HTTP: what is sent, and what becomes of answers of every kind. */
import assert from "node:assert/strict";
import { startBroker } from "../../src/broker/mod.ts";
import { FederatedServer } from "../../src/federated/client/client.ts";
import { jobsOf, participate, type Participation } from "../../src/federated/client/participate.ts";
import { DeviceTally } from "../../src/federated/participant/device_tally.ts";
import { figuresOf } from "../../src/federated/participant/figures.ts";
import { prepareExamples } from "../../src/federated/participant/examples.ts";
import type { JobsState } from "../../src/jobs/run.ts";
import { connect } from "../../src/kafka/connect.ts";
import type { KafkaClient } from "../../src/kafka/port.ts";
import { UserError } from "../../src/runtime/errors.ts";
import { countReach } from "../../src/models/preparation.ts";
import { streamExamples } from "../../src/train/forecaster/examples.ts";
import { firstModel, type RecordedUpload, StandIn } from "../support/federated_stand_in.ts";
import { until } from "../support/until.ts";
import { globalOf, RECIPE, recordsOf } from "./devices.ts";
import { federate, TASK, waveSet } from "./sets.ts";

const set = waveSet(3, 300);
const federation = federate(set, RECIPE);
const first = firstModel(federation, { horizon: TASK.horizon, recipe: RECIPE });

async function openCluster(): Promise<{ client: KafkaClient } & AsyncDisposable> {
  const broker = startBroker({ listen: { hostname: "127.0.0.1", port: 0 }, dataDir: null });
  const client = await connect({ bootstrapServer: broker.address, clientId: "test" }, "platformatic");
  await client.admin.createTopic({ name: "input-data", partitions: 1, replicationFactor: 1 });
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await broker.close();
    },
  };
}

const all = recordsOf(set).map(({ value }) => ({ key: null, value, partition: 0 }));
const HALF = all.length / 2;

/** Sends readings of all devices, in their order. */
async function send(client: KafkaClient, from = 0, to = all.length): Promise<void> {
  await using producer = await client.producer();
  await producer.send("input-data", all.slice(from, to));
}

interface Run {
  readonly tally: DeviceTally;
  readonly said: string[];
  readonly ended: Promise<Participation | null>;
  /** What it is at now; `null` before the group was joined. */
  state(): JobsState | null;
  stop(): void;
}

function start(client: KafkaClient, server: FederatedServer): Run {
  const tally = new DeviceTally(), said: string[] = [];
  const stopped = new AbortController();
  let state = (): JobsState | null => null;
  const ended = participate({
    ...{ client, server, input: "input-data", group: "fl", tally, signal: stopped.signal, secure: false },
    topics: { anomalies: "anomalies", deadLetter: "dead-letters" },
    said: { info: (text) => said.push(text), warn: (text) => said.push(text) },
    onOpened: (opened) => state = opened.state,
  });
  ended.catch(() => {}); // a test that fails before it waits
  return { tally, said, ended, state: () => state(), stop: () => stopped.abort() };
}

/** Resolves when the devices have learned from what is there, and nothing is to be sent. */
async function untilQuiet(run: Run, devices: number): Promise<void> {
  await until(() => {
    const jobs = jobsOf(run.state() ?? { jobs: [] });
    return jobs.reduce((sum, { size }) => sum + size, 0) === devices &&
      jobs.every((job) => job.due() === undefined && job.pending.length === 0);
  });
}

Deno.test("devices of two rounds learn, send, and take what the server makes of it", async () => {
  await using cluster = await openCluster();
  await using server = new StandIn({ first, after: 3 });
  await send(cluster.client, 0, HALF);
  const run = start(cluster.client, new FederatedServer(server.url));
  await until(() => run.tally.updates === 3);
  await send(cluster.client, HALF);
  await until(() => run.tally.updates === 6);
  await untilQuiet(run, 3);
  run.stop();
  const ended = await run.ended;
  assert.deepEqual(
    server.counted.slice(0, 6).toSorted(),
    [0, 1].flatMap((round) => [0, 1, 2].map((device) => `device-${device} ${round}`)).toSorted(),
  );
  const figures = figuresOf(ended!);
  assert.deepEqual(figures.map(({ device }) => device), ["device-0", "device-1", "device-2"]);
  for (const { round, readings, mse } of figures) {
    assert.equal(round, server.round);
    assert.equal(readings, 300);
    assert.ok(mse!.local < mse!.lastValue, JSON.stringify(mse));
  }
  assert.deepEqual(run.said, []);
});

/** Whether such bytes stand anywhere in others. */
function holds(haystack: Uint8Array, needle: Uint8Array): boolean {
  outer: for (let at = haystack.indexOf(needle[0]!); at >= 0; at = haystack.indexOf(needle[0]!, at + 1)) {
    for (let i = 1; i < needle.length; i++) if (haystack[at + i] !== needle[i]) continue outer;
    return true;
  }
  return false;
}

/** Everything of an upload, as one row of bytes. */
function bytesOf({ url, headers, body }: RecordedUpload): Uint8Array {
  const head = new TextEncoder().encode(`${url}\n${headers.map((pair) => pair.join(": ")).join("\n")}\n`);
  const all = new Uint8Array(head.length + body.length);
  all.set(head);
  all.set(body, head.length);
  return all;
}

/** What readings could look like in an upload: text, f64; two neighbours as f32, which one might be by chance. */
function* disguises(numbers: Float64Array): Generator<Uint8Array> {
  for (const [i, number] of numbers.entries()) {
    if (Math.abs(number) < 1e-9 || Number.isInteger(number)) continue;
    const text = String(number);
    yield new TextEncoder().encode(text.slice(0, Math.min(text.length, 10)));
    yield new Uint8Array(new Float64Array([number]).buffer);
    if (i > 0) yield new Uint8Array(new Float32Array([numbers[i - 1]!, number]).buffer);
  }
}

function findReading(uploads: readonly Uint8Array[], numbers: Float64Array): string | null {
  for (const disguise of disguises(numbers)) {
    if (uploads.some((upload) => holds(upload, disguise))) return disguise.toHex();
  }
  return null;
}

Deno.test("no byte of an upload is a reading: as text, as numbers of 8 or 4 bytes, scaled or not", async () => {
  await using cluster = await openCluster();
  await using server = new StandIn({ first, after: 3 });
  await send(cluster.client, 0, HALF);
  const run = start(cluster.client, new FederatedServer(server.url));
  await until(() => run.tally.updates === 3);
  await send(cluster.client, HALF);
  await until(() => run.tally.updates === 6);
  run.stop();
  await run.ended;
  const uploads = server.uploads.map(bytesOf);
  assert.ok(uploads.length >= 6);
  const { preparation } = globalOf(federation);
  const shape = { ...TASK, targetIndex: 0, reach: countReach(preparation) };
  const { inputs, targets } = prepareExamples(preparation, streamExamples(set, shape), {
    learnable: true,
  });
  const numbers = [...set.series.map(({ values }) => values), inputs, targets];
  for (const some of numbers) assert.equal(findReading(uploads, some), null);
  // It would find one, in each disguise.
  const { values } = set.series[1]!;
  for (const disguise of [...disguises(values.subarray(7, 9))]) {
    const leak = new Uint8Array([...uploads[0]!, ...disguise, 1]);
    assert.notEqual(findReading([leak], values), null);
  }
});

Deno.test("a server that is away is said once, the devices learn on, and what they send comes when it is back", async () => {
  await using cluster = await openCluster();
  const server = new StandIn({ first });
  const run = start(cluster.client, new FederatedServer(server.url));
  await until(() => run.state() !== null);
  await server[Symbol.asyncDispose]();
  await send(cluster.client);
  await until(() =>
    run.tally.read === 900 && jobsOf(run.state()!).some(({ pending }) => pending.length === 3)
  );
  await until(() => run.said.length > 0);
  await using back = new StandIn({ first, port: server.port });
  await until(() => run.tally.updates === 3);
  run.stop();
  await run.ended;
  assert.equal(back.counted.length, 3);
  const about = run.said.filter((text) => text.includes(server.url));
  assert.equal(about.length, 2, about.join("\n"));
  assert.match(about[0]!, /cannot be reached .*: devices go on learning, it is tried again$/);
  assert.match(about[1]!, /is back$/);
});

Deno.test("what is refused is said with its reason, once, and the device goes on; who sends too much waits", async () => {
  await using cluster = await openCluster();
  let busy = 0;
  await using server = new StandIn({
    first,
    after: 2,
    instead: (request) => {
      const url = new URL(request.url);
      if (!url.pathname.endsWith("local-update")) return null;
      if (url.searchParams.get("device") === "device-0") {
        return Response.json({ reason: "norm", detail: "it is too far away" }, { status: 422 });
      }
      if (busy++ > 0) return null;
      return Response.json({ reason: "rate" }, { status: 429, headers: { "retry-after": "0.2" } });
    },
  });
  await send(cluster.client, 0, HALF);
  const run = start(cluster.client, new FederatedServer(server.url));
  await until(() => run.tally.updates === 2 && run.tally.refused["norm"] === 1);
  await send(cluster.client, HALF);
  await until(() => run.tally.updates === 4 && run.tally.refused["norm"] === 2);
  run.stop();
  await run.ended;
  const [refusal] = run.said;
  assert.match(
    refusal!,
    /refused what device-0 learned in round 0 \(norm\): it is too far away; the device goes on/,
  );
  assert.equal(run.said.filter((text) => text.includes("round 0 ")).length, 1);
  assert.deepEqual(server.uploads.filter(({ status }) => status === 429).length, 1);
});

Deno.test("after an end the same update is sent again with the same bits, and the server counts it once", async () => {
  await using cluster = await openCluster();
  await send(cluster.client);
  await using server = new StandIn({ first });
  // The server takes the updates, and the participant never hears of it.
  let isDeaf = true;
  const away = () => Response.json({ reason: "away" }, { status: 503 });
  const before: RecordedUpload[] = [];
  {
    await using deaf = new StandIn({
      first,
      instead: (request) => isDeaf && request.url.includes("local-update") ? away() : null,
    });
    const run = start(cluster.client, new FederatedServer(deaf.url));
    await until(() => deaf.uploads.length >= 3);
    run.stop();
    await run.ended;
    before.push(...deaf.uploads);
    isDeaf = false;
  }
  const again = start(cluster.client, new FederatedServer(server.url));
  await until(() => again.tally.updates === 3);
  again.stop();
  await again.ended;
  assert.equal(again.tally.read, 0, "nothing was read twice");
  const hexOf = (uploads: readonly RecordedUpload[], device: string) =>
    new Set(uploads.filter((one) => one.device === device).map(({ body }) => body.toHex()));
  for (const device of ["device-0", "device-1", "device-2"]) {
    assert.equal(hexOf([...before, ...server.uploads], device).size, 1);
  }
  assert.equal(server.counted.length, 3);
});

Deno.test("an answer that is about the network or about others does not end a participant", async () => {
  await using cluster = await openCluster();
  await send(cluster.client, 0, HALF);
  let asked = 0;
  await using server = new StandIn({
    first,
    after: 3,
    instead: () => {
      const status = [429, 408][asked % 4];
      asked++;
      return status === undefined ? null : new Response(null, { status });
    },
  });
  const run = start(cluster.client, new FederatedServer(server.url));
  await until(() => run.tally.updates === 3);
  run.stop();
  await run.ended;
  assert.ok(run.said.some((text) => /it answers 4(29|08)/.test(text)), run.said.join("\n"));
});

Deno.test("who is not let in, and what is no federated server, ends it with a sentence", async () => {
  await using cluster = await openCluster();
  for (
    const [instead, message] of [
      [() => new Response(null, { status: 401 }), /wants a token/],
      [() => new Response("hello"), /is not a federated server: its answer has no round/],
      [() => new Response(null, { status: 404 }), /is not a federated server: it answers 404/],
    ] as const
  ) {
    await using server = new StandIn({ first, instead });
    const run = start(cluster.client, new FederatedServer(server.url));
    await assert.rejects(run.ended, (error) => error instanceof UserError && message.test(error.message));
  }
});

Deno.test("a token goes to other machines over TLS alone, and addresses that are none are refused", () => {
  const refused = (make: () => unknown) =>
    assert.throws(make, (error) => error instanceof UserError && error.exitCode === 2);
  refused(() => new FederatedServer("http://fl.example.org", { token: "secret" }));
  refused(() => new FederatedServer("fl.example.org:80"));
  refused(() => new FederatedServer("http://me:secret@127.0.0.1"));
  assert.ok(new FederatedServer("https://fl.example.org", { token: "secret" }));
  assert.ok(new FederatedServer("http://127.0.0.1:8080", { token: "secret" }));
  assert.ok(new FederatedServer("http://fl.example.org", { token: "secret", allowClear: true }));
});
