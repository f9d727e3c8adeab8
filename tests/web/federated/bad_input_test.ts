/** What must not break a federation's server: each bad request gets its problem, and the rounds go on. */
import assert from "node:assert/strict";
import { encodeSafetensors } from "../../../nn/mod.ts";
import type { Coordinator } from "../../../src/federated/server/coordinator.ts";
import { METRICS_LENGTH_MAX, UPLOAD_OVERHEAD_BYTES } from "../../../src/web/federated/limits.ts";
import { isWholeAnswer, readText, sendRaw } from "../../support/raw_http.ts";
import { type Answer, ask, learnedFrom, send, serveFederation, uploadOf } from "./served.ts";

/** Sends one, and says what came of it. */
type Sender = (change: {
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}) => Promise<Answer>;

const QUERY = { device: "d", round: 0, examples: 5 };

/** What is refused, with the status and the reason. */
const REFUSED: readonly (readonly [
  what: string,
  status: number,
  reason: string,
  make: (coordinator: Coordinator) => Parameters<Sender>[0],
])[] = [
  ["no safetensors", 422, "safetensors", () => ({ body: new TextEncoder().encode("not a file") })],
  ["an empty body", 422, "safetensors", () => ({ body: new Uint8Array(0) })],
  ["truncated safetensors", 422, "safetensors", (c) => ({ body: uploadOf(learnedFrom(c)).slice(0, -8) })],
  ["NaN", 422, "not-finite", (c) => ({ body: withLast(uploadOf(learnedFrom(c)), NaN) })],
  ["infinity", 422, "not-finite", (c) => ({ body: withLast(uploadOf(learnedFrom(c)), -Infinity) })],
  ["too few weights", 422, "shape", (c) => ({ body: uploadOf(learnedFrom(c).slice(1)) })],
  ["another tensor", 422, "shape", (c) => ({ body: uploadOf(learnedFrom(c), "other") })],
  ["no tensor", 422, "shape", () => ({ body: encodeSafetensors({ tensors: [], metadata: {} }) })],
  ["weights far away", 422, "norm", (c) => ({ body: uploadOf(learnedFrom(c, 1e6)) })],
  ["a round that is not there yet", 422, "round", () => ({ query: { ...QUERY, round: 7 } })],
  ["no round", 422, "request", () => ({ query: { device: "d", examples: 5 } })],
  ["a round that is no number", 422, "request", () => ({ query: { ...QUERY, round: "first" } })],
  ["half a round", 422, "request", () => ({ query: { ...QUERY, round: 0.5 } })],
  ["no examples", 422, "request", () => ({ query: { ...QUERY, examples: 0 } })],
  ["no device", 422, "request", () => ({ query: { ...QUERY, device: "" } })],
  ["a long device", 422, "request", () => ({ query: { ...QUERY, device: "d".repeat(257) } })],
  ["a device with signs of control", 422, "device", () => ({ query: { ...QUERY, device: "a\u0007b" } })],
  ["another version", 409, "version", () => ({ query: { ...QUERY, version: "0123456789ab" } })],
  ["a version that is none", 422, "request", () => ({ query: { ...QUERY, version: "newest" } })],
  ["metrics that are no JSON", 400, "request", () => ({ headers: { "x-metrics": "{" } })],
  ["metrics that are no numbers", 422, "metrics", () => ({ headers: { "x-metrics": '{"loss": "low"}' } })],
  ["metrics beyond numbers", 422, "metrics", () => ({ headers: { "x-metrics": '{"loss": 1e999}' } })],
  ["long metrics", 422, "metrics", () => ({
    headers: { "x-metrics": `{"a": ${"1".repeat(METRICS_LENGTH_MAX)}}` },
  })],
];

function withLast(bytes: Uint8Array<ArrayBuffer>, value: number): Uint8Array<ArrayBuffer> {
  new DataView(bytes.buffer).setFloat64(bytes.length - 8, value, true);
  return bytes;
}

Deno.test("each bad update gets its problem with the reason, and counts nowhere", async (t) => {
  await using served = await serveFederation();
  const { url, coordinator } = served;
  const sender: Sender = ({ query = QUERY, body = uploadOf(learnedFrom(coordinator)), headers = {} }) =>
    send(url, query, { body, headers });
  for (const [what, status, reason, make] of REFUSED) {
    await t.step(what, async () => {
      const answer = await sender(make(coordinator));
      assert.deepEqual([answer.status, answer.json.reason], [status, reason], JSON.stringify(answer.json));
      assert.equal(answer.headers.get("content-type"), "application/problem+json");
      assert.match(answer.json.detail, /\w+ \w+/);
    });
  }
  assert.equal(coordinator.status().updates, 0);
  // What could be told apart as an update was written down.
  const { refused } = coordinator.status();
  assert.ok(refused["not-finite"]! >= 1 && refused["shape"]! >= 1 && refused["norm"] === 1);
  assert.equal((await sender({})).status, 202);
});

Deno.test("bodies as JSON are held to the same", async () => {
  await using served = await serveFederation();
  const { url, coordinator } = served;
  const weights = uploadOf(learnedFrom(coordinator)).toBase64();
  const post = (body: string, type = "application/json") =>
    ask(`${url}/api/v1/local-update`, { method: "POST", body, headers: { "content-type": type } });
  const whole = { device: "d", round: 0, numExamples: 5, weights };
  for (
    const [body, status, reason] of [
      ["{", 400, "request"],
      ["[]", 422, "request"],
      [JSON.stringify({ ...whole, weights: "§§" }), 422, "request"],
      [JSON.stringify({ ...whole, weights: weights.slice(0, 40) }), 422, "safetensors"],
      [JSON.stringify({ ...whole, round: "0" }), 422, "request"],
      [JSON.stringify(whole), 202, undefined],
      [JSON.stringify({ ...whole, device: "e", numExamples: 1.5 }), 422, "request"],
      [JSON.stringify({ ...whole, device: "e", more: 1 }), 422, "request"],
      [JSON.stringify({ ...whole, device: "e", metrics: { loss: null } }), 422, "request"],
    ] as const
  ) {
    const answer = await post(body);
    assert.deepEqual([answer.status, answer.json.reason], [status, reason], body.slice(0, 60));
  }
  assert.equal((await post(JSON.stringify(whole), "text/plain")).status, 415);
});

Deno.test("the same update again is answered and counts once; another one of the device is a conflict", async () => {
  await using served = await serveFederation();
  const { url, coordinator } = served;
  const body = uploadOf(learnedFrom(coordinator));
  const again = await Promise.all([1, 2, 3].map(() => send(url, QUERY, { body })));
  assert.deepEqual(again.map(({ status }) => status).sort(), [200, 200, 202]);
  assert.deepEqual(again.map(({ json }) => json.duplicate).sort(), [false, true, true]);
  const other = await send(url, QUERY, { body: uploadOf(learnedFrom(coordinator, 0.02)) });
  assert.deepEqual([other.status, other.json.reason], [409, "duplicate"]);
  assert.equal(coordinator.status().updates, 1);
});

Deno.test("a body of 1 GB is refused by its length, and by what comes of it where that is not said", async () => {
  await using served = await serveFederation();
  const { url, coordinator } = served;
  const target = "/api/v1/local-update?device=d&round=0&examples=5";
  const head = `POST ${target} HTTP/1.1\r\nhost: 127.0.0.1:${new URL(url).port}\r\n` +
    "content-type: application/octet-stream\r\n";
  const said = await readText(await sendRaw(url, `${head}content-length: 1000000000\r\n\r\n`), isWholeAnswer);
  assert.match(said, /^HTTP\/1\.1 413 /);
  let sent = 0;
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => {
      sent += 65_536;
      controller.enqueue(new Uint8Array(65_536));
      if (sent >= 1_000_000_000) controller.close();
    },
  });
  const streamed = await fetch(url + target, {
    ...{ method: "POST", body: endless },
    headers: { "content-type": "application/octet-stream" },
  }).then(async (response) => {
    await response.body?.cancel();
    return response.status;
  }, () => "cut");
  assert.ok(streamed === 413 || streamed === "cut", String(streamed));
  assert.ok(sent < 100_000_000);
  // As large as an update can be is read.
  const most = coordinator.global.weights.length * 8 * 4 / 3 + UPLOAD_OVERHEAD_BYTES;
  assert.equal((await send(url, QUERY, { body: new Uint8Array(Math.floor(most)) })).status, 422);
  assert.equal((await send(url, QUERY, { body: new Uint8Array(Math.ceil(most) + 1) })).status, 413);
});

Deno.test("a participant's devices are its own, by its token", async () => {
  const named = new Map([["south-token-123456", "south"], ["north-token-123456", "north"]]);
  await using served = await serveFederation({
    app: { access: { token: null, named, beyond: false, names: [] } },
  });
  const { url, coordinator } = served;
  const as = (who: string, device: string, by: number) =>
    send(url, { ...QUERY, device }, {
      body: uploadOf(learnedFrom(coordinator, by)),
      headers: { authorization: `Bearer ${who}-token-123456` },
    });
  assert.equal((await as("south", "a", 0.01)).status, 202);
  assert.equal((await as("north", "b", 0.01)).status, 202);
  const foreign = await as("north", "a", 0.02);
  assert.deepEqual([foreign.status, foreign.json.reason], [409, "participant"]);
  assert.deepEqual(coordinator.devices().map((one) => one.participant), ["south", "north"]);
  // A login with the token is the participant's as well, and none of them closes a round for all.
  const login = await fetch(`${url}/login`, {
    method: "POST",
    body: new URLSearchParams({ token: "north-token-123456" }),
    redirect: "manual",
  });
  await login.body?.cancel();
  const cookie = login.headers.get("set-cookie")!.replace(/;.*/, "");
  const within = await send(url, { ...QUERY, device: "a" }, {
    body: uploadOf(learnedFrom(coordinator, 0.02)),
    headers: { cookie },
  });
  assert.deepEqual([within.status, within.json.reason], [409, "participant"]);
  for (const headers of [{ cookie }, { authorization: "Bearer south-token-123456" }]) {
    const closed = await ask(`${url}/api/v1/aggregate`, { method: "POST", headers });
    assert.deepEqual([closed.status, closed.json.reason], [403, "participant"]);
  }
  assert.equal((await as("east", "c", 0.01)).status, 401);
  assert.equal((await send(url, QUERY, { body: uploadOf(learnedFrom(coordinator)) })).status, 401);
});

Deno.test("who sends too many updates is asked to wait, the others are not", async () => {
  const named = new Map([["south-token-123456", "south"], ["north-token-123456", "north"]]);
  await using served = await serveFederation({
    updateRate: 2,
    app: { access: { token: null, named, beyond: false, names: [] } },
  });
  const { url, coordinator } = served;
  const as = (who: string, device: string) =>
    send(url, { ...QUERY, device }, {
      body: uploadOf(learnedFrom(coordinator)),
      headers: { authorization: `Bearer ${who}-token-123456` },
    });
  assert.deepEqual([(await as("south", "a")).status, (await as("south", "b")).status], [202, 202]);
  const third = await as("south", "c");
  assert.deepEqual([third.status, third.json.reason], [429, "rate"]);
  const seconds = Number(third.headers.get("retry-after"));
  assert.ok(seconds >= 1 && seconds <= 30, String(seconds));
  assert.equal((await as("north", "d")).status, 202);
});

Deno.test("without the cluster updates are asked to come again, and the global model is served", async () => {
  let trouble: string | null = "no broker can be reached";
  await using served = await serveFederation({ trouble: () => trouble });
  const { url, coordinator, log } = served;
  const body = uploadOf(learnedFrom(coordinator));
  for (
    const answer of [await send(url, QUERY, { body }), await ask(`${url}/api/aggregate`, { method: "POST" })]
  ) {
    assert.deepEqual([answer.status, answer.json.reason], [503, "away"]);
    assert.ok(Number(answer.headers.get("retry-after")) >= 1);
  }
  assert.equal((await ask(`${url}/api/v1/status`)).status, 200);
  const global = await fetch(`${url}/api/v1/global-model`);
  assert.equal((await global.arrayBuffer()).byteLength, coordinator.global.bytes.length);
  trouble = null;
  // Where that is found out by the writing alone.
  log.fault = () => "refused";
  const failed = await send(url, QUERY, { body });
  assert.deepEqual([failed.status, failed.json.reason], [503, "away"]);
  log.fault = () => null;
  assert.equal((await send(url, QUERY, { body })).status, 202);
  // It was stored, and the answer was lost: the same update again is known.
  log.fault = () => "answer-lost";
  assert.equal((await send(url, { ...QUERY, device: "e" }, { body })).status, 503);
  log.fault = () => null;
  const again = await send(url, { ...QUERY, device: "e" }, { body });
  assert.deepEqual([again.status, again.json.duplicate], [200, true]);
});
