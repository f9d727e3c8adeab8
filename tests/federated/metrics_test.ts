/** What a server's /metrics says, and that who reads its topic finds the same. */
import assert from "node:assert/strict";
import { federatedMetrics } from "../../src/federated/server/metrics.ts";
import { expose } from "../../src/metrics/exposition.ts";
import { FederatedBoard } from "../../src/monitor/boards/federated.ts";
import type { Coordinator } from "../../src/federated/server/coordinator.ts";
import { fakeChunk } from "../support/fake_predictions.ts";
import { checkWithPromtool, readScrape } from "../support/scrape.ts";
import { until } from "../support/until.ts";
import { MemoryLog } from "./memory_log.ts";
import { devicesNamed, openCoordinator, submissionOf } from "./server.ts";

/** Values by name and labels, without what all names begin with. */
async function scrape(coordinator: Coordinator): Promise<Map<string, number>> {
  const found = readScrape((await expose([federatedMetrics(coordinator)])).text);
  await checkWithPromtool(found);
  return new Map(
    [...found.values].map(([name, value]) => [name.replace("streamflow_federated_", ""), value]),
  );
}

function boardOf(log: MemoryLog, nowMs: number) {
  const board = new FederatedBoard({ nowMs });
  board.take(fakeChunk("federated-rounds", log.records), nowMs);
  return board.snapshot(nowMs);
}

Deno.test("/metrics of a server and the board of its topic have the same numbers", async () => {
  const log = new MemoryLog();
  let nowMs = 1_000_000;
  await using server = await openCoordinator(log, {
    policy: { minParticipants: 3, deadlineMs: 60_000 },
    nowMs: () => nowMs,
  });
  const metricsOf = (device: number) => ({
    ...{ loss: 0.5 + device, "mse.lastValue": 1, "mse.local": 0.9, "mse.global": 0.7 + device / 10 },
    ...(device === 0 ? { "mse.personalised": 0.6 } : {}),
  });
  const send = (device: string, at: number, round?: number) => {
    const { global } = server;
    const own = submissionOf(device, { ...global, ...(round === undefined ? {} : { round }) });
    return server.submit({ ...own, participant: `site-${at % 2}`, metrics: metricsOf(at) });
  };
  const devices = devicesNamed(3);
  for (const [at, device] of devices.entries()) {
    nowMs += 500;
    await send(device, at);
  }
  assert.equal((await send(devices[0]!, 0)).accepted, true, "the same again");
  const { global } = server;
  const bad = { ...submissionOf("bad", global), weights: global.weights.map(() => NaN) };
  assert.equal((await server.submit(bad)).accepted, false);
  await server.refuse({ device: "bad", participant: null, round: 0 }, { reason: "body", detail: "cut off" });
  nowMs += 60_000;
  const byHand = await server.aggregate();
  assert.ok(byHand.accepted, JSON.stringify(byHand));
  assert.equal((await send("device-late", 1, 0)).accepted, true);
  await until(() => server.status().deadlineMs !== null);

  const [found, status, snapshot] = [await scrape(server), server.status(), boardOf(log, nowMs)];
  assert.deepEqual([snapshot.round!.round, snapshot.round!.counted, snapshot.round!.wanted], [1, 1, 3]);
  assert.deepEqual([found.get("round"), found.get("round_updates"), found.get("round_updates_wanted")], [
    1,
    1,
    3,
  ]);
  assert.equal(found.get("round_deadline_timestamp_seconds"), status.deadlineMs! / 1_000);
  assert.equal(snapshot.round!.deadlineMs, status.deadlineMs);
  for (const [outcome, count] of Object.entries({ accepted: 3, late: 1, duplicate: 1, refused: 2 })) {
    assert.equal(found.get(`updates_total{outcome="${outcome}"}`), count, outcome);
  }
  assert.equal(snapshot.updates, 4);
  assert.deepEqual(snapshot.refusedBy, { "not-finite": 1, body: 1 });
  for (const [reason, count] of Object.entries(snapshot.refusedBy)) {
    assert.equal(found.get(`refused_total{reason="${reason}"}`), count, reason);
  }
  assert.deepEqual([found.get("devices"), found.get("participants")], [4, 2]);
  assert.deepEqual([snapshot.deviceCount, snapshot.participantCount], [4, 2]);
  for (
    const [by, label] of [["lastValue", "last_value"], ["local", "local"], ["global", "global"]] as const
  ) {
    assert.equal(found.get(`device_mse{by="${label}"}`), snapshot.mse[by], by);
  }
  assert.equal(found.get('device_mse{by="personalised"}'), 0.6, "of the devices that have it");
  assert.equal(found.get("loss"), snapshot.loss);
  assert.equal(found.get("epsilon"), undefined, "no noise is added");
  assert.equal(found.get("round_duration_seconds_count"), 1);
  assert.equal(found.get("round_duration_seconds_sum"), 61.5);
  assert.equal(found.get("aggregation_duration_seconds_count"), 1);
  const { model } = snapshot;
  assert.equal(found.get(`model_info{round="1",version="${model!.version}",strategy="fedavg"}`), 1);
});

Deno.test("/metrics of a server that has just begun has no figure that is none", async () => {
  await using server = await openCoordinator(new MemoryLog());
  const found = await scrape(server);
  assert.deepEqual([found.get("round"), found.get("devices"), found.get("loss")], [0, 0, undefined]);
  assert.ok([...found].every(([, value]) => Number.isFinite(value)));
  assert.ok(![...found.keys()].some((name) => name.startsWith("device_mse") || name.startsWith("refused")));
});
