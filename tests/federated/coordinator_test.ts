/** The coordinator on a log in memory: rounds, refusals, restarts, logs that fail. */
import assert from "node:assert/strict";
import { readForecastModel } from "../../src/models/model_file.ts";
import { MemoryLog } from "./memory_log.ts";
import { devicesNamed, openCoordinator, submissionOf } from "./server.ts";

Deno.test("a round: updates are counted, the quorum closes it, the global model is an ordinary model file", async () => {
  const log = new MemoryLog();
  await using server = await openCoordinator(log, { run: "only", policy: { minParticipants: 3 } });
  const { global } = server;
  assert.deepEqual([global.round, server.status().state], [0, "open"]);
  const newer = server.newerGlobal(0, new AbortController().signal);
  for (const [i, device] of devicesNamed(3).entries()) {
    const outcome = await server.submit(submissionOf(device, { global }));
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
