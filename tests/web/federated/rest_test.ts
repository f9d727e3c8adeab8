/** The endpoints of a federation, with and without the version in their path. */
import assert from "node:assert/strict";
import { readForecastModel } from "../../../src/models/model_file.ts";
import { within } from "../../support/until.ts";
import { ask, learnedFrom, send, serveFederation, uploadOf } from "./served.ts";

for (const root of ["/api/v1", "/api"]) {
  const path = `${root}/local-update`;

  Deno.test(`a round over HTTP: global model, updates, aggregation, history (${root})`, async () => {
    await using served = await serveFederation();
    const { url, coordinator } = served;
    const first = await fetch(`${url}${root}/global-model`);
    const bytes = new Uint8Array(await first.arrayBuffer());
    assert.equal(first.headers.get("content-type"), "application/octet-stream");
    assert.equal(first.headers.get("x-federated-round"), "0");
    assert.equal(first.headers.get("etag"), `"0-${readForecastModel(bytes).version}"`);
    // The model file itself is an update, too: its tensors are the network's.
    const a = await send(url, { device: "a", round: 0, examples: 10 }, {
      ...{ body: bytes, path, headers: { "x-metrics": '{"loss": 0.5}' } },
    });
    assert.equal(a.status, 202, JSON.stringify(a.json));
    assert.deepEqual(a.json, {
      ...{ accepted: true, device: "a", round: 0, countedIn: 0, duplicate: false, updates: 1, wanted: 100 },
    });
    const weights = uploadOf(learnedFrom(coordinator, 0.2)).toBase64();
    const version = coordinator.global.version;
    const b = await ask(url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        device: "b",
        round: 0,
        numExamples: 30,
        version,
        metrics: { loss: 0.1 },
        weights,
      }),
    });
    assert.deepEqual([b.status, b.json.updates], [202, 2]);
    const status = (await ask(`${url}${root}/status`)).json;
    assert.deepEqual([status.state, status.round, status.updates, status.devices], ["collecting", 0, 2, 2]);
    const before = coordinator.global.weights;
    const closed = await ask(`${url}${root}/aggregate`, { method: "POST" });
    assert.equal(closed.status, 200);
    assert.deepEqual([closed.json.round, closed.json.updates], [0, 2]);
    assert.equal(closed.json.version, coordinator.global.version);
    const second = await fetch(`${url}${root}/global-model`);
    const published = readForecastModel(new Uint8Array(await second.arrayBuffer()));
    assert.equal(second.headers.get("etag"), `"1-${published.version}"`);
    // 10 of 40 examples did not move, 30 moved by 0.2.
    for (const [i, weight] of published.network.parameters.entries()) {
      assert.ok(Math.abs(weight - before[i]! - 0.15) < 1e-9);
    }
    const history = (await ask(`${url}${root}/history`)).json;
    assert.equal(history.next, null);
    assert.deepEqual(history.rounds.map((one: { round: number }) => one.round), [0]);
    assert.deepEqual(history.rounds[0].devices, ["a", "b"]);
    assert.ok(Math.abs(history.rounds[0].loss - 0.2) < 1e-12);
    assert.deepEqual((await ask(`${url}${root}/rounds/0`)).json, history.rounds[0]);
    assert.equal((await ask(`${url}${root}/rounds/1`)).json.state, "open");
    assert.equal((await ask(`${url}${root}/rounds/2`)).status, 404);
    const devices = (await ask(`${url}${root}/devices?limit=1`)).json;
    assert.deepEqual([devices.devices[0].device, devices.total, devices.next], ["a", 2, "a"]);
    const rest = (await ask(`${url}${root}/devices?after=a`)).json;
    assert.deepEqual([rest.devices[0].device, rest.next], ["b", null]);
  });
}

Deno.test("history has pages, and a late update counts in the round that is open", async () => {
  await using served = await serveFederation({ policy: { minParticipants: 1, staleness: 1 } });
  const { url, coordinator } = served;
  for (let round = 0; round < 5; round++) {
    const { status } = await send(url, { device: "a", round, examples: 1 }, {
      body: uploadOf(learnedFrom(coordinator)),
    });
    assert.equal(status, 202);
    await coordinator.newerGlobal(round, new AbortController().signal);
  }
  const late = await send(url, { device: "b", round: 4, examples: 1 }, {
    body: uploadOf(learnedFrom(coordinator)),
  });
  assert.deepEqual([late.status, late.json.countedIn], [202, 5]);
  const roundsOf = async (query: string) => {
    const { json } = await ask(`${url}/api/v1/history?${query}`);
    return [json.rounds.map((one: { round: number }) => one.round), json.next];
  };
  await coordinator.newerGlobal(5, new AbortController().signal);
  assert.deepEqual(await roundsOf("limit=2"), [[5, 4], 4]);
  assert.deepEqual(await roundsOf("limit=2&before=4"), [[3, 2], 2]);
  assert.deepEqual(await roundsOf("limit=2&before=2"), [[1, 0], null]);
  const stale = await send(url, { device: "c", round: 3, examples: 1 }, {
    body: uploadOf(learnedFrom(coordinator)),
  });
  assert.deepEqual([stale.status, stale.json.reason], [409, "stale"]);
});

Deno.test("what is known is not sent again, and who waits gets the next one as soon as it is there", async () => {
  await using served = await serveFederation({ policy: { minParticipants: 1 } });
  const { url, coordinator } = served;
  const etag = (await fetch(`${url}/api/v1/global-model`, { method: "HEAD" })).headers.get("etag")!;
  const known = (wait: number, tags = etag) =>
    fetch(`${url}/api/v1/global-model?wait=${wait}`, { headers: { "if-none-match": tags } });
  for (const tags of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
    const response = await known(0, tags);
    assert.equal(response.status, 304);
    assert.equal(response.headers.get("etag"), etag);
    assert.equal(response.headers.get("content-type"), null);
  }
  // Another one is known: there is nothing to wait for.
  const other = await known(60, '"7-0123456789ab"');
  assert.equal(other.status, 200);
  await other.body!.cancel();
  const waiting = [known(60), known(60), known(60)];
  await send(url, { device: "a", round: 0, examples: 1 }, { body: uploadOf(learnedFrom(coordinator)) });
  for (const response of await within(Promise.all(waiting), () => "the next global model")) {
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("x-federated-round"), "1");
    assert.ok(readForecastModel(new Uint8Array(await response.arrayBuffer())));
  }
  const late = await known(1, `"1-${coordinator.global.version}"`);
  assert.equal(late.status, 304);
});

Deno.test("a server that stops ends the requests that wait, and says when to come again", async () => {
  await using served = await serveFederation();
  const { url, coordinator } = served;
  const headers = { "if-none-match": `"0-${coordinator.global.version}"` };
  const isWaiting = Promise.withResolvers<void>();
  const wait = coordinator.newerGlobal.bind(coordinator);
  coordinator.newerGlobal = (...asked) => {
    isWaiting.resolve();
    return wait(...asked);
  };
  const waiting = ask(`${url}/api/v1/global-model?wait=60`, { headers });
  await isWaiting.promise;
  await served.close();
  const { status, json } = await within(waiting, () => "an answer");
  assert.equal(status, 503);
  assert.equal(json.retryAfterSeconds, 1);
});

Deno.test("closing a round by hand takes an update", async () => {
  await using served = await serveFederation();
  const { status, json } = await ask(`${served.url}/api/v1/aggregate`, { method: "POST" });
  assert.deepEqual([status, json.reason], [409, "too-few"]);
  assert.match(json.detail, /round 0 has 0 updates/);
});

Deno.test("every route is described, with and without the version", async () => {
  await using served = await serveFederation();
  const { paths } = (await ask(`${served.url}/openapi.json`)).json;
  const names = [
    "local-update",
    "global-model",
    "aggregate",
    "status",
    "history",
    "devices",
    "rounds/{number}",
  ];
  for (const root of ["/api/v1/", "/api/"]) {
    for (const name of names) assert.ok(paths[root + name], root + name);
  }
  const { content } = paths["/api/v1/local-update"].post.requestBody;
  assert.deepEqual(Object.keys(content), ["application/octet-stream", "application/json"]);
  assert.ok(content["application/json"].example.weights);
});
