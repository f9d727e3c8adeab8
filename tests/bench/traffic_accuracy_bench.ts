/**
 * How good traffic forecasts are: the ISP's hourly series and three simulated days, several seeds, beside the last
 * value, the value a day ago and ridge regression on the same split; and how many outcomes the intervals hold.
 *
 *     deno task bench traffic-accuracy [SEEDS [EPOCHS]]
 */
import { readIspTraffic } from "../../src/datasets/isp_traffic.ts";
import { createTrafficModel } from "../../src/datasets/traffic_model/mod.ts";
import type { Errors, TargetScore } from "../../src/traffic/train/evaluate.ts";
import type { Contestant } from "../../src/records/predictions/schema.ts";
import { recipeFor, type TrafficRecipe } from "../../src/traffic/train/recipe.ts";
import { trainTraffic } from "../../src/traffic/train/trainer.ts";
import {
  packetSet,
  type TrafficSet,
  volumeSet,
  WindowCollector,
} from "../../src/traffic/train/traffic_set.ts";
import type { TrafficTarget } from "../../src/traffic/model/inputs.ts";
import { median, medianAndRounds, printTable } from "./report.ts";

const FILE = new URL("../../../shared/data/traffic/isp-traffic-hourly.csv", import.meta.url).pathname;
const SEEDS = 5;
const COVERAGE = 0.9;
const DAY_US = 86_400e6;
const SIMULATION = { days: 3, ratePerSecond: 10, seed: 7, windowUs: 60e6 } as const;

interface Task {
  readonly name: string;
  readonly set: TrafficSet;
  readonly targets: readonly TrafficTarget[];
  readonly lookback: number;
  readonly recipe: Partial<TrafficRecipe>;
}

async function readIsp(): Promise<TrafficSet | null> {
  try {
    await Deno.stat(FILE);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log(`The ISP's series is left out: there is no ${FILE}\n`);
    return null;
  }
  const { bits, startMs, stepMs, sha256 } = await readIspTraffic(FILE);
  const volume = { startUs: startMs * 1_000, bytes: bits.map((value) => value / 8), link: "isp" };
  return volumeSet(volume, { name: FILE, sha256, windowUs: stepMs * 1_000, remarks: [] });
}

function simulate(): TrafficSet {
  const { days, ratePerSecond, seed, windowUs } = SIMULATION;
  const startUs = Date.UTC(2026, 0, 5) * 1_000;
  const collector = new WindowCollector(windowUs);
  for (
    const { packets } of createTrafficModel({ seed, ratePerSecond, startUs, endUs: startUs + days * DAY_US })
  ) {
    for (const packet of packets) collector.add(packet.link ?? "link", packet);
  }
  return packetSet(collector, { name: "simulator", sha256: null, windowUs, remarks: [] });
}

async function measure({ name, set, targets, lookback, recipe }: Task, seeds: number): Promise<string[][]> {
  const scores: TargetScore[][] = [];
  const startMs = performance.now();
  for (let seed = 1; seed <= seeds; seed++) {
    const { evaluation } = await trainTraffic(set, {
      shape: { lookback, targets, calendar: false, seasonWindows: 0 },
      recipe: { ...recipeFor(set.known), ...recipe, seed },
      ...{ normalization: "standard", coverage: COVERAGE },
    });
    scores.push([...evaluation!.targets]);
  }
  const seconds = (performance.now() - startMs) / 1_000 / seeds;
  return targets.map((target, k) => {
    const own = scores.map((run) => run[k]!);
    const middle = (of: (score: TargetScore) => number) => median(own.map(of));
    const other = (who: Exclude<Contestant, "network">) => {
      const errors: Errors | null = own[0]![who];
      if (errors === null) return "–";
      return `${errors.r2!.toFixed(4)}; ${(middle(({ network }) => network.mse) / errors.mse).toFixed(3)}`;
    };
    return [
      `${name}: ${target}`,
      medianAndRounds(own.map(({ network }) => network.r2!), (r2) => r2.toFixed(4)),
      ...[other("lastValue"), other("seasonal"), other("ridge")],
      medianAndRounds(own.map(({ interval }) => 100 * interval.measured), (percent) => percent.toFixed(1)),
      seconds.toFixed(0),
    ];
  });
}

async function main([seeds = SEEDS, epochs]: readonly number[]): Promise<void> {
  const isp = await readIsp();
  const at = epochs === undefined ? {} : { epochs };
  const volumes = isp === null ? [] : [{ set: isp, targets: ["bytes"] as const }];
  const tasks: Task[] = [
    ...volumes.map((volume) => ({ name: "ISP, look-back 10", ...volume, lookback: 10, recipe: at })),
    {
      name: "simulator, look-back 10",
      ...{ set: simulate(), targets: ["packets", "bytes", "interarrival"], lookback: 10, recipe: at },
    },
    ...volumes.map((volume) => ({
      name: "ISP, look-back 24, changes, cosine",
      ...{ ...volume, lookback: 24, recipe: { answer: "change", schedule: "cosine", ...at } as const },
    })),
  ];
  console.log(
    "LSTM 2×64, Adam 0.003, batch 32, at most 100 epochs, the best by validation; the last 15 % of the windows. " +
      `Of the others: R²; the network's MSE ÷ theirs. The simulator: ${SIMULATION.days} days with all events, ` +
      `${SIMULATION.ratePerSecond} packets/s, windows of 1 min.\n`,
  );
  const head = ["", `R² (${seeds} seeds)`, "last value", "1 d ago", "ridge", `% inside ${100 * COVERAGE} %`];
  for (const task of tasks) printTable([...head, "s a training"], await measure(task, seeds));
}

await main(Deno.args.map(Number));
