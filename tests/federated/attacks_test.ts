/** What devices, and those who only say that they are some, cannot do to a coordinator. */
import assert from "node:assert/strict";
import { printRoundsJson, withHeaders } from "../../src/records/federated_rounds/print.ts";
import { readRounds } from "../../src/records/federated_rounds/read.ts";
import { RUN_HEADER } from "../../src/federated/rounds/rounds.ts";
import { KNOWN_DEVICES_KEPT, REFUSALS_KEPT_MAX, ROUND_NAMES_CHARS_MAX } from "../../src/federated/limits.ts";
import { epsilonOf } from "../../src/federated/privacy/accountant.ts";
import type { RoundsPolicy } from "../../src/federated/rounds/policy.ts";
import { until } from "../support/until.ts";
import { MemoryLog } from "./memory_log.ts";
import { devicesNamed, openCoordinator, sendAll, submissionOf, withClock } from "./server.ts";

Deno.test("a device has one vote in a round, where single updates are compared or noise hides them", async () => {
  for (
    const [policy, reason] of [
      [{ strategy: "median" }, "counted"],
      [
        { strategyOptions: { clipNorm: 1, noiseMultiplier: 1, noiseKey: new Uint8Array(32).fill(7) } },
        "counted",
      ],
      [{ strategy: "fedavg" }, null],
    ] as const
  ) {
    await withClock({ minParticipants: 2, ...policy }, async (server) => {
      const { global: first } = server;
      await sendAll(server, ["a", "b"]);
      await until(() => server.global.round === 1);
      assert.ok((await server.submit(submissionOf("c", first))).accepted);
      const beside = await server.submit(submissionOf("c", server.global));
      assert.equal(beside.accepted ? null : beside.reason, reason);
      await sendAll(server, ["a"]);
      await until(() => server.global.round === 2);
      const { updates, participants } = server.history({ limit: 1 })[0]!;
      assert.deepEqual([updates, participants], [reason === null ? 3 : 2, 2]);
      assert.ok((await server.submit(submissionOf("c", server.global))).accepted);
    });
  }
});

Deno.test("a global model with noise says nothing else of its devices", async () => {
  const strategyOptions = { clipNorm: 1, noiseMultiplier: 1, noiseKey: new Uint8Array(32).fill(7) };
  for (const [policy, names] of [[{}, ["loss"]], [{ strategyOptions }, []]] as const) {
    await withClock({ minParticipants: 2, ...policy }, async (server) => {
      await sendAll(server, ["a", "b"]);
      await until(() => server.global.round === 1);
      assert.deepEqual(Object.keys(server.global.metadata.metrics), names);
      assert.ok(server.round(0)!.loss !== null);
    });
  }
});

Deno.test("privacy that was spent stays spent, with other noise and another strategy after a restart", async () => {
  let log = new MemoryLog();
  const optionsOf = (noiseMultiplier: number, key: number) => ({
    strategyOptions: { clipNorm: 1, noiseMultiplier, noiseKey: new Uint8Array(32).fill(key) },
  });
  const round = async (policy: Partial<RoundsPolicy>) => {
    await using server = await openCoordinator(log, { policy: { minParticipants: 2, ...policy } });
    const { round } = server.global;
    await sendAll(server, ["a", "b"]);
    await until(() => server.global.round === round + 1);
    return server.round(round)!.epsilon;
  };
  const near = (a: number | null, b: number) =>
    assert.ok(a !== null && Math.abs(a - b) < 1e-9 * b, `${a} ${b}`);
  near(await round(optionsOf(1, 7)), epsilonOf(1, { rounds: 1 }));
  near(await round(optionsOf(1, 8)), epsilonOf(1, { rounds: 2 }));
  // Two rounds at 1 and one at 2 give away what one at 1/√2.25 does.
  near(await round(optionsOf(2, 8)), epsilonOf(1 / 1.5, { rounds: 1 }));
  near(
    await round({ ...optionsOf(2, 9), strategy: "fedadam" }),
    epsilonOf(1 / Math.sqrt(2.5), { rounds: 1 }),
  );
  // A round without noise has given all away.
  log = new MemoryLog();
  assert.equal(await round(optionsOf(0, 7)), null);
  assert.equal(await round(optionsOf(1, 7)), null);
});

Deno.test("refused names without end leave the newest on the topic, also where no round is ever published", async () => {
  const log = new MemoryLog();
  await using server = await openCoordinator(log, { policy: { minParticipants: 2 } });
  const { global } = server;
  const refuse = (devices: readonly string[]) =>
    Promise.all(
      devices.map((device) => server.submit({ ...submissionOf(device, global), version: "000000000000" })),
    );
  const kept = () =>
    new MemoryLog(log.compacted()).keys().filter((key) => key.startsWith("refusal/")).map((key) =>
      key.slice(8)
    );
  const names = devicesNamed(2 * REFUSALS_KEPT_MAX);
  await refuse(names);
  await until(() => kept().length === REFUSALS_KEPT_MAX);
  assert.deepEqual(kept(), names.slice(-REFUSALS_KEPT_MAX));
  await server.refuse({ device: "b\u0000", participant: null, round: 0 }, { reason: "shape", detail: "cut" });
  await refuse(["the last"]);
  await sendAll(server, ["a", "b"]);
  await until(() => log.keys().includes("−update/0/a"));
  assert.deepEqual(kept(), [...names.slice(1 - REFUSALS_KEPT_MAX), "the last"]);
  assert.equal(server.history({ limit: 1 })[0]!.refused["version"], names.length + 1);
});

Deno.test("devices that were silent for long make room for new ones, and none whose update could count again", async () => {
  const log = new MemoryLog();
  const fresh = ["f-0", "f-1", "f-2"];
  {
    await using server = await openCoordinator(log, { run: "first", policy: { minParticipants: 1 } });
    for (let round = 0; round < 12; round++) {
      await sendAll(server, ["a"]);
      await until(() => server.global.round === round + 1);
    }
  }
  const [known] = [...log.records].flatMap((record) => {
    const read = readRounds(record);
    return read?.kind === "device" ? [read.value] : [];
  });
  const record = (device: string, lastRound: number, lastSeenMs: number) =>
    withHeaders(printRoundsJson({ ...known!, device, lastRound, countedIn: lastRound, lastSeenMs }), {
      [RUN_HEADER]: "first",
    });
  const silent = devicesNamed(KNOWN_DEVICES_KEPT).map((device, i) => record(device, 1, 1 + i));
  await log.append([...fresh.map((device) => record(device, 5, 0)), ...silent]);
  await using server = await openCoordinator(log, { policy: { minParticipants: 1 } });
  await until(() => server.devices().length === KNOWN_DEVICES_KEPT);
  const names = new Set(server.devices().map(({ device }) => device));
  assert.ok(["a", ...fresh, "device-4"].every((device) => names.has(device)));
  assert.ok(!devicesNamed(4).some((device) => names.has(device)), "the four that were silent longest");
  const again = await openCoordinator(new MemoryLog(log.compacted()), { policy: { minParticipants: 1 } });
  assert.equal(again.devices().length, KNOWN_DEVICES_KEPT);
  await again[Symbol.asyncDispose]();
});

Deno.test("an update that was acknowledged counts after a restart that allows less", async () => {
  const log = new MemoryLog();
  {
    await using server = await openCoordinator(log, { policy: { minParticipants: 2 } });
    await sendAll(server, ["a"]);
  }
  await using server = await openCoordinator(log, { policy: { minParticipants: 2, normMax: 1e-3 } });
  assert.equal(server.status().updates, 1);
  const refused = await server.submit(submissionOf("b", server.global));
  assert.equal(refused.accepted ? null : refused.reason, "norm");
  const near = { ...submissionOf("b", server.global), weights: server.global.weights };
  assert.ok((await server.submit(near)).accepted);
  await until(() => server.global.round === 1);
  assert.deepEqual(server.round(0)!.devices, ["a", "b"]);
});

Deno.test("a refusal's sentence stays short on the topic, however long what was sent is called", async () => {
  const log = new MemoryLog();
  await using server = await openCoordinator(log);
  const why = { reason: "safetensors", detail: `Cannot read tensor "${"x".repeat(3_000_000)}"` };
  await server.refuse({ device: "a", participant: null, round: 0 }, why);
  await until(() => log.keys().at(-1) === "refusal/a");
  const { detail } = JSON.parse(new TextDecoder().decode(log.records.at(-1)!.value!));
  assert.equal(detail, why.detail.slice(0, 500));
  assert.equal(server.status().refused["safetensors"], 1);
});

Deno.test("a round of very long names can be read back: it names the first of its devices", async () => {
  const log = new MemoryLog();
  await using server = await openCoordinator(log, { policy: { minParticipants: 2_800 } });
  await sendAll(server, devicesNamed(2_800).map((name) => name.padEnd(256, "字")));
  await until(() => server.global.round === 1);
  const { devices, participants } = server.round(0)!;
  assert.deepEqual([devices.length, participants], [Math.floor(ROUND_NAMES_CHARS_MAX / 256), 2_800]);
});
