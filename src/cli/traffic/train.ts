/** `streamflow traffic train`: fits a model of a link's traffic, and says what it is worth beside the last value. */
import { toMicroseconds } from "../../runtime/time.ts";
import { formatCount } from "../../runtime/progress.ts";
import { CONNECTION_KEYS, flagOf, type SettingKey, type Settings } from "../../config/settings.ts";
import { loadModelOf, saveModel } from "../../models/disk.ts";
import { hiddenLayers } from "../../config/values.ts";
import { UserError } from "../../runtime/errors.ts";
import { type Normalization, TRAFFIC_TARGETS, type TrafficTarget } from "../../traffic/model/inputs.ts";
import { LOOKBACK_MAX, SEASON_WINDOWS_MAX } from "../../traffic/limits.ts";
import { TRAFFIC_MODELS } from "../../traffic/model/file.ts";
import type { TrafficModel } from "../../traffic/model/model.ts";
import { compareCurves, describeConvergence } from "../../traffic/train/convergence.ts";
import { SHARES } from "../../traffic/train/examples.ts";
import {
  describeTask,
  describeTrafficVerdict,
  formatErrors,
  formatIntervals,
  percent,
} from "../../traffic/train/format.ts";
import { recipeFor, type TrafficRecipe } from "../../traffic/train/recipe.ts";
import { type TrafficTrainingResult, trainTraffic } from "../../traffic/train/trainer.ts";
import type { TrafficSet } from "../../traffic/train/traffic_set.ts";
import { hyperparametersOf, openTensorBoard, unmeasured } from "../../train/mod.ts";
import { trafficCard } from "../../traffic/train/card.ts";
import { commandLineOf } from "../program/command_line.ts";
import { writeCard } from "../train/card.ts";
import { checkpointFileOf } from "../train/checkpoint.ts";
import { announceWhereAsked } from "../train/announce_model.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { refuseOverwriting, requireWritable } from "../files.ts";
import { startEpochs } from "../train/progress.ts";
import { curveChart } from "./charts.ts";
import { readTrafficSet, SOURCE_KEYS } from "./source.ts";

/** Settings of the recipe; those that are given change the default one. */
const RECIPE_KEYS = [
  ...["hidden", "activation", "epochs", "patience", "batchSize", "learningRate", "optimizer"] as const,
  ...["schedule", "weightDecay", "clipNorm", "dropout", "seed", "threads", "answer"] as const,
];
/** What a model to begin from decides. */
const SHAPE_KEYS = [
  "lookback",
  "target",
  "calendar",
  "seasonal",
  "window",
  "normalization",
  "hidden",
] as const;

type TrainSettings = Pick<Settings, typeof RECIPE_KEYS[number] | typeof SHAPE_KEYS[number] | "warmStart">;

/** Settings that change the model. */
const MODEL_KEYS = [
  ...SOURCE_KEYS,
  ...(["window", "lookback", "target", "calendar", "seasonal"] as const),
  ...RECIPE_KEYS,
  ...(["normalization", "compareNormalization", "warmStart", "coverage", "model"] as const),
];

/** Trains a traffic model. */
export const trafficTrainCommand = defineCommand({
  name: "train",
  summary: "Train a model of a link's traffic and compare it with the last value",
  examples: [
    "traffic train --from-topic packets --window 5s --lookback 10 --hidden 64,64 --target packets,bytes,interarrival",
    "traffic train --pcap monday.pcap --window 1s --compare-normalization",
    "traffic train --dataset isp --file isp-traffic-hourly.csv --lookback 24 --model isp.safetensors",
    "traffic train --from-topic packets --warm-start traffic.safetensors --model newer.safetensors",
    "traffic train --from-topic packets --threads 2 --tensorboard logs",
  ],
  settings: [
    ...MODEL_KEYS,
    ...(["checkpoint", "resume", "tensorboard", "models", "json", "quiet"] as const),
    ...CONNECTION_KEYS,
  ],
  defaults: { model: "traffic.safetensors", lookback: 10 },
  next: () => ({ command: "traffic forecast", flags: { model: "model", input: "fromTopic" } }),
  async run(settings, context) {
    const { signal, log, out, origin } = context;
    const { pcap, file, compareNormalization, coverage } = settings;
    refuseOverwriting(["--model", settings.model], { "--pcap": pcap, "--file": file });
    await requireWritable({ "--model": settings.model, "--checkpoint": settings.checkpoint });
    const warmStart = settings.warmStart === undefined
      ? undefined
      : await loadModelOf(TRAFFIC_MODELS, settings.warmStart);
    const windowUs = windowOf(settings, { origin, warmStart });
    if (settings.target !== undefined) targetsOf(settings.target); // said before all is read
    const set = await readTrafficSet(settings, context, windowUs);
    const recipe = recipeOf(settings, { set, warmStart, origin });
    const normalization = warmStart?.normalization ?? settings.normalization;
    const compareWith = compareNormalization ? (normalization === "none" ? "standard" : "none") : undefined;
    const files = [checkpointFileOf(settings)];
    if (compareWith !== undefined) files.push(checkpointFileOf(settings, { of: compareWith }));
    const fileOf = (own: Normalization) => files[own === normalization ? 0 : 1]!;
    using progress = startEpochs({ epochs: recipe.epochs, restarts: compareNormalization ? 2 : 1 }, {
      log,
      quiet: settings.quiet,
    });
    const result = await trainTraffic(set, {
      shape: shapeOf(settings, { set, origin, warmStart }),
      ...{ recipe, normalization, warmStart, coverage, signal },
      compareWith,
      logOf: () =>
        settings.tensorboard === undefined ? undefined : openTensorBoard(settings.tensorboard, {
          hyperparameters: hyperparametersOf(recipe),
        }),
      async onBegin(identity, own) {
        const resumed = await fileOf(own).load(identity);
        if (resumed !== undefined) {
          log.info(`resuming after epoch ${resumed.history.length} of ${fileOf(own).path}`);
        }
        return resumed;
      },
      onCheckpoint: (identity, state, own) => fileOf(own).save(identity, state),
      onEpoch: ({ trainingEpoch, trainingLoss, validationLoss, baselineLoss, best }, own) =>
        log.info(
          `${own === normalization && !compareNormalization ? "" : `${normalizationName(own)}, `}` +
            `epoch ${
              String(trainingEpoch).padStart(String(recipe.epochs).length)
            }/${recipe.epochs}  training error ` +
            `${trainingLoss.toFixed(5)}  validation error ${validationLoss.toFixed(5)} (last value ` +
            `${baselineLoss.toFixed(5)})${best ? "  best so far" : ""}`,
        ),
      onProgress: (done) => progress.update(done),
    });
    progress[Symbol.dispose]();
    await saveModel(settings.model, result.bytes);
    if (!result.interrupted) { for (const file of files) await file.finish(); }
    const lines = report(result, set);
    const { length: bytes } = result.bytes;
    if (settings.json) out(JSON.stringify(summarize(result, settings.model)));
    else {
      for (const line of lines) out(line);
      out("");
      out(`Model     ${settings.model}, version ${result.model.version}, ${formatCount(bytes)} bytes`);
    }
    const commandLine = commandLineOf({ name: "traffic train", keys: MODEL_KEYS, settings, origin });
    const card = await writeCard(
      settings.model,
      trafficCard(result, { file: settings.model, bytes, commandLine, lines }),
    );
    if (card !== null) log.info(`model card: ${card}`);
    if (result.interrupted) log.info(files[0]!.advice);
    else await announceWhereAsked(settings, log);
    return result.interrupted ? 130 : 0;
  },
});

/** Length of the windows; `undefined` leaves it to a file that has its own. */
function windowOf(
  { window, dataset }: Pick<Settings, "window" | "dataset">,
  { origin, warmStart }: Pick<CommandContext, "origin"> & { readonly warmStart: TrafficModel | undefined },
): number | undefined {
  if (origin["window"] !== undefined) return toMicroseconds(window);
  if (warmStart !== undefined) return warmStart.windowUs;
  return origin["dataset"] !== undefined && dataset === "isp" ? undefined : toMicroseconds(window);
}

/** The shape that the flags ask for; what is not given is that of the model to begin from. */
function shapeOf(
  settings: TrainSettings,
  { set, origin, warmStart }: {
    readonly set: TrafficSet;
    readonly origin: CommandContext["origin"];
    readonly warmStart: TrafficModel | undefined;
  },
) {
  const { target, seasonal } = settings;
  const own = <T>(key: SettingKey, of: (model: TrafficModel) => T, asked: T): T =>
    warmStart !== undefined && origin[key] === undefined ? of(warmStart) : asked;
  const known = DEFAULT_TARGETS.filter((name) => set.known.includes(name));
  const shape = {
    lookback: own("lookback", (model) => model.lookback, settings.lookback),
    targets: own("target", (model) => model.targets, target === undefined ? known : targetsOf(target)),
    calendar: own("calendar", (model) => model.calendar, settings.calendar),
    seasonWindows: own(
      "seasonal",
      (model) => model.seasonWindows,
      seasonal === undefined ? 0 : seasonWindowsOf(seasonal, set.windowUs),
    ),
  };
  if (shape.lookback <= LOOKBACK_MAX) return shape;
  throw new UserError(`--lookback is ${shape.lookback} windows, and ${LOOKBACK_MAX} are possible`, {
    hint: "use a smaller one, or longer windows with --window",
    exitCode: 2,
  });
}

const DEFAULT_TARGETS: readonly TrafficTarget[] = ["packets", "bytes", "interarrival"];

function targetsOf(text: string): TrafficTarget[] {
  const names = [...new Set(text.split(",").map((name) => name.trim()))];
  const unknown = names.find((name) => !(TRAFFIC_TARGETS as readonly string[]).includes(name));
  if (unknown === undefined) return names as TrafficTarget[];
  throw new UserError(`Cannot forecast ${JSON.stringify(unknown)} of a link`, {
    hint: `--target takes ${TRAFFIC_TARGETS.join(", ")}, several separated by commas`,
    exitCode: 2,
  });
}

function seasonWindowsOf([seconds, ...more]: readonly number[], windowUs: number): number {
  if (seconds === undefined) return 0;
  if (more.length > 0) {
    throw new UserError("--seasonal names several times, and a model of traffic has one season", {
      hint: "name one of them",
      exitCode: 2,
    });
  }
  const windows = toMicroseconds(seconds) / windowUs;
  if (Number.isInteger(windows) && windows >= 2 && windows <= SEASON_WINDOWS_MAX) return windows;
  throw new UserError(
    `--seasonal is ${seconds} s, ${windows} windows of ${windowUs / 1e6} s: a whole number from 2 to ` +
      `${SEASON_WINDOWS_MAX} is possible`,
    { hint: "choose another --window, or leave --seasonal out", exitCode: 2 },
  );
}

/** The default recipe with what the flags say. */
function recipeOf(
  settings: TrainSettings,
  { set, warmStart, origin }: {
    readonly set: TrafficSet;
    readonly warmStart: TrafficModel | undefined;
    readonly origin: CommandContext["origin"];
  },
): TrafficRecipe {
  if (settings.weightDecay !== undefined && settings.weightDecay > 0 && settings.optimizer !== "adamw") {
    throw new UserError("--weight-decay is adamw's", { hint: "add --optimizer adamw", exitCode: 2 });
  }
  const given = Object.fromEntries(
    RECIPE_KEYS.flatMap((key) => settings[key] === undefined ? [] : [[key, settings[key]]]),
  ) as Partial<TrafficRecipe>;
  const recipe = { ...recipeFor(set.known), ...given };
  if (warmStart === undefined) return recipe;
  const hidden = hiddenOf(warmStart);
  const wrong = given.hidden !== undefined && JSON.stringify(given.hidden) !== JSON.stringify(hidden)
    ? { flag: flagOf("hidden"), own: JSON.stringify(hidden), asked: JSON.stringify(given.hidden) }
    : given.answer !== undefined && given.answer !== warmStart.answer
    ? { flag: flagOf("answer"), own: warmStart.answer, asked: given.answer }
    : origin["normalization"] !== undefined && settings.normalization !== warmStart.normalization
    ? { flag: flagOf("normalization"), own: warmStart.normalization, asked: settings.normalization }
    : null;
  if (wrong === null) {
    const { answer, logarithms } = warmStart;
    return { ...recipe, hidden, answer, logarithms };
  }
  throw new UserError(
    `Cannot go on from ${warmStart.name}, version ${warmStart.version}: its ${wrong.flag} is ${wrong.own}, and ` +
      `${wrong.asked} is asked for`,
    { hint: `leave ${wrong.flag} out, or train from scratch without --warm-start`, exitCode: 2 },
  );
}

function normalizationName(normalization: Normalization): string {
  return normalization === "none" ? "not normalised" : normalization;
}

const EVALUATE = "streamflow traffic evaluate";

/** What `--json` prints. */
function summarize({ model, evaluation, examples, interrupted }: TrafficTrainingResult, file: string) {
  const { name, version, sha256, windowUs, lookback, features, targets, training, curves } = model;
  const { series: _, ...scores } = evaluation ?? { series: [], doubts: [unmeasured(EVALUATE)] };
  return {
    model: { file, name, version, sha256 },
    task: { windowUs, lookback, features, targets },
    ...{ training, examples, interrupted, test: scores, curves },
    convergence: curves[1] === undefined ? null : compareCurves(curves[0]!, curves[1]),
  };
}

function report(
  { model, evaluation, examples, interrupted }: TrafficTrainingResult,
  set: TrafficSet,
): string[] {
  const { training, curves } = model;
  const [first, second] = curves;
  const test = 1 - SHARES.training - SHARES.validation;
  return [
    ...(evaluation === null ? [unmeasured(EVALUATE)] : describeTrafficVerdict(evaluation)),
    "",
    `Task      ${describeTask(model)}`,
    `Data      ${set.name}: ${formatCount(training.windows)} windows of ${training.links} ` +
    `${training.links === 1 ? "link" : "links"}, each split by time: ${percent(SHARES.training)} training, ` +
    `${percent(SHARES.validation)} validation, ${percent(test)} test`,
    `Examples  ${formatCount(examples.training)} training, ${formatCount(examples.validation)} validation, ` +
    `${formatCount(examples.test)} test`,
    `Epochs    ${first!.epochs.length}, the best was ${first!.best + 1}` +
    (interrupted ? " (stopped early on request)" : "") +
    (training.warmStart === undefined ? "" : `; began from ${training.warmStart}`),
    ...(evaluation === null ? [] : [
      "",
      "On the test part, which neither training nor early stopping has seen:",
      ...formatErrors(evaluation, model.windowUs),
      "",
      "Intervals, from the residuals of the forecasts before:",
      ...formatIntervals(evaluation),
    ]),
    ...(second === undefined ? [] : [
      "",
      describeConvergence(compareCurves(first!, second)),
      ...curveChart([first!, second]),
    ]),
  ];
}

/** The hidden layers that a model file's recipe names. */
function hiddenOf({ name, version, recipe }: TrafficModel): TrafficRecipe["hidden"] {
  const { data: hidden } = hiddenLayers().safeParse(recipe["hidden"]);
  if (hidden !== undefined) return hidden;
  throw new UserError(
    `Cannot go on from ${name}, version ${version}: the hidden layers of its recipe are ` +
      `${JSON.stringify(recipe["hidden"]) ?? "missing"}, and layers such as 64 or "dropout:0.2" are expected`,
    { hint: "train from scratch without --warm-start" },
  );
}
