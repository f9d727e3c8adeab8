/**
 * A model card: what a model is, what it was made from, what it is worth and what not, in the form of the Hugging
 * Face hub (https://huggingface.co/docs/hub/model-cards): YAML in front, Markdown behind. Pure: facts in, text out.
 */
import { formatCount } from "../../runtime/progress.ts";
import { layerShapes, type NetworkSpec } from "../../../nn/mod.ts";

/** What the model does. */
export type CardTask =
  | {
    readonly kind: "forecast";
    readonly target: string;
    readonly unit: string;
    readonly horizon: number;
    readonly lookback: number;
  }
  | {
    readonly kind: "traffic";
    /** What is forecast from what, in words. */
    readonly does: string;
  }
  | {
    readonly kind: "classification";
    readonly classes: readonly string[];
    /** Majority class of the training part. */
    readonly baseline: string;
    /** (C) added to the logits. */
    readonly offsets: readonly number[];
  };

/** A file or topic that the model was made from or judged by. */
export interface CardSource {
  readonly role: string;
  readonly name: string;
  /** `null` where there is no file, or not all of it was read. */
  readonly sha256: string | null;
  readonly rows: number;
}

/** One figure, and the baseline's beside it. */
export interface CardMetric {
  /** What it is, for people. */
  readonly name: string;
  /** The hub's name of the measure: `accuracy`, `f1`, `mse`, … */
  readonly type: string;
  /** Which part of the data. */
  readonly part: string;
  readonly network: number;
  readonly baseline: number | null;
}

/** Everything that a card says. */
export interface CardFacts {
  readonly name: string;
  /** Beginning of the file's SHA-256. */
  readonly version: string;
  readonly file: string;
  /** Of the model file. */
  readonly sha256: string;
  readonly bytes: number;
  readonly task: CardTask;
  readonly dataset: string;
  readonly data: readonly CardSource[];
  /** How the data was split, in a sentence. */
  readonly split: string;
  /** How a record becomes inputs, a sentence each. */
  readonly preparation: readonly string[];
  readonly architecture: NetworkSpec;
  readonly parameters: number;
  readonly recipe: object;
  readonly metrics: readonly CardMetric[];
  /** What the baseline does. */
  readonly baseline: string;
  /** What the figures by class show, a sentence each; Markdown. */
  readonly weaknesses: readonly string[];
  /** Why the metrics say little, a sentence each. */
  readonly doubts: readonly string[];
  /** The report of the training, a line each. */
  readonly report: readonly string[];
  /** Command that makes the same model. */
  readonly commandLine: string;
  /** Whether training was stopped on request. */
  readonly interrupted: boolean;
}

/** The card's text, ending in a line feed. */
export function modelCard(facts: CardFacts): string {
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ["Intended use", describeUse(facts.task)],
    ["Limits", bullets(describeLimits(facts))],
    ["Data", dataSection(facts)],
    ["Preparation", bullets(facts.preparation.map(plain))],
    ["Metrics", metricsSection(facts)],
    ["Architecture", architectureSection(facts)],
    ["Recipe", table([["setting", "value"], ...recipeRows(facts.recipe)])],
    ["Reproduce", reproduceSection(facts)],
  ];
  return [
    ...frontMatter(facts),
    `# ${plain(facts.name)}`,
    "",
    ...facts.doubts.flatMap((doubt) => [`> ${plain(doubt)}`, ""]),
    ...describeModel(facts),
    ...sections.flatMap(([title, lines]) => ["", `## ${title}`, "", ...lines]),
    "",
  ].join("\n");
}

/** Whether a file's text is a card of this program, of whatever model. */
export function isModelCard(text: string): boolean {
  return /^---\n(?:.*\n)*?library_name: streamflow\n/.test(text);
}

function frontMatter({ name, task, dataset, metrics }: CardFacts): string[] {
  const kind = task.kind === "classification" ? "tabular-classification" : "time-series-forecasting";
  const types = [...new Set(metrics.map(({ type }) => type))];
  const results = metrics.flatMap(({ name, type, part, network }) =>
    Number.isFinite(network)
      ? [
        `          - type: ${type}`,
        `            name: ${JSON.stringify(`${name}, ${part}`)}`,
        `            value: ${network}`,
      ]
      : []
  );
  return [
    "---",
    "license: unknown",
    "library_name: streamflow",
    `pipeline_tag: ${kind}`,
    "tags:",
    ...[kind, "streamflow", "safetensors"].map((tag) => `  - ${tag}`),
    "datasets:",
    `  - ${JSON.stringify(dataset)}`,
    ...(types.length === 0 ? [] : ["metrics:", ...types.map((type) => `  - ${type}`)]),
    ...(results.length === 0 ? [] : [
      "model-index:",
      `  - name: ${JSON.stringify(name)}`,
      "    results:",
      `      - task:`,
      `          type: ${kind}`,
      "        dataset:",
      `          name: ${JSON.stringify(dataset)}`,
      `          type: ${JSON.stringify(dataset)}`,
      "        metrics:",
      ...results,
    ]),
    "---",
    "",
  ];
}

function describeModel({ task, file, version, sha256, bytes, interrupted }: CardFacts): string[] {
  const does = task.kind === "traffic"
    ? `Forecasts ${plain(task.does)} of the same link.`
    : task.kind === "forecast"
    ? `Forecasts ${codeSpan(task.target)}${
      task.unit === "" ? "" : ` (${plain(task.unit)})`
    } ${task.horizon} ` +
      `readings ahead, from the last ${task.lookback} readings of the same source.`
    : `Gives a record the probability of each of ${task.classes.length} classes: ${list(task.classes)}.`;
  return [
    does,
    "",
    `The model file is ${codeSpan(file)}, version ${codeSpan(version)}, ${
      formatCount(bytes)
    } bytes, SHA-256 ${codeSpan(sha256)}. ` +
    "It holds the weights and the preparation, so raw records go in.",
    ...(interrupted ? ["", "Training was stopped on request before it was through."] : []),
  ];
}

function describeUse(task: CardTask): string[] {
  if (task.kind === "traffic") {
    return [
      "A live forecast of a link's next window with an interval around it: on a dashboard, as an alert where what " +
      "comes lies outside. It is meant for links like those it was trained on, in windows of the same length.",
    ];
  }
  if (task.kind === "forecast") {
    return [
      "A live forecast beside what is measured: on a dashboard, as a warning that comes early, as a baseline for " +
      "better models. It is meant for sources like those it was trained on: the same features, in the same units, " +
      "at the same pace.",
    ];
  }
  return [
    "Sorting a stream of records as they come, for people to look at or for rules to act upon. It is meant for " +
    "records like those it was trained on: the same columns, made in the same way.",
  ];
}

function describeLimits({ task, dataset, metrics, weaknesses }: CardFacts): string[] {
  const behind = metrics.filter(({ network, baseline, type }) =>
    baseline !== null && (lessIsBetter(type) ? network >= baseline : network <= baseline)
  );
  const limits = behind.map(({ name, part }) => `The baseline is as good or better by ${name}, ${part}.`);
  if (task.kind === "traffic") {
    limits.push(
      "It sees one link's past windows and no more: what has never happened in training, it does not foresee.",
      "Its intervals come from the residuals of forecasts before: after a sudden change they hold fewer outcomes.",
    );
  } else if (task.kind === "forecast") {
    limits.push(
      "It knows no more than the readings it is given: what has never happened in training, it does not foresee.",
      "It gives one number without an interval; the errors below say how far off it is on average.",
    );
  } else {
    limits.push(
      "It knows no class but these: a record of another kind is sorted into one of them all the same.",
    );
    if (task.offsets.some((offset) => offset !== 0)) {
      limits.push(
        "Decision offsets are part of the probabilities: they serve the rare classes, and a probability is no " +
          `longer the chance of being right. The offsets: ${
            task.classes.map((name, c) => `${codeSpan(name)} ${figure(task.offsets[c]!)}`).join(", ")
          }.`,
        "The offsets fit the shares of the classes in the validation half, which are those of the test half: among " +
          "records with other shares, rare classes may be found where there are none.",
      );
    }
    limits.push("A value of a category that training has not seen counts as no value at all.");
  }
  return [...limits, ...weaknesses, ...(KNOWN_LIMITS[dataset] ?? [])];
}

/** What is known of a data set's own limits. */
const KNOWN_LIMITS: Readonly<Record<string, readonly string[]>> = {
  "nsl-kdd": [
    "NSL-KDD is made from simulated traffic of 1998: good for comparing methods, no protection for a network " +
    "of today.",
    "Its test file holds 17 kinds of attack that the training file has not, and other shares of the classes; " +
    "`u2r` has 52 rows to learn from.",
  ],
};

function dataSection({ data, split }: CardFacts): string[] {
  const rows = data.map(({ role, name, rows, sha256 }) => [
    plain(role),
    codeSpan(name),
    formatCount(rows),
    sha256 === null ? "none" : codeSpan(sha256),
  ]);
  return [...table([["part", "source", "rows", "SHA-256"], ...rows]), "", plain(split)];
}

function metricsSection({ metrics, baseline, report }: CardFacts): string[] {
  const rows = metrics.map(({ name, part, network, baseline }) => [
    plain(name),
    plain(part),
    figure(network),
    baseline === null ? "" : figure(baseline),
  ]);
  return [
    `The baseline: ${plain(baseline)}.`,
    "",
    ...(rows.length === 0
      ? ["None was measured."]
      : table([["measure", "part", "network", "baseline"], ...rows])),
    ...(report.length === 0 ? [] : ["", ...fenced("text", report)]),
  ];
}

function architectureSection({ architecture, parameters }: CardFacts): string[] {
  const shapes = layerShapes(architecture);
  const rows = architecture.layers.map((layer, l) => {
    const { steps, inputs, stepsOut, outputs } = shapes[l]!;
    const size = (steps: number, width: number) => steps === 1 ? `${width}` : `${steps} × ${width}`;
    const sizes = `${size(steps, inputs)} → ${size(stepsOut, outputs)}`;
    if (layer.kind === "dropout") return [String(l), `dropout ${layer.rate}`, sizes];
    return [String(l), layer.kind === "dense" ? `dense, ${layer.activation}` : "lstm", sizes];
  });
  const inputs = architecture.steps === 1
    ? `${architecture.inputs} inputs`
    : `${architecture.steps} steps of ${architecture.inputs} inputs`;
  return [
    `${inputs}, ${formatCount(parameters)} parameters in 64-bit floating point.`,
    "",
    ...table([["layer", "kind", "inputs → outputs"], ...rows]),
  ];
}

function recipeRows(recipe: object): string[][] {
  return Object.entries(recipe).filter(([, value]) => value !== undefined).map(([key, value]) => [
    codeSpan(key),
    codeSpan(typeof value === "string" ? value : JSON.stringify(value)),
  ]);
}

function reproduceSection({ commandLine, data, interrupted }: CardFacts): string[] {
  return [
    ...fenced("sh", commandLine.split("\n")),
    "",
    `The same version of streamflow makes the same model file from it, bit for bit${
      interrupted ? ", as far as training had come" : ""
    }${data.some(({ sha256 }) => sha256 === null) ? ", where it reads the same records" : ""}.`,
  ];
}

function lessIsBetter(type: string): boolean {
  return type === "mse" || type === "mae" || type === "log_loss";
}

/** Rows of cells that are Markdown already; the first is the header. */
function table([header, ...rows]: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header!), line(header!.map(() => "---")), ...rows.map(line)];
}

function bullets(sentences: readonly string[]): string[] {
  return sentences.map((sentence) => `- ${sentence}`);
}

function list(names: readonly string[]): string {
  return names.map(codeSpan).join(", ");
}

/** A fence longer than any in the lines. */
function fenced(language: string, lines: readonly string[]): string[] {
  const longest = lines.join("\n").match(/`+/g)?.reduce((most, { length }) => Math.max(most, length), 0) ?? 0;
  const fence = "`".repeat(Math.max(3, longest + 1));
  return [`${fence}${language}`, ...lines, fence];
}

/** Text as it is, in a Markdown code span. */
export function codeSpan(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  const longest = line.match(/`+/g)?.reduce((most, { length }) => Math.max(most, length), 0) ?? 0;
  if (longest === 0) return `\`${line}\``;
  const ticks = "`".repeat(longest + 1);
  return `${ticks} ${line} ${ticks}`;
}

/** Text that nothing in Markdown or HTML takes for more. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\\`*_[\]<>#]/g, "\\$&");
}

function figure(value: number): string {
  return value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e7)
    ? String(Number(value.toPrecision(5)))
    : value.toExponential(3);
}
