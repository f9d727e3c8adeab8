/** `streamflow federated simulate`: strategies side by side on a data set's sources, without a network. */
import type { Faults } from "../../federated/simulate/faults.ts";
import { type Federation, makeFederation } from "../../federated/simulate/devices.ts";
import { countSlices, simulate, type SimulationResult } from "../../federated/simulate/mod.ts";
import { writeGlobalModel } from "../../federated/simulate/model.ts";
import type { FederatedRecipe } from "../../federated/simulate/recipe.ts";
import { formatSimulation } from "../../federated/simulate/report.ts";
import { STRATEGY_NAMES, type StrategyName } from "../../federated/strategies/mod.ts";
import { sha256Of, versionOf } from "../../models/container.ts";
import { saveModel } from "../../models/disk.ts";
import { UserError } from "../../runtime/errors.ts";
import { formatCount, startProgress } from "../../runtime/progress.ts";
import { finishWork, type TrainingSet, type Work } from "../../train/mod.ts";
import { defineCommand } from "../command.ts";
import { refuseOverwriting, requireWritable } from "../files.ts";
import { strategyOptionsOf } from "./strategy_options.ts";
import { DATA_KEYS, DATA_WORDING, readDevices, RECIPE_KEYS, recipeOf, TASK_KEYS, taskOf } from "./devices.ts";

const KEYS = [
  ...DATA_KEYS,
  ...[
    "participants",
    "rounds",
    "strategy",
    "drop",
    "poison",
    "faultyShare",
    "clipNorm",
    "noiseMultiplier",
  ] as const,
  ...TASK_KEYS,
  ...RECIPE_KEYS,
  ...["model", "json", "quiet"] as const,
];

/** Compares strategies. */
export const federatedSimulateCommand = defineCommand({
  name: "simulate",
  summary: "Compare strategies on a data set's sources as devices, with dropped and poisoned ones",
  examples: [
    "federated simulate",
    "federated simulate --strategy all --drop 0.3 --poison 0.2 --json",
    "federated simulate --csv readings.csv --key station --rounds 50 --strategy median --model global.safetensors",
  ],
  settings: KEYS,
  wording: {
    ...DATA_WORDING,
    model: {
      description:
        "Write the first strategy's global model to this file, learned with the faults [default: none]",
      placeholder: "FILE",
    },
  },
  async run(settings, context) {
    const { signal, log, out, origin } = context;
    const file = origin["model"] === undefined ? null : settings.model;
    if (file !== null) refuseOverwriting(["--model", file], { "--csv": settings.csv });
    await requireWritable({ "--model": file ?? undefined });
    const strategies = strategiesOf(settings.strategy);
    const strategyOptions = strategyOptionsOf(settings, {
      names: strategies,
      // A simulation is to be the same again: its noise protects nobody.
      noiseKey: Uint8Array.fromHex(sha256Of(new TextEncoder().encode(`noise ${settings.seed}`))),
    });
    const set = await readDevices(settings, context);
    const task = taskOf(settings, origin);
    const recipe = recipeOf(settings, settings.rounds);
    const federation = makeFederation(set, { task, recipe, participants: settings.participants });
    const { drop, poison } = settings;
    const options = {
      ...{ federation, recipe, strategies, faults: { drop, poison } },
      strategyOptions,
    };
    using progress = startProgress({
      unit: "device rounds",
      total: countSlices(options),
      log,
      quiet: settings.quiet,
    });
    const counted = countWork(simulate(options), (done) => progress.update(done));
    const result = await finishWork(counted, { signal, withinMs: 0 });
    progress[Symbol.dispose]();
    if (result === undefined) {
      log.info("stopped before the end: there are no figures, and no model was written");
      return 130;
    }
    const { global: _, ...figures } = result;
    const model = file === null ? null : await save(file, {
      set,
      federation,
      result,
      recipe: { ...recipe, strategy: strategies[0]!, drop, poison },
      horizon: task.horizon,
    });
    if (settings.json) {
      const { length: devices } = federation.devices;
      const data = { name: set.name, sha256: set.sha256, devices };
      out(JSON.stringify({ data, task, recipe, faults: options.faults, ...figures, model }));
      return 0;
    }
    for (const line of formatSimulation(result, { faults: options.faults, rounds: recipe.rounds })) out(line);
    if (model !== null) {
      out(`\nModel     ${model.file}, version ${model.version}, ${formatCount(model.bytes)} bytes`);
    }
    return 0;
  },
});

/** @throws {UserError} for a name that is no strategy's */
function strategiesOf(names: readonly string[]): readonly StrategyName[] {
  if (names.includes("all")) return STRATEGY_NAMES;
  const unknown = names.find((name) => !(STRATEGY_NAMES as readonly string[]).includes(name));
  if (unknown === undefined) return [...new Set(names as StrategyName[])];
  throw new UserError(`Unknown strategy ${JSON.stringify(unknown)}`, {
    hint: `choose of ${STRATEGY_NAMES.join(", ")}; or all`,
    exitCode: 2,
  });
}

function* countWork<T>(work: Work<T>, onDone: (slices: number) => void): Work<T> {
  for (let done = 0;; done++) {
    const next = work.next();
    if (next.done) return next.value;
    onDone(done);
    yield null;
  }
}

async function save(
  file: string,
  { set, federation, result, recipe, horizon }: {
    readonly set: TrainingSet;
    readonly federation: Federation;
    readonly result: SimulationResult;
    readonly recipe: FederatedRecipe & Faults & { readonly strategy: StrategyName };
    readonly horizon: number;
  },
) {
  const { clean, faulty } = result.strategies[0]!;
  const { lastValue, local, centralised } = result.mse;
  const { global, personalised } = faulty ?? clean;
  const bytes = writeGlobalModel(set, {
    ...{ federation, weights: result.global, horizon, recipe },
    metrics: Object.fromEntries(
      Object.entries({ lastValue, local, global, personalised, centralised })
        .map(([who, mse]) => [`unseen.${who}.mse`, mse]),
    ),
  });
  await saveModel(file, bytes);
  const sha256 = sha256Of(bytes);
  return { file, version: versionOf(sha256), sha256, bytes: bytes.length };
}
