/** A server that is killed after any record goes on as if nothing had been: the same bits, nothing averaged twice. */
import assert from "node:assert/strict";
import type { IncomingRecord } from "../../src/kafka/port.ts";
import type { RoundsPolicy } from "../../src/federated/rounds/policy.ts";
import type { Coordinator } from "../../src/federated/server/coordinator.ts";
import { MemoryLog } from "./memory_log.ts";
import { devicesNamed, openCoordinator, submissionOf } from "./server.ts";

const DEVICES = devicesNamed(4), ROUNDS = 3;

/** Every device sends what it learned of each global model, again and again until there is a newer one. */
async function goOn(server: Coordinator): Promise<void> {
  while (server.global.round < ROUNDS) {
    const { global } = server;
    const outcomes = await Promise.all(
      DEVICES.map((device) => server.submit(submissionOf(device, global))),
    );
    for (const outcome of outcomes) assert.ok(outcome.accepted, JSON.stringify(outcome));
    await server.newerGlobal(global.round, AbortSignal.timeout(10_000));
    assert.ok(server.global.round > global.round, `round ${global.round} closes: ${server.status().message}`);
  }
}

async function finish(log: MemoryLog, policy: Partial<RoundsPolicy>) {
  await using server = await openCoordinator(log, { policy });
  await goOn(server);
  return { bytes: server.global.bytes, rounds: server.history({ limit: 9 }), devices: server.devices() };
}

/** What may differ between two runs: when things happened, and where in a round a restart made a device send again. */
function essence({ bytes, rounds, devices }: Awaited<ReturnType<typeof finish>>) {
  return {
    bytes,
    rounds: rounds.map(({ devices, updates, loss, version, numExamples }) => (
      { devices, updates, loss, version, numExamples }
    )),
    devices: devices.map(({ device, lastRound, countedIn, updates }) => ({
      device,
      lastRound,
      countedIn,
      updates,
    })),
  };
}

const POLICIES: Readonly<Record<string, Partial<RoundsPolicy>>> = {
  fedavg: {},
  fedadam: { strategy: "fedadam" },
  fedbuff: { strategy: "fedbuff" },
  median: { strategy: "median" },
  "fedavgm with noise": {
    strategy: "fedavgm",
    strategyOptions: { clipNorm: 1, noiseMultiplier: 1, noiseKey: new Uint8Array(32).fill(7) },
  },
};

for (const [name, rest] of Object.entries(POLICIES)) {
  const policy = { minParticipants: DEVICES.length, ...rest };
  /** A key that is drawn anew at each start must not matter either. */
  const restarted = rest.strategyOptions === undefined ? policy : {
    ...policy,
    strategyOptions: { ...rest.strategyOptions, noiseKey: new Uint8Array(32).fill(9) },
  };

  Deno.test(`${name}: killed after any record, it ends with the same bits`, async () => {
    const log = new MemoryLog();
    const undisturbed = essence(await finish(log, policy));
    assert.equal(undisturbed.rounds.length, ROUNDS);
    const { records } = log;
    const keyAt = log.keys().indexOf("strategy/0");
    for (let kept = 0; kept <= records.length; kept++) {
      // Before its state was on the topic nothing had been given away with the first key.
      const again = kept <= keyAt ? policy : restarted;
      const cut = records.slice(0, kept);
      for (const left of [cut, new MemoryLog(cut).compacted()]) {
        const found = essence(await finish(new MemoryLog(left), again));
        assert.deepEqual(found, undisturbed, `after ${kept} of ${records.length} records`);
      }
    }
  });
}

Deno.test("killed twice, the second time after any record of what the first restart wrote", async () => {
  const policy = { minParticipants: DEVICES.length, strategy: "fedadam" } as const;
  const first = new MemoryLog();
  const undisturbed = essence(await finish(first, policy));
  const closing = first.keys().lastIndexOf("round/1"); // published: before it lie the model and the state
  const second = new MemoryLog(first.records.slice(0, closing));
  await finish(second, policy);
  for (let kept = closing; kept < second.records.length; kept++) {
    const left: IncomingRecord[] = second.records.slice(0, kept);
    assert.deepEqual(essence(await finish(new MemoryLog(left), policy)), undisturbed, `after ${kept}`);
  }
});
