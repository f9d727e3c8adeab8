/**
 * How fast the network trains and answers beside other libraries: every contender in a process of its own, rounds
 * interleaved, medians. Peers install themselves once; one that cannot be had is left out with the reason.
 *
 *     deno task bench nn [ROUNDS]
 */
import { Contender } from "./nn/contender.ts";
import { writeOnnxFiles } from "./nn/models.ts";
import { type Task, TASKS } from "./nn/tasks.ts";
import { median, printTable } from "./report.ts";
import { findPeerNode, findPeerPython } from "./surroundings.ts";

const ROUNDS = 9;
/** A round of one task is made to take at least so long, so that the clock and the pipe do not count. */
const ROUND_SECONDS_MIN = 0.04;

const here = (name: string) => new URL(`./nn/${name}`, import.meta.url).pathname;
const deno = (script: string, ...args: string[]) => ({
  command: Deno.execPath(),
  args: ["run", "-A", "--no-lock", ...args.length > 1 ? ["--no-config"] : [], here(script), args[0]!],
});

async function openAll(models: string): Promise<Contender[]> {
  const wanted: { name: string; command: string; args: string[] }[] = [
    { name: "streamflow", ...deno("ours.ts", "wasm") },
    { name: "its TypeScript kernels", ...deno("ours.ts", "typescript") },
    { name: "streamflow, fused multiply-add", ...deno("ours.ts", "fma") },
    { name: "TensorFlow.js wasm", ...deno("tfjs.ts", "wasm", "no config") },
    { name: "TensorFlow.js cpu", ...deno("tfjs.ts", "cpu", "no config") },
  ];
  const keras = await findPeerPython(["tensorflow-cpu==2.21.0"], "streamflow-bench-keras");
  if (typeof keras === "string") {
    wanted.push({ name: "Keras", command: keras, args: [here("keras_peer.py"), "keras"] });
    wanted.push({ name: "TFLite", command: keras, args: [here("keras_peer.py"), "tflite"] });
  } else console.log(`Keras and TFLite are left out: ${keras.missing}`);
  const torch = Deno.env.get("STREAMFLOW_BENCH_TORCH_PYTHON");
  if (torch === undefined) console.log("PyTorch is left out: STREAMFLOW_BENCH_TORCH_PYTHON names no Python.");
  else wanted.push({ name: "PyTorch", command: torch, args: [here("torch_peer.py")] });
  const python = await findPeerPython();
  if (typeof python !== "string") console.log(`onnxruntime is left out: ${python.missing}`);
  else wanted.push({ name: "onnxruntime", command: python, args: [here("ort_peer.py"), models] });
  const modules = await findPeerNode("onnxruntime-node@1.30.0", "streamflow-bench-onnxruntime-node");
  if (typeof modules !== "string") console.log(`onnxruntime-node is left out: ${modules.missing}`);
  else {
    wanted.push({ name: "onnxruntime-node", command: "node", args: [here("ort_node.mjs"), modules, models] });
  }
  const opened: Contender[] = [];
  for (const { name, command, args } of wanted) {
    const contender = await Contender.open(name, { command, args });
    if (contender instanceof Contender) opened.push(contender);
    else console.log(`${name} is left out: ${contender.missing}`);
  }
  return opened;
}

/** Seconds per mini-batch or record, by contender. */
async function measureTask(
  task: Task,
  contenders: readonly Contender[],
  rounds: number,
): Promise<Map<string, number>> {
  const able = contenders.filter(({ tasks }) => tasks.includes(task.name));
  const repeats = new Map<Contender, number>();
  for (const contender of able) {
    let count = Math.max(1, Math.ceil(task.repeats / 20));
    for (;;) { // warms up as well
      const seconds = await contender.run(task.name, count);
      if (seconds >= ROUND_SECONDS_MIN) break;
      count = Math.ceil(count * Math.max(2, Math.min(20, 1.2 * ROUND_SECONDS_MIN / Math.max(seconds, 1e-4))));
    }
    repeats.set(contender, count);
  }
  const found = new Map<string, number[]>(able.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of able) {
      const count = repeats.get(contender)!;
      found.get(contender.name)!.push(await contender.run(task.name, count) / count);
    }
  }
  return new Map([...found].map(([name, seconds]) => [name, median(seconds)]));
}

function format(task: Task, seconds: number): string {
  if (task.rows === 1) return `${(seconds * 1e6).toPrecision(3)} µs`;
  return `${Math.round(task.rows / seconds).toLocaleString("en-US")} rows/s`;
}

/** How long a process of its own takes to have the kernels, without the start of the runtime. */
async function measureReady(rounds: number): Promise<void> {
  const buildMs: number[] = [], importMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["run", "-A", here("ready.ts")] })
      .output();
    const found = JSON.parse(new TextDecoder().decode(stdout)) as { importMs: number; buildMs: number };
    buildMs.push(found.buildMs);
    importMs.push(found.importMs);
  }
  console.log(
    `Kernels ready: ${median(buildMs).toFixed(1)} ms to assemble and compile (quickest ` +
      `${Math.min(...buildMs).toFixed(1)}), after ${median(importMs).toFixed(1)} ms of importing.\n`,
  );
}

async function benchNetwork(rounds: number): Promise<void> {
  const models = await Deno.makeTempDir({ prefix: "streamflow-bench-" });
  const contenders: Contender[] = [];
  try {
    await measureReady(Math.max(rounds, 5));
    await writeOnnxFiles(models);
    contenders.push(...await openAll(models));
    const rows: string[][] = [];
    for (const task of TASKS) rows.push(rowOf(task, contenders, await measureTask(task, contenders, rounds)));
    console.log(
      `Medians of ${rounds} interleaved rounds; in brackets how many times longer than streamflow it takes.\n`,
    );
    printTable(["", ...contenders.map(({ name }) => name)], rows);
  } finally {
    for (const contender of contenders) await contender.close();
    await Deno.remove(models, { recursive: true });
  }
}

function rowOf(task: Task, contenders: readonly Contender[], found: ReadonlyMap<string, number>): string[] {
  const ours = found.get("streamflow")!;
  return [
    task.title,
    ...contenders.map(({ name }) => {
      const seconds = found.get(name);
      if (seconds === undefined) return "–";
      const ratio = name === "streamflow" ? "" : ` (${(seconds / ours).toPrecision(3)}×)`;
      return `${format(task, seconds)}${ratio}`;
    }),
  ];
}

if (import.meta.main) await benchNetwork(Number(Deno.args[0] ?? ROUNDS));
