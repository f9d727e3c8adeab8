/**
 * Aggregating a round: 54 updates of 50 kB, checked and aggregated by each strategy, beside Flower's strategies on
 * updates of the same size (which it does not check); and 10,000 updates through the streaming mean, with what they leave
 * in memory.
 *
 *     deno task bench federated [ROUNDS]
 */
import { Random } from "../../nn/random.ts";
import { StreamingMean } from "../../src/federated/strategies/mean.ts";
import { makeStrategy, STRATEGY_NAMES } from "../../src/federated/strategies/mod.ts";
import { checkUpdate, type Update } from "../../src/federated/update.ts";
import { aggregate } from "../federated/updates.ts";
import { median, perSecond, printTable } from "./report.ts";
import { findPeerPython } from "./surroundings.ts";

const UPDATES = 54, WEIGHTS = 6_250, ROUNDS = 9, STREAMED = 10_000;

function draw(random: Random, i: number): Update {
  const weights = Float64Array.from({ length: WEIGHTS }, () => random.normal());
  return { device: `device-${String(i).padStart(5, "0")}`, round: 1, numExamples: 100, weights };
}

/** Milliseconds of each round of a strategy, the checks with it. */
function timeRounds(name: typeof STRATEGY_NAMES[number], rounds: number): number[] {
  const random = new Random(1), strategy = makeStrategy(name);
  const global = new Float64Array(WEIGHTS);
  const claims = Array.from({ length: UPDATES }, (_, i) => draw(random, i));
  return Array.from({ length: rounds }, () => {
    const beginMs = performance.now();
    const updates = claims.flatMap((claim) => {
      const checked = checkUpdate(claim, { global });
      return "update" in checked ? [checked.update] : [];
    });
    aggregate(strategy, global, { updates, round: 1 });
    return performance.now() - beginMs;
  });
}

async function timeFlower(rounds: number): Promise<{ version: string; ms: Record<string, number[]> } | null> {
  const python = await findPeerPython(["flwr==1.42.0"], "streamflow-bench-flower");
  if (typeof python !== "string") {
    console.log(`Flower is left out: ${python.missing}`);
    return null;
  }
  const script = new URL("peer_federated.py", import.meta.url).pathname;
  const args = [script, ...[UPDATES, WEIGHTS, rounds].map(String)];
  const { success, stdout } = await new Deno.Command(python, { args, stderr: "null" }).output();
  if (!success) throw new Error(`${script} failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

function streamUpdates(): string {
  const random = new Random(2), global = new Float64Array(WEIGHTS), mean = new StreamingMean(global);
  const some = Array.from({ length: 20 }, (_, i) => draw(random, i));
  const before = Deno.memoryUsage().heapUsed + Deno.memoryUsage().external;
  const beginMs = performance.now();
  for (let i = 0; i < STREAMED; i++) {
    const weights = some[i % some.length]!.weights.slice(); // as it would come from a request
    const checked = checkUpdate({ device: `d${i}`, round: 1, numExamples: 100, weights }, { global });
    if ("update" in checked) mean.add(checked.update);
  }
  mean.mean();
  const seconds = (performance.now() - beginMs) / 1000;
  const grown = Deno.memoryUsage().heapUsed + Deno.memoryUsage().external - before;
  return `${perSecond(STREAMED)} updates of ${WEIGHTS * 8 / 1000} kB through the streaming mean: ${
    perSecond(STREAMED / seconds)
  }/s, memory ${(grown / 2 ** 20).toFixed(1)} MiB more than before`;
}

async function benchFederated(rounds = ROUNDS): Promise<void> {
  const flower = await timeFlower(rounds);
  printTable(
    ["strategy", "checked and aggregated, p50 ms", `${flower?.version ?? "flwr"}: aggregated, p50 ms`],
    STRATEGY_NAMES.map((name) => {
      const peer = flower?.ms[name];
      return [
        name,
        median(timeRounds(name, rounds)).toFixed(2),
        peer === undefined ? "–" : median(peer).toFixed(2),
      ];
    }),
  );
  console.log(streamUpdates());
}

if (import.meta.main) await benchFederated(...Deno.args.map(Number));
