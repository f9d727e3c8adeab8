/**
 * Many participants without a network: each strategy clean and with faults, beside the last value, every device alone,
 * and one model for all readings. The same readings, task and recipe give the same bits.
 */
import { createNetwork, Random } from "../../../nn/mod.ts";
import type { Work } from "../../train/loop/work.ts";
import { Learner } from "../participant/learner.ts";
import { makeStrategy, type StrategyName } from "../strategies/mod.ts";
import type { StrategyOptions } from "../strategies/strategy.ts";
import type { Federation } from "./devices.ts";
import type { Faults, Poison } from "./faults.ts";
import { measureLastValue, measureUnseen } from "./measure.ts";
import type { FederatedRecipe } from "./recipe.ts";
import { type RoundFigures, type Run, runAlone, runCentralised, type RunParts, runRounds } from "./run.ts";

/** What is simulated. */
export interface SimulationOptions {
  readonly federation: Federation;
  readonly recipe: FederatedRecipe;
  readonly strategies: readonly StrategyName[];
  readonly strategyOptions: StrategyOptions;
  readonly faults: Faults;
}

/** A strategy's run, judged on the unseen time: means over the devices of MSE ÷ the device's variance. */
export interface RunResult {
  readonly global: number;
  readonly personalised: number;
  readonly rejected: number;
  /** ε of differential privacy after all rounds; `null` where none is promised. */
  readonly epsilon: number | null;
  readonly rounds: readonly RoundFigures[];
  readonly remarks: Readonly<Record<string, number>>;
}

/** A strategy with and without faults. */
export interface StrategyResult {
  readonly name: StrategyName;
  readonly clean: RunResult;
  /** `null` where no faults were asked for. */
  readonly faulty: RunResult | null;
}

/** A device by itself. */
export interface DeviceResult {
  readonly device: string;
  readonly poison: Poison | null;
  /** MSE ÷ its variance on the unseen time; `null` where nothing changes. Global and personalised are the first strategy's. */
  readonly mse: Readonly<
    Record<"lastValue" | "local" | "global" | "personalised" | "centralised", number | null>
  >;
}

/** What a simulation brought. */
export interface SimulationResult {
  readonly mse: { readonly lastValue: number; readonly local: number; readonly centralised: number };
  readonly strategies: readonly StrategyResult[];
  readonly devices: readonly DeviceResult[];
  /** Global weights of the first strategy, with the faults. */
  readonly global: Float64Array;
}

/** Slices of work, each a device's part of a round: how many {@linkcode simulate} pauses after. */
export function countSlices(
  { federation: { devices }, recipe, strategies, faults }: SimulationOptions,
): number {
  const runs = 1 + strategies.length * (hasFaults(faults) ? 2 : 1);
  return recipe.rounds * (devices.length * runs + 1);
}

function hasFaults({ drop, poison }: Faults): boolean {
  return drop > 0 || poison > 0;
}

/** Everything, one run after the other. @throws RangeError for a strategy's option that is out of range */
export function* simulate(options: SimulationOptions): Work<SimulationResult> {
  const { federation, recipe, strategies, faults } = options;
  const learner = new Learner(federation.spec, recipe);
  const initial = createNetwork(federation.spec, new Random(recipe.seed)).parameters.slice();
  const parts: RunParts = { federation, learner, recipe, initial };
  const judge = (weightsOf: (device: number) => Float64Array) =>
    measureUnseen(federation, { learner, weightsOf });
  const lastValue = measureLastValue(federation);
  const alone = yield* runAlone(parts);
  const local = judge((device) => alone[device]!.weights);
  const all = yield* runCentralised(parts);
  const centralised = judge(() => all.weights);
  const results: StrategyResult[] = [];
  let first: Judged | undefined;
  for (const name of strategies) {
    const run = function* (faults: Faults): Work<Judged> {
      const made = yield* runRounds(parts, makeStrategy(name, options.strategyOptions), faults);
      const personal = made.participants.map((participant) => participant.personalise());
      return {
        run: made,
        global: judge(() => made.global),
        personalised: judge((device) => personal[device]!),
      };
    };
    const clean = yield* run({ drop: 0, poison: 0 });
    const faulty = hasFaults(faults) ? yield* run(faults) : null;
    results.push({ name, clean: figuresOf(clean), faulty: faulty === null ? null : figuresOf(faulty) });
    first ??= faulty ?? clean;
  }
  const { run: { global, poisoned }, ...judged } = first!;
  const byDevice = {
    lastValue,
    local,
    global: judged.global,
    personalised: judged.personalised,
    centralised,
  };
  return {
    mse: { lastValue: lastValue.mean, local: local.mean, centralised: centralised.mean },
    strategies: results,
    devices: federation.devices.map(({ name }, i) => ({
      device: name,
      poison: poisoned.find(({ device }) => device === name)?.poison ?? null,
      mse: Object.fromEntries(
        Object.entries(byDevice).map(([who, { byDevice }]) => [who, finiteOrNull(byDevice[i]!)]),
      ) as DeviceResult["mse"],
    })),
    global,
  };
}

interface Judged {
  readonly run: Run;
  readonly global: ReturnType<typeof measureUnseen>;
  readonly personalised: ReturnType<typeof measureUnseen>;
}

function figuresOf({ run: { rounds, remarks, epsilon }, global, personalised }: Judged): RunResult {
  return {
    global: global.mean,
    personalised: personalised.mean,
    epsilon: epsilon === null || !Number.isFinite(epsilon) ? null : epsilon,
    rejected: rounds.reduce((sum, { refused }) => sum + refused, 0),
    rounds,
    remarks: Object.fromEntries(remarks),
  };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
