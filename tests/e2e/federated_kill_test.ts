/**
 * `kill -9` of a federated server at random moments: while it reads the topic, takes updates, closes a round, publishes.
 * The devices send again until they are answered; the global models are to the bit those of a run that nobody disturbed.
 */
import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import { readForecastModel } from "../../src/models/model_file.ts";
import { MemoryLog } from "../federated/memory_log.ts";
import { devicesNamed, openCoordinator, submissionOf } from "../federated/server.ts";
import { testClusters, uniqueName } from "../support/cluster.ts";
import { withFolder } from "../support/folder.ts";
import { killAtOnce, runAndKill } from "../support/run.ts";
import { forecasterBytes } from "../support/small_model.ts";
import { startServer } from "../web/federated/processes.ts";
import { ask, send, uploadOf } from "../web/federated/served.ts";

/** How often it is killed. */
const KILLS = Number(Deno.env.get("STREAMFLOW_TEST_KILLS") ?? 3);
const DEVICES = devicesNamed(6), ROUNDS = 4;
const POLICY = { strategy: "fedadam", minParticipants: DEVICES.length } as const;

interface Seen {
  readonly round: number;
  readonly bytes: Uint8Array;
}

async function globalOf(url: string): Promise<Seen> {
  const response = await fetch(`${url}/api/v1/global-model`);
  return {
    round: Number(response.headers.get("x-federated-round")),
    bytes: new Uint8Array(await response.arrayBuffer()),
  };
}

/** What a device sends of a global model: always the same. */
function learnedOf(device: string, { round, bytes }: Seen) {
  const { network: { parameters: weights }, version } = readForecastModel(bytes);
  return { ...submissionOf(device, { round, weights }), version };
}

/** All devices learn of the newest global model, and wait for the next one. */
async function learnOnce(url: string): Promise<Seen> {
  const newest = await globalOf(url);
  let etag = "";
  await Promise.all(DEVICES.map(async (device) => {
    const { weights, numExamples, metrics, round, version } = learnedOf(device, newest);
    etag = `"${round}-${version}"`;
    const { status, json } = await send(url, { device, round, examples: numExamples, version }, {
      body: uploadOf(weights),
      headers: { "x-metrics": JSON.stringify(metrics) },
    });
    // Counted, or counted before it was killed.
    assert.ok(status === 202 || (status === 200 && json.duplicate), `${status} ${JSON.stringify(json)}`);
  }));
  const next = await fetch(`${url}/api/v1/global-model?wait=60`, { headers: { "if-none-match": etag } });
  await next.body?.cancel();
  return newest;
}

/** What it is like when nobody kills it. */
async function undisturbed(first: Uint8Array, rounds: number): Promise<Seen[]> {
  await using server = await openCoordinator(new MemoryLog(), { firstModel: first, policy: POLICY });
  const seen: Seen[] = [server.global];
  for (const newest of seen) {
    await Promise.all(DEVICES.map((device) => server.submit(learnedOf(device, newest))));
    await server.newerGlobal(newest.round, AbortSignal.timeout(60_000));
    if (newest.round < rounds) seen.push(server.global);
  }
  return seen;
}

for (const { name, missing, open } of testClusters()) {
  Deno.test({
    name:
      `a federated server that is killed ${KILLS} times ends with the bits of an undisturbed one (${name})`,
    ignore: missing !== null,
    fn: () =>
      withFolder(async (folder) => {
        await using cluster = await open();
        const model = `${folder}/first.safetensors`, random = new Random(7);
        await Deno.writeFile(model, forecasterBytes(1));
        const args = [
          ...["--rounds-topic", uniqueName("rounds"), "--strategy", POLICY.strategy, "--model", model],
          ...["--min-participants", String(POLICY.minParticipants)],
        ];
        const seen = new Map<number, Uint8Array>();
        const see = ({ round, bytes }: Seen) => {
          assert.deepEqual(bytes, seen.get(round) ?? bytes, `global model ${round} has changed`);
          seen.set(round, bytes);
        };
        for (let killed = 0; killed < KILLS; killed++) {
          await using server = await startServer(cluster.bootstrapServer, args);
          see(await globalOf(server.url)); // also where it goes before anything is answered
          const learning = (async () => {
            for (;;) see(await learnOnce(server.url));
          })();
          const gone = learning.catch((error: Error) => error);
          await new Promise((resolve) => setTimeout(resolve, random.integer(400)));
          await killAtOnce(server.running);
          const error = await gone;
          if (error instanceof assert.AssertionError) throw error;
          // And once more while it begins.
          const begin = [...["federated", "server", "--bootstrap-server", cluster.bootstrapServer], ...args];
          await runAndKill([...begin, "--listen", "127.0.0.1:0"], { afterMs: random.integer(600) });
        }
        await using server = await startServer(cluster.bootstrapServer, args);
        for (let round = -1; round < ROUNDS || round < Math.max(...seen.keys());) {
          const newest = await learnOnce(server.url);
          see(newest);
          round = newest.round;
        }
        const expected = await undisturbed(seen.get(0)!, Math.max(...seen.keys()));
        for (const { round, bytes } of expected) {
          assert.deepEqual(seen.get(round) ?? bytes, bytes, `${round}`);
        }
        const { json: { rounds } } = await ask(`${server.url}/api/v1/history?limit=1000`);
        const updates = (rounds as { readonly updates: number }[]).map(({ updates }) => updates);
        assert.deepEqual(new Set(updates), new Set([DEVICES.length]), "each update counts once");
        assert.ok(updates.length > ROUNDS);
      }),
  });
}
