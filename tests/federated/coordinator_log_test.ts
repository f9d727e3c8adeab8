/** The coordinator and its topic: another server on it, a log that is away, records of others, too little room. */
import assert from "node:assert/strict";
import type { RoundsPolicy } from "../../src/federated/rounds/policy.ts";
import type { UserError } from "../../src/runtime/errors.ts";
import { forecasterBytes } from "../support/small_model.ts";
import { until } from "../support/until.ts";
import { MemoryLog } from "./memory_log.ts";
import { openCoordinator, sendAll, submissionOf, TestClock } from "./server.ts";

Deno.test("a server that wakes up beside a newer one: what it writes is passed over, and it says who took over", async () => {
  const log = new MemoryLog(), policy = { minParticipants: 2 };
  /** While it sleeps its records are on their way, and nothing reaches it. */
  let asleep = Promise.resolve();
  const old = await openCoordinator(log, {
    ...{ run: "old", policy },
    log: {
      append: async (records) => {
        await asleep;
        await log.append(records);
      },
      async *read(signal) {
        for await (const records of log.read(signal)) {
          await asleep;
          yield records;
        }
      },
    },
  });
  const { promise, resolve: wake } = Promise.withResolvers<void>();
  asleep = promise;
  const answer = old.submit(submissionOf("a", old.global));
  answer.catch(() => {}); // it comes before anybody waits for it
  await using young = await openCoordinator(log, { run: "young", policy });
  wake();
  await assert.rejects(answer, /Another server has taken the topic over: run young took the place of old/);
  await assert.rejects(old.ended, /Another server has taken the topic over/);
  assert.ok(log.keys().includes("update/0/a"), "it had written");
  await until(() => log.keys().at(-1) === "device/a");
  assert.equal(young.status().updates, 0);
  await sendAll(young, ["a", "b"]);
  await until(() => young.global.round === 1);
  assert.equal(young.history({ limit: 1 })[0]!.updates, 2);
  await old[Symbol.asyncDispose]();
});

Deno.test("a log that is away: the update is refused to who sent it, decisions wait, and it is said once", async () => {
  const log = new MemoryLog(), warnings: string[] = [];
  const clock = new TestClock();
  await using server = await openCoordinator(log, {
    ...{ nowMs: clock.nowMs, wait: clock.wait, policy: { minParticipants: 2 } },
    onWarning: (message) => warnings.push(message),
  });
  const { global } = server;
  await sendAll(server, ["a"]);
  let isAway = true;
  log.fault = (records) => isAway && !String(records[0]!.key).startsWith("update") ? "refused" : null;
  await sendAll(server, ["b"]);
  await until(() => warnings.length > 0);
  for (let i = 0; i < 3; i++) clock.pass(1_000);
  assert.equal(server.global, global);
  isAway = false;
  await until(() => {
    clock.pass(1_000);
    return server.global.round === 1;
  });
  assert.deepEqual(warnings, [
    "the topic does not take the server's records: the log is away",
    "the topic takes the server's records again",
  ]);
  log.fault = () => "refused";
  await assert.rejects(server.submit(submissionOf("a", server.global)), /the log is away/);
});

Deno.test("records of others on the topic are passed over, and the first one is said", async () => {
  const log = new MemoryLog(), warnings: string[] = [];
  const key = new TextEncoder().encode("update/0/x");
  await log.append([{ key, value: new Uint8Array([1, 2, 3]) }, { key: null, value: null }]);
  await using server = await openCoordinator(log, { onWarning: (message) => warnings.push(message) });
  assert.equal(server.status().updates, 0);
  assert.deepEqual(warnings, [
    "the record at offset 0 of the topic is passed over: it was not written by a server of this program: it has no header run",
  ]);
});

Deno.test("an empty topic wants a first model", async () => {
  await assert.rejects(openCoordinator(new MemoryLog(), { firstModel: null }), /no global model yet/);
});

Deno.test("a model whose records the topic does not take is refused at the start, with what to set", async () => {
  const open = (recordBytesMax: number, policy: Partial<RoundsPolicy> = {}) =>
    openCoordinator(new MemoryLog(), { recordBytesMax, policy, firstModel: forecasterBytes(1) });
  await assert.rejects(open(66_000), (error: UserError) => {
    assert.match(
      error.message,
      /13 weights with fedavg: its records have up to \d+ bytes, the topic takes 66000$/,
    );
    assert.match(error.hint!, /^set the topic's max.message.bytes to \d+ or more$/);
    return true;
  });
  const enough = 65_536 + forecasterBytes(1).length;
  await (await open(enough))[Symbol.asyncDispose]();
  // What fedadam keeps is two models: at this size less than the file's own header.
  await (await open(enough, { strategy: "fedadam" }))[Symbol.asyncDispose]();
});

Deno.test("an update whose answer was lost counts as it was sent, when it is read after another one of the device", async () => {
  const log = new MemoryLog(), gate = Promise.withResolvers<void>();
  let isShut = false;
  await using server = await openCoordinator(log, {
    log: {
      append: (records) => log.append(records),
      async *read(signal) {
        for await (const records of log.read(signal)) {
          if (isShut) await gate.promise;
          yield records;
        }
      },
    },
  });
  const first = submissionOf("a", server.global);
  const second = { ...first, weights: first.weights.map((weight) => weight + 1) };
  isShut = true;
  log.fault = () => "answer-lost";
  await assert.rejects(server.submit(first), /the answer of the log was lost/);
  log.fault = () => null;
  const answer = server.submit(second);
  await until(() => log.keys().filter((key) => key === "update/0/a").length === 2);
  gate.resolve();
  await answer;
  await until(() => server.global.round === 1);
  const off = server.global.weights.map((weight, i) => Math.abs(weight - first.weights[i]!));
  assert.ok(Math.max(...off) < 1e-9);
});
