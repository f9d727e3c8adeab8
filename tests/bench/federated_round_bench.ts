/**
 * A whole round of 54 participants with an MLP of 50 kB: uploads, checks, mean, the new global model published and in
 * the hands of all. In process, on a log in memory; over HTTP on loopback, `federated server` and the embedded broker in
 * processes of their own; and Flower's simulation of the same round. Then 10,000 updates as fast as one server takes them.
 *
 *     deno task bench federated-round [ROUNDS [UPDATES]]
 */
import process from "node:process";
import { createNetwork, denseSpec, encodeSafetensors, Random, tensorViews } from "../../nn/mod.ts";
import { weightsOfUpload } from "../../src/federated/upload.ts";
import { writeModel } from "../../src/models/model_file.ts";
import { MemoryLog } from "../federated/memory_log.ts";
import { openCoordinator } from "../federated/server.ts";
import { sleep } from "../../src/runtime/clock.ts";
import { streamflowArgs } from "../support/run.ts";
import { median, perSecond, printTable, quantile } from "./report.ts";
import { findPeerPython, openEmbedded, usageOf } from "./surroundings.ts";

const PARTICIPANTS = 54,
  ROUNDS = 21,
  UPDATES = 10_000,
  INPUTS = 96,
  HIDDEN = 64,
  AT_ONCE = 16,
  PER_MINUTE = 10_000;
const { signal: FOREVER } = new AbortController();

function firstModel(): Uint8Array<ArrayBuffer> {
  const architecture = denseSpec({ inputs: INPUTS, hidden: [HIDDEN], outputs: 1, activation: "relu" });
  return writeModel(createNetwork(architecture, new Random(1)), {
    ...{ name: "bench", architecture, recipe: { seed: 1 }, metrics: {} },
    preparation: {
      ...{ kind: "values", lookback: INPUTS, features: [{ name: "a", unit: "" }], targetIndex: 0 },
      ...{ center: Array(INPUTS).fill(0), scale: Array(INPUTS).fill(1) },
      ...{ clip: 4, targetScale: 1, targetClip: 4 },
    },
    task: { kind: "forecast", target: "a", unit: "", horizon: 1 },
    training: { name: "none", sha256: null, readings: 0, sources: 0 },
  });
}

const COUNT = INPUTS * HIDDEN + HIDDEN + HIDDEN + 1;
const random = new Random(2);
/** Different ones, near any model of the bench. */
const UPLOADS = Array.from({ length: PARTICIPANTS }, () => {
  const values = Float64Array.from({ length: COUNT }, () => 0.1 * random.normal());
  return encodeSafetensors({
    tensors: [{ name: "parameters", dtype: "F64", shape: [COUNT], values }],
    metadata: {},
  });
});

/** Milliseconds of each round by the clock and of the processor; the first one warms up. */
async function timeInProcess(rounds: number): Promise<{ ms: number[]; cpuMs: number[] }> {
  const coordinator = await openCoordinator(new MemoryLog(), {
    firstModel: firstModel(),
    policy: { minParticipants: PARTICIPANTS },
  });
  await using _ = coordinator;
  const views = tensorViews(coordinator.global.spec);
  const ms: number[] = [], cpuMs: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const beginMs = performance.now(), before = process.cpuUsage();
    const outcomes = UPLOADS.map((bytes, i) => {
      const found = weightsOfUpload(bytes, views);
      if (!("weights" in found)) throw new Error(found.fault.detail);
      const { weights } = found;
      return coordinator.submit({ device: `d${i}`, participant: null, round, numExamples: 100 + i, weights });
    });
    for (const outcome of await Promise.all(outcomes)) {
      if (!outcome.accepted) throw new Error(outcome.detail);
    }
    await Promise.all(UPLOADS.map(() => coordinator.newerGlobal(round, FOREVER)));
    ms.push(performance.now() - beginMs);
    const { user, system } = process.cpuUsage(before);
    cpuMs.push((user + system) / 1_000);
  }
  return { ms: ms.slice(1), cpuMs: cpuMs.slice(1) };
}

/** The real program, on an embedded broker of its own. */
async function startServer(args: readonly string[]) {
  const cluster = await openEmbedded({ memory: true });
  const folder = await Deno.makeTempDir({ prefix: "streamflow-bench-" });
  await Deno.writeFile(`${folder}/first.safetensors`, firstModel());
  const child = new Deno.Command(Deno.execPath(), {
    args: streamflowArgs([
      ...["federated", "server", "--listen", "127.0.0.1:0", "--bootstrap-server", cluster.bootstrapServer],
      ...["--model", `${folder}/first.safetensors`, "--quiet", ...args],
    ]),
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  const url = /ready on (\S+)/.exec(new TextDecoder().decode(value))![1]!;
  return {
    url,
    pid: child.pid,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child.status;
      await child.stdout.cancel();
      await cluster[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function send(
  url: string,
  { device, round, upload }: { device: string; round: number; upload: number },
) {
  const response = await fetch(
    `${url}/api/v1/local-update?device=${device}&round=${round}&examples=${100 + upload}`,
    {
      ...{ method: "POST", body: UPLOADS[upload]! },
      headers: { "content-type": "application/octet-stream" },
    },
  );
  const text = await response.text();
  if (response.status !== 202) throw new Error(text);
}

/** Milliseconds of each round, each participant sending, then waiting for the next model. */
async function timeOverHttp(rounds: number): Promise<number[]> {
  await using server = await startServer(["--min-participants", String(PARTICIPANTS)]);
  const first = await fetch(`${server.url}/api/v1/global-model`);
  await first.arrayBuffer();
  let etag = first.headers.get("etag")!;
  const took: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const beginMs = performance.now();
    const etags = await Promise.all(UPLOADS.map(async (_, upload) => {
      await send(server.url, { device: `d${upload}`, round, upload });
      const next = await fetch(`${server.url}/api/v1/global-model?wait=60`, {
        headers: { "if-none-match": etag },
      });
      const { byteLength } = await next.arrayBuffer();
      if (next.status !== 200 || byteLength < COUNT * 8) throw new Error(`got ${next.status}`);
      return next.headers.get("etag")!;
    }));
    took.push(performance.now() - beginMs);
    etag = etags[0]!;
  }
  return took.slice(1);
}

async function timeFlower(rounds: number): Promise<{ version: string; ms: number[] } | null> {
  const python = await findPeerPython(["flwr[simulation]==1.42.0"], "streamflow-bench-flower-simulation");
  if (typeof python !== "string") {
    console.log(`Flower is left out: ${python.missing}`);
    return null;
  }
  const script = new URL("peer_federated_round.py", import.meta.url).pathname;
  const args = [script, ...[PARTICIPANTS, COUNT, rounds].map(String)];
  const { success, stdout, stderr } = await new Deno.Command(python, { args }).output();
  if (!success) throw new Error(`${script} failed: ${new TextDecoder().decode(stderr).slice(-2_000)}`);
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}

/** So many updates of as many devices, in one round. @param perMinute evenly; `null` = as fast as they are taken */
async function sendMany(updates: number, perMinute: number | null): Promise<string> {
  await using server = await startServer([
    ...["--after", String(updates), "--min-participants", String(updates)],
  ]);
  const beforeMB = usageOf(server.pid)?.rssMB ?? NaN;
  let next = 0;
  const beginMs = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let i = next++; i < updates; i = next++) {
      const dueMs = perMinute === null ? 0 : i * 60_000 / perMinute;
      await sleep(dueMs - (performance.now() - beginMs), FOREVER);
      await send(server.url, { device: `d${i}`, round: 0, upload: i % PARTICIPANTS });
    }
  }));
  const seconds = (performance.now() - beginMs) / 1_000;
  const usage = usageOf(server.pid);
  return `${perSecond(updates)} updates of ${COUNT * 8 / 1_000} kB over HTTP, stored and averaged, ${
    perMinute === null ? "as fast as they are taken" : `at ${perSecond(perMinute)} a minute`
  }: ${seconds.toFixed(1)} s, ${usage?.cpuS.toFixed(1)} s of processor time; the server's memory: ${
    beforeMB.toFixed(0)
  } MB before, ${usage?.peakRssMB.toFixed(0)} MB at most`;
}

async function benchFederatedRound(rounds = ROUNDS, updates = UPDATES): Promise<void> {
  const inProcess = await timeInProcess(rounds);
  const overHttp = await timeOverHttp(rounds);
  const flower = await timeFlower(rounds);
  const row = (what: string, ms: readonly number[], cpuMs: readonly number[] | null = null) => [
    what,
    median(ms).toFixed(1),
    quantile(ms, 0.95).toFixed(1),
    cpuMs === null ? "–" : median(cpuMs).toFixed(1),
    flower === null ? "–" : (median(flower.ms) / median(ms)).toFixed(1),
  ];
  printTable(
    [
      `a round of ${PARTICIPANTS} × ${COUNT * 8 / 1_000} kB`,
      "p50 ms",
      "p95 ms",
      "CPU ms, p50",
      "Flower's p50 ÷ this",
    ],
    [
      row("in process", inProcess.ms, inProcess.cpuMs),
      row("over HTTP, stored on the embedded broker", overHttp),
      ...(flower === null ? [] : [row(`${flower.version}, simulation`, flower.ms)]),
    ],
  );
  console.log(await sendMany(updates, null));
  console.log(await sendMany(updates, PER_MINUTE));
}

if (import.meta.main) await benchFederatedRound(...Deno.args.map(Number));
