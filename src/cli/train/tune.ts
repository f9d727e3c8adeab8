/** `streamflow tune`: tries settings with several seeds, and chooses by the validation part alone. */
import { CONNECTION_KEYS, type SettingKey, settingOf, type Settings } from "../../config/settings.ts";
import { saveModel } from "../../models/disk.ts";
import { UserError } from "../../runtime/errors.ts";
import {
  choose,
  type Combination,
  formatTried,
  nameOf,
  parseGrid,
  type Trial,
  TRIALS_MAX,
  type Tried,
} from "../../train/loop/tune.ts";
import {
  DivergenceError,
  finishWork,
  judgeClassifier,
  prepareClassifier,
  trainForecaster,
  trainPrepared,
  writeClassifier,
} from "../../train/mod.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { refuseOverwriting, requireWritable } from "../files.ts";
import { readTables } from "./classifier.ts";
import { CSV_KEYS } from "../readings/csv_rows.ts";
import { readSet } from "./forecaster.ts";
import {
  CLASSIFIER_KEYS,
  classifierRecipeOf,
  forecastRecipeOf,
  forecastTaskOf,
  RECIPE_KEYS,
  refuseForeignFlags,
  TASK_KEYS,
} from "./recipe.ts";

/** What a grid can hold: of a forecaster, and of a classifier. */
const TRIED_KEYS = {
  forecaster: [...RECIPE_KEYS, "lookback", "horizon", "calendar", "perSource"],
  classifier: [...RECIPE_KEYS, ...CLASSIFIER_KEYS],
} as const satisfies Record<string, readonly SettingKey[]>;

/** Trains with these settings. */
type Try<S> = (
  settings: S,
  /** Keys that the grid names. */
  keys: readonly string[],
) => Promise<{ readonly trial: Trial; readonly bytes: Uint8Array } | null>;

/** The `tune` command. */
export const tuneCommand = defineCommand({
  name: "tune",
  summary: "Try settings with several seeds, choose by validation, and show the test figures of the best",
  examples: [
    "tune --grid hidden=16|32-16,learningRate=1e-3|3e-3 --seeds 3",
    "tune --dataset nsl-kdd --train KDDTrain+.txt --test KDDTest+.txt --grid dropout=0.1|0.2|0.3 --model best.safetensors",
  ],
  settings: [
    ...["grid", "seeds"] as const,
    ...["dataset", "train", "test", "unknownLabel", ...CSV_KEYS, "limit"] as const,
    ...["fromTopic", "maxMessages"] as const,
    ...TASK_KEYS,
    ...RECIPE_KEYS,
    ...CLASSIFIER_KEYS,
    ...["model", "json", "quiet"] as const,
    ...CONNECTION_KEYS,
  ],
  next: () => ({ command: "consume", flags: { model: "model", input: "fromTopic" } }),
  async run(settings, context) {
    const { out } = context;
    refuseForeignFlags(settings.dataset, context.origin);
    const { train, test, csv } = settings;
    refuseOverwriting(["--model", settings.model], { "--train": train, "--test": test, "--csv": csv });
    await requireWritable({ "--model": settings.model });
    const combinations = parseGrid(settings.grid).map(renameKeys);
    const trials = combinations.length * settings.seeds;
    if (trials > TRIALS_MAX) {
      throw new UserError(`--grid and --seeds ask for ${trials} trainings: at most ${TRIALS_MAX} are made`, {
        hint: "try fewer values at a time",
        exitCode: 2,
      });
    }
    const keys: readonly SettingKey[] =
      TRIED_KEYS[settings.dataset === "nsl-kdd" ? "classifier" : "forecaster"]
        .filter((key) => key !== "seed");
    const changes = combinations.map((combination) => ({ combination, change: changeOf(combination, keys) }));
    const attempt = settings.dataset === "nsl-kdd"
      ? await classifierTrials(settings, context)
      : await forecastTrials(settings, context);
    const { tried, best } = await tryAll(changes, { settings, context, attempt });
    if (context.origin["model"] !== undefined) await saveModel(settings.model, best);
    if (settings.json) {
      const { tried: chosen, trial } = choose(tried);
      out(JSON.stringify({ tried: tried.map(withoutTest), chosen: { ...chosen, seed: trial.seed } }));
    } else {
      for (
        const line of formatTried(tried, settings.dataset === "nsl-kdd" ? "macro-F1 + accuracy" : "loss")
      ) out(line);
      if (context.origin["model"] !== undefined) out(`Model     ${settings.model}`);
    }
    return context.signal.aborted ? 130 : 0;
  },
});

/** Test figures of what was not chosen are nobody's business. */
function withoutTest({ combination, trials }: Tried) {
  return { combination, trials: trials.map(({ seed, score, validation }) => ({ seed, score, validation })) };
}

/** `learning-rate` → `learningRate`. */
function renameKeys(combination: Combination): Combination {
  const rename = (key: string) => key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(combination).map(([key, value]) => [rename(key), value]));
}

/** The combination as settings. @throws {UserError} (exit code 2) for a key or value that is none */
function changeOf(combination: Combination, keys: readonly SettingKey[]): Partial<Settings> {
  return Object.fromEntries(
    Object.entries(combination).map(([key, text]) => {
      const known = keys.find((one) => one === key);
      if (known === undefined) {
        throw new UserError(`--grid: '${key}' is not a setting that can be tuned`, {
          hint: `choose from ${keys.join(", ")}`,
          exitCode: 2,
        });
      }
      const parsed = settingOf(known).schema.safeParse(known === "hidden" ? text.replaceAll("-", ",") : text);
      if (parsed.success) return [known, parsed.data];
      throw new UserError(`--grid: ${key} must be ${parsed.error.issues[0]!.message}: found '${text}'`, {
        exitCode: 2,
      });
    }),
  );
}

async function tryAll<S extends { readonly seed: number; readonly seeds: number }>(
  changes: readonly { readonly combination: Combination; readonly change: Partial<Settings> }[],
  { settings, context: { log, signal }, attempt }: {
    readonly settings: S;
    readonly context: CommandContext;
    readonly attempt: Try<S>;
  },
): Promise<{ readonly tried: Tried[]; readonly best: Uint8Array }> {
  const tried: Tried[] = [];
  let best: { readonly bytes: Uint8Array; readonly tried: Tried } | undefined;
  for (const { combination, change } of changes) {
    const trials: Trial[] = [];
    let bestBytes: Uint8Array | undefined;
    let diverged = false;
    for (let seed = settings.seed; seed < settings.seed + settings.seeds && !diverged; seed++) {
      const found = await attempt({ ...settings, ...change, seed }, Object.keys(change)).catch(
        (error: unknown) => {
          if (!(error instanceof UserError)) throw error;
          // Within its first epoch: what was tried before is worth showing all the same.
          if (signal.aborted) return null;
          if (!(error.cause instanceof DivergenceError)) throw error;
          log.warn(`${nameOf(combination)}, seed ${seed}: left out. ${error.message}`);
          diverged = true;
          return null;
        },
      );
      if (found === null || signal.aborted) break;
      const { trial, bytes } = found;
      if (trials.every(({ score }) => trial.score > score)) bestBytes = bytes;
      trials.push(trial);
      log.info(`${nameOf(combination)}, seed ${seed}: validation ${formatFigures(trial.validation)}`);
    }
    if (diverged) continue;
    // A combination that was cut short is not compared with the others.
    if (bestBytes === undefined || signal.aborted) break;
    const own = { combination, trials };
    tried.push(own);
    if (best === undefined || choose([best.tried, own]).tried === own) {
      best = { bytes: bestBytes, tried: own };
    }
  }
  if (best !== undefined) return { tried, best: best.bytes };
  throw signal.aborted
    ? new UserError("Tuning was stopped before one combination was tried with all seeds", {
      hint: "let it run a little longer, or use fewer --seeds or --epochs",
    })
    : new UserError("Tuning has no result: the loss of every combination diverged", {
      hint: "try smaller learning rates",
    });
}

function formatFigures(figures: Trial["validation"]): string {
  const format = (name: string, value: number) => name === "epoch" ? String(value) : value.toFixed(4);
  return Object.entries(figures).map(([name, value]) => `${name} ${format(name, value)}`).join(", ");
}

async function classifierTrials(
  settings: Parameters<typeof readTables>[0],
  context: CommandContext,
): Promise<Try<Parameters<typeof classifierRecipeOf>[0]>> {
  const tables = await readTables(settings, context);
  let before: ReturnType<typeof prepareClassifier> | undefined;
  return async (tried) => {
    const recipe = classifierRecipeOf(tried);
    const { seed: _, ...rest } = recipe;
    const { seed: __, ...restBefore } = before?.recipe ?? recipe;
    const same = before !== undefined && JSON.stringify(rest) === JSON.stringify(restBefore);
    const prepared = same ? { ...before!, recipe } : prepareClassifier(tables, recipe);
    before = prepared;
    const result = await trainPrepared(prepared, { signal: context.signal });
    const report = await finishWork(judgeClassifier(tables, result), {
      signal: context.signal,
      withinMs: 0,
    });
    if (report === undefined) return null;
    const figures = ({ report: { accuracy, macro }, logLoss }: typeof report.test) => ({
      "macro-F1": macro.f1,
      accuracy,
      "log-loss": logLoss,
    });
    const validation = { ...figures(report.validation), epoch: result.keptEpoch };
    const trial = {
      seed: recipe.seed,
      score: report.validation.report.macro.f1 + report.validation.report.accuracy,
      validation,
      test: figures(report.test),
    };
    return { trial, bytes: writeClassifier(tables, result, report.metrics) };
  };
}

async function forecastTrials(
  settings: Parameters<typeof readSet>[0],
  context: CommandContext,
): Promise<Try<Parameters<typeof forecastRecipeOf>[0] & Parameters<typeof forecastTaskOf>[0]>> {
  const set = await readSet(settings, context);
  return async (tried, keys) => {
    const { seed } = tried;
    const gridded = Object.fromEntries(keys.map((key) => [key, "grid"]));
    const recipe = forecastRecipeOf(tried);
    const { report, bytes } = await trainForecaster(set, {
      ...forecastTaskOf(tried, { ...context.origin, ...gridded }),
      recipe,
      signal: context.signal,
      measureWithinMs: 0,
    });
    if (report.test.all === null) return null;
    const { validationLoss, baselineLoss } = report.epochs[report.bestEpoch - 1]!;
    const validation = {
      loss: validationLoss,
      "÷ last value": validationLoss / baselineLoss,
      epoch: report.bestEpoch,
    };
    const { mse, mae } = report.test.all.ratio;
    return {
      trial: { seed, score: -validationLoss, validation, test: { "MSE ratio": mse, "MAE ratio": mae } },
      bytes,
    };
  };
}
