/**
 * `POST /api/v1/predict`: a batch's way through the handler (body → JSON of the answers) and over loopback, beside the
 * same work in Python (`json`, numpy and onnxruntime without any server, `peer_predict.py`):
 *
 *     deno run -A tests/bench/predict_bench.ts [ROUNDS]
 */
import { cpuUsage } from "node:process";
import { createNetwork, denseSpec, Random } from "../../nn/mod.ts";
import { loadModel } from "../../src/models/disk.ts";
import { type Model, readModel, writeModel } from "../../src/models/model_file.ts";
import { serveHttp } from "../../src/web/frame/serve.ts";
import { mountPredict } from "../../src/web/predict.ts";
import { ServedModel } from "../../src/web/served_model.ts";
import { withFolder } from "../support/folder.ts";
import { testApp } from "../support/web_app.ts";
import { makeRecords, NETWORK, writeJob } from "./job.ts";
import { printTable, quantile } from "./report.ts";
import { findPeerPython, measure } from "./surroundings.ts";

const ROUNDS = Number(Deno.args[0] ?? 300);
const BATCHES = [1, 100, 1_000, 10_000] as const;
const HEADERS = { "content-type": "application/json" };

const CATEGORIES: Readonly<Record<string, number>> = { protocol: 3, service: 67, flag: 11 };
const NUMBERS = 38;

/** A classifier of NSL-KDD's shape: 41 features, 119 inputs, 5 classes. */
function connectionsModel(): Model {
  const texts = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}${i}`);
  const columns = [
    ...Object.entries(CATEGORIES).map(([name, count]) => ({
      ...{ name, kind: "category" as const, values: texts(name, count) },
    })),
    ...Array.from({ length: NUMBERS }, (_, i) => ({
      ...{ name: `number_${i}`, kind: "number" as const, log: true, center: 3, scale: 2 },
    })),
  ];
  const inputs = NUMBERS + Object.values(CATEGORIES).reduce((a, b) => a + b);
  const spec = denseSpec({
    ...{ inputs, hidden: [64, 64, 32], outputs: 5, activation: "relu" },
    outputActivation: "softmax",
  });
  const classes = ["normal", "dos", "probe", "r2l", "u2r"];
  return readModel(writeModel(createNetwork(spec, new Random(1)), {
    name: "connections",
    architecture: spec,
    preparation: { kind: "tabular", clip: null, columns },
    task: { kind: "classification", target: "class", classes, offsets: [0, 1, 0, 1, 0], baseline: "normal" },
    recipe: { seed: 1 },
    training: { name: "none", sha256: null, readings: 0, sources: 0 },
    metrics: {},
  }));
}

function connections(count: number): string[] {
  const random = new Random(3);
  return Array.from({ length: count }, (_, n) =>
    JSON.stringify({
      id: `connections:${n}`,
      timestamp: new Date(1_700_000_000_000 + n).toISOString(),
      source: "edge",
      features: {
        ...Object.fromEntries(
          Object.entries(CATEGORIES).map(([name, values]) => [name, `${name}${random.integer(values)}`]),
        ),
        ...Object.fromEntries(
          Array.from(
            { length: NUMBERS },
            (_, i) => [`number_${i}`, i % 2 === 0 ? random.integer(500) : 0.25],
          ),
        ),
      },
    }));
}

function sensors(count: number): string[] {
  const made = makeRecords(), decoder = new TextDecoder();
  return Array.from({ length: count }, () => decoder.decode(made.next().value.value as Uint8Array));
}

/** Calls before those that are measured. */
function warmUps(rounds: number): number {
  return Math.min(50, rounds);
}

/** Times of so many calls, ms. */
async function timesOf(rounds: number, call: () => Promise<unknown>): Promise<number[]> {
  for (let warm = 0; warm < warmUps(rounds); warm++) await call();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const beganMs = performance.now();
    await call();
    times.push(performance.now() - beganMs);
  }
  return times;
}

const ms = (value: number) => value.toFixed(2);

/** Rows of a model: by batch, its handler and the whole way over loopback. */
async function rowsOf(name: string, model: Model, readings: readonly string[]): Promise<string[][]> {
  const app = testApp();
  mountPredict(app, () => new ServedModel(model, { file: "bench", nowMs: 0 }));
  await using server = serveHttp(app, "127.0.0.1:0");
  const rows: string[][] = [];
  for (const batch of BATCHES) {
    const body = `{"readings":[${readings.slice(0, batch).join(",")}]}`;
    const rounds = Math.max(20, Math.round(ROUNDS * Math.min(1, 1_000 / batch)));
    const request = { method: "POST", headers: HEADERS, body };
    const { predictions } = await (await app.request("/api/v1/predict", request)).json();
    if (predictions.length !== batch) throw new Error(`${predictions.length} answers to ${batch} readings`);
    const cpuBefore = cpuUsage();
    const handler = await timesOf(
      rounds,
      async () => await (await app.request("/api/v1/predict", request)).arrayBuffer(),
    );
    const { user, system } = cpuUsage(cpuBefore);
    const whole = await timesOf(
      rounds,
      async () => await (await fetch(`${server.url}/api/v1/predict`, request)).text(),
    );
    rows.push([
      ...[name, String(batch), `${(body.length / 1_000).toFixed(1)}`],
      ...[
        quantile(handler, 0.5),
        quantile(handler, 0.99),
        (user + system) / 1_000 / (rounds + warmUps(rounds)),
      ].map(ms),
      ...[quantile(whole, 0.5), quantile(whole, 0.99)].map(ms),
    ]);
  }
  return rows;
}

/** What Python takes for the sensors' batches, ms; a sentence where it cannot run. */
async function peerTimes(folder: string, weights: string): Promise<Record<string, number> | string> {
  const python = await findPeerPython();
  if (typeof python !== "string") return `no peer: ${python.missing}`;
  const script = (name: string) => new URL(name, import.meta.url).pathname;
  await measure(python, [script("peer_model.py"), weights]);
  const body = `${folder}/body.json`;
  await Deno.writeTextFile(body, `{"readings":[${sensors(BATCHES.at(-1)!).join(",")}]}`);
  const args = [script("peer_predict.py"), weights, body, ...BATCHES.map(String)];
  const { stdout } = await new Deno.Command(python, { args, stderr: "inherit" }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

await withFolder(async (folder) => {
  const { model, weights } = await writeJob(folder);
  const readings = sensors(BATCHES.at(-1)!);
  printTable(
    [
      "model",
      "batch",
      "body, kB",
      "handler p50, ms",
      "p99",
      "CPU per request, ms",
      "over loopback p50",
      "p99",
    ],
    [
      ...await rowsOf(`sensors, ${NETWORK}`, await loadModel(model), readings),
      ...await rowsOf("NSL-KDD's shape, 119-64-64-32-5", connectionsModel(), connections(BATCHES.at(-1)!)),
    ],
  );
  const peer = await peerTimes(folder, weights);
  console.log(
    typeof peer === "string"
      ? peer
      : `Python (json, numpy, onnxruntime, no server), sensors, p50: ${
        Object.entries(peer).map(([batch, time]) => `${batch}: ${ms(time)} ms`).join(", ")
      }`,
  );
});
