/** The coordinator on a log in memory: when rounds close, what is refused. */
import assert from "node:assert/strict";
import { readForecastModel } from "../../src/models/model_file.ts";
import { MemoryLog } from "./memory_log.ts";
import type { Coordinator } from "../../src/federated/server/coordinator.ts";
import { until } from "../support/until.ts";
import { devicesNamed, openCoordinator, sendAll, submissionOf, withClock } from "./server.ts";

Deno.test("a round: updates are counted, the quorum closes it, the global model is an ordinary model file", async () => {
  const log = new MemoryLog();
  await using server = await openCoordinator(log, { run: "only", policy: { minParticipants: 3 } });
  const { global } = server;
  assert.deepEqual([global.round, server.status().state], [0, "open"]);
  const newer = server.newerGlobal(0, new AbortController().signal);
  for (const [i, device] of devicesNamed(3).entries()) {
    const outcome = await server.submit(submissionOf(device, global));
    assert.deepEqual(outcome, {
      ...{ accepted: true, countedIn: 0, duplicate: false, updates: i + 1, wanted: 3 },
    });
  }
  const next = (await newer)!;
  assert.deepEqual([next.round, next.version], [1, readForecastModel(next.bytes).version]);
  assert.equal(next.metadata.recipe["strategy"], "fedavg");
  const [record] = server.history({ limit: 5 });
  assert.deepEqual([record!.devices, record!.closedBy, record!.version], [
    devicesNamed(3),
    "quorum",
    next.version,
  ]);
  // What is not needed any more is deleted. Nobody has sent anything for round 1.
  const byHand = await server.aggregate();
  assert.ok(!byHand.accepted && byHand.reason === "too-few", JSON.stringify(byHand));
  assert.deepEqual(new MemoryLog(log.compacted()).keys().filter((key) => !key.startsWith("−")), [
    ...["server/only", "global/0", ...devicesNamed(3).map((device) => `device/${device}`)],
    ...["global/1", "round/0", "round/1"],
  ]);
});

const closedBy = (server: Coordinator) =>
  server.history({ limit: 9 }).map(({ closedBy }) => closedBy).reverse();

Deno.test("a threshold closes a round with exactly so many updates, the quorum with it", async () => {
  await withClock({ minParticipants: 2, after: 3, late: "refuse" }, async (server) => {
    const { global } = server;
    const outcomes = await Promise.all(
      devicesNamed(5).map((device) => server.submit(submissionOf(device, global))),
    );
    assert.deepEqual(outcomes.map((outcome) => outcome.accepted ? outcome.updates : outcome.reason), [
      ...[3, 3, 3, "late", "late"],
    ]);
    assert.deepEqual(closedBy(server), ["threshold"]);
    assert.equal(server.history({ limit: 1 })[0]!.updates, 3);
  });
});

Deno.test("a deadline begins with the first update, closes where the quorum is there, and else begins again", async () => {
  await withClock({ minParticipants: 2, deadlineMs: 60_000 }, async (server, clock) => {
    clock.pass(600_000);
    assert.equal(server.status().deadlineMs, null);
    await sendAll(server, ["a"]);
    await clock.until(() => server.status().deadlineMs === clock.nowMs() + 60_000);
    assert.deepEqual([server.status().state, server.status().message], [
      "collecting",
      "round 0 waits for 1 more of 2 participants; until then global model 0 stays",
    ]);
    clock.pass(60_000);
    await clock.until(() => server.status().deadlineMs === clock.nowMs() + 60_000);
    await sendAll(server, ["b"]);
    assert.equal(server.global.round, 0);
    clock.pass(60_000);
    await clock.until(() => server.global.round === 1);
    assert.deepEqual(closedBy(server), ["deadline"]);
    // All participants are gone: the global model stays, and that is said.
    clock.pass(86_400_000);
    assert.equal(
      server.status().message,
      "round 1 waits for its first update: none of the 2 participants of round 0 has sent; global model 1 stays",
    );
  });
});

Deno.test("a schedule closes where the quorum is there, and looks again after as long", async () => {
  await withClock({ minParticipants: 2, everyMs: 1_800_000 }, async (server, clock) => {
    await sendAll(server, ["a"]);
    clock.pass(1_800_000);
    await clock.until(() => server.status().scheduleMs === clock.nowMs() + 1_800_000);
    await sendAll(server, ["b", "c"]);
    assert.equal(server.global.round, 0);
    clock.pass(1_800_000);
    await clock.until(() => server.global.round === 1);
    assert.deepEqual(closedBy(server), ["schedule"]);
    assert.equal(server.history({ limit: 1 })[0]!.participants, 3);
  });
});

Deno.test("a clock that is set back delays no deadline and no schedule by more than their length", async () => {
  await withClock({ deadlineMs: 60_000, minParticipants: 1 }, async (server, clock) => {
    await sendAll(server, ["a"]);
    await clock.until(() => server.status().deadlineMs !== null);
    clock.pass(-86_400_000);
    await clock.until(() => server.status().deadlineMs === clock.nowMs() + 60_000);
    clock.pass(60_000);
    await clock.until(() => server.global.round === 1);
  });
  await withClock({ everyMs: 60_000, minParticipants: 1 }, async (server, clock) => {
    await sendAll(server, ["a"]);
    clock.pass(-86_400_000);
    await clock.until(() => server.status().scheduleMs === clock.nowMs() + 60_000);
    clock.pass(86_400_000 + 60_000);
    await clock.until(() => server.global.round === 1);
  });
});

Deno.test("by hand a round closes without its quorum, and not without what the strategy needs", async () => {
  await withClock({ minParticipants: 5, strategy: "krum" }, async (server) => {
    await sendAll(server, ["a", "b"]);
    assert.deepEqual(await server.aggregate(), {
      ...{ accepted: false, reason: "too-few" },
      detail: "round 0 has 2 updates, krum wants 3 or more",
    });
    await sendAll(server, ["c"]);
    const { version } = await server.aggregate() as { version: string };
    assert.deepEqual([server.global.round, server.global.version, closedBy(server)], [1, version, [
      "manual",
    ]]);
    assert.match(server.history({ limit: 1 })[0]!.doubt!, /too few to outvote/);
  });
});

Deno.test("late updates: counted into the next round once, up to a staleness; or refused", async () => {
  await withClock({ minParticipants: 2, late: "next", staleness: 1 }, async (server) => {
    const { global: first } = server;
    await sendAll(server, ["a", "b"]);
    await until(() => server.global.round === 1);
    const late = submissionOf("c", first);
    assert.deepEqual(await server.submit(late), {
      ...{ accepted: true, countedIn: 1, duplicate: false, updates: 1, wanted: 2 },
    });
    assert.deepEqual(await server.submit(late), {
      ...{ accepted: true, countedIn: 1, duplicate: true, updates: 1, wanted: 2 },
    });
    await sendAll(server, ["a"]);
    await until(() => server.global.round === 2);
    const [record] = server.history({ limit: 1 });
    assert.deepEqual([record!.late, record!.devices, record!.dropped], [1, ["a", "c"], 1]);
    // What is counted stays counted, and is no update of another round.
    const again = await server.submit(late);
    assert.ok(again.accepted && again.duplicate && again.countedIn === 1);
    const stale = await server.submit(submissionOf("d", first));
    assert.deepEqual(stale, {
      ...{ accepted: false, reason: "stale", detail: "it is 2 rounds behind, at most 1 are allowed" },
    });
  });
});

Deno.test("each refusal has its reason, is counted, and stands on the topic", async () => {
  await withClock({ minParticipants: 2 }, async (server) => {
    const { global } = server;
    const good = submissionOf("a", global);
    await server.submit({ ...good, participant: "anna" });
    const cases = {
      device: { ...good, device: "a\u0000b" },
      round: { ...good, device: "b", round: 7 },
      examples: { ...good, device: "b", numExamples: 0 },
      shape: { ...good, device: "b", weights: new Float64Array(3) },
      "not-finite": { ...good, device: "b", weights: good.weights.map(() => NaN) },
      norm: { ...good, device: "b", weights: good.weights.map(() => 1e6) },
      metrics: { ...good, device: "b", metrics: { loss: Infinity } },
      version: { ...good, device: "b", version: "000000000000" },
      participant: { ...good, numExamples: 999, participant: "bert" },
      duplicate: { ...good, numExamples: 999, participant: "anna" },
    };
    for (const [reason, submission] of Object.entries(cases)) {
      const outcome = await server.submit(submission);
      assert.ok(!outcome.accepted && outcome.reason === reason, `${reason}: ${JSON.stringify(outcome)}`);
      assert.ok(outcome.detail.length > 10);
    }
    const { refused, updates } = server.status();
    assert.deepEqual(
      Object.keys(refused).sort(),
      Object.keys(cases).filter((one) => one !== "device").sort(),
    );
    assert.equal(updates, 1);
    const own = server.devices().find(({ device }) => device === "a")!;
    assert.equal(own.refused, 1, "what another participant claims is not counted against the device");
  });
});
