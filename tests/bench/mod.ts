/**
 * The benchmarks: `deno task bench [SUITE [NUMBER…]]`, without a suite all of them one after the other. Prints
 * Markdown tables.
 */
import { benchBroker } from "./broker_bench.ts";
import { benchHostile } from "./hostile_bench.ts";
import { benchConsume } from "./consume_bench.ts";
import { benchLatency } from "./latency_bench.ts";
import { benchMetrics } from "./metrics_bench.ts";
import { benchPage } from "./page_bench.ts";
import { benchMemory, benchStartup } from "./process_bench.ts";
import { describeMachine } from "./report.ts";
import { benchWatch } from "./watch_bench.ts";
import { benchWeb } from "./web_bench.ts";

/** Suites that run as a program of their own. */
function script(name: string): (numbers: readonly number[]) => Promise<void> {
  return async (numbers) => {
    const path = new URL(`${name}_bench.ts`, import.meta.url).pathname;
    console.log("```");
    const args = ["run", "-A", path, ...numbers.map(String)];
    const { success } = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).spawn().status;
    console.log("```\n");
    if (!success) throw new Error(`${path} failed`);
  };
}

const SUITES: Readonly<Record<string, (numbers: readonly number[]) => Promise<void>>> = {
  consume: benchConsume,
  latency: benchLatency,
  predict: script("predict"),
  broker: benchBroker,
  hostile: benchHostile,
  startup: benchStartup,
  memory: benchMemory,
  metrics: benchMetrics,
  broker_log: script("broker_log"),
  nn: script("nn"),
  recipe: script("recipe"),
  lstm: script("lstm"),
  accuracy: script("accuracy"),
  meters: script("meters"),
  federated: script("federated"),
  participate: script("participate"),
  "intel-lab": script("intel_lab"),
  "federated-round": script("federated_round"),
  analyze: script("analyze"),
  pipeline: script("pipeline"),
  store: script("store"),
  "traffic-accuracy": script("traffic_accuracy"),
  client: script("client"),
  nab: script("nab"),
  "page-memory": script("page_memory"),
  pcap: script("pcap"),
  traffic: script("traffic"),
  windows: script("windows"),
  watch: benchWatch,
  page: benchPage,
  web: benchWeb,
};

async function main([name, ...numbers]: readonly string[]): Promise<number> {
  if (name !== undefined && SUITES[name] === undefined) {
    console.error(`There is no suite "${name}": ${Object.keys(SUITES).join(", ")}`);
    return 2;
  }
  console.log(`${describeMachine()}\n`);
  for (const suite of name === undefined ? Object.keys(SUITES) : [name]) {
    console.log(`### ${suite}: \`deno task bench ${[suite, ...numbers].join(" ")}\`\n`);
    await SUITES[suite]!(numbers.map(Number));
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
