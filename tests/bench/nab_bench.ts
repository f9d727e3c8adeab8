/**
 * The Numenta Anomaly Benchmark, standard profile, on the 34 series at hand: every detector beside the published ones,
 * a windowed Gaussian and chance. `deno task bench nab [1]`: with a 1 also other settings of the default detector.
 *
 * The best threshold is chosen on all series, as the benchmark does. What that choice is worth is said beside it: the
 * threshold of one random half of the series, scored on the other half.
 */
import process from "node:process";
import { Random } from "../../nn/mod.ts";
import { createDetector, DEFAULT_DETECTOR, DETECTOR_NAMES } from "../../src/anomaly/detectors.ts";
import { Novelty, type NoveltyOptions } from "../../src/anomaly/novelty.ts";
import { type NabSeries, scoreNab } from "../../src/anomaly/nab_score.ts";
import { NAB_FOLDER, type NabInput, randomScores, readNab, windowedGaussian } from "../support/nab.ts";
import { printTable } from "./report.ts";

/** Computed from the published scores of NAB 1.1 (github.com/numenta/NAB, results/) on the same 34 series. */
const PUBLISHED: readonly (readonly [string, number])[] = [
  ...[["HTM (Numenta)", 73.56], ["CAD OSE", 71.72], ["ARTime", 71.05], ["HTM Java", 70.22]] as const,
  ...[["KNN CAD", 60.96], ["random cut forest", 56.71], ["earthgecko Skyline", 55.60]] as const,
  ...[["relative entropy", 46.35], ["Twitter ADVec", 43.55], ["windowed Gaussian", 35.02]] as const,
  ["random", 13.19],
];
const CHANCES = 10;
const SPLITS = 20;

interface Line {
  readonly name: string;
  readonly score: number;
  readonly cells: readonly string[];
}

type Score = (series: NabInput) => ArrayLike<number>;

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Mean score of a half by the other half's best threshold. */
function crossScore(scored: readonly NabSeries[]): number {
  const random = new Random(1);
  const order = Int32Array.from(scored, (_, index) => index);
  const scores: number[] = [];
  for (let split = 0; split < SPLITS; split++) {
    random.shuffle(order);
    const half = order.length >> 1;
    const chosen = scoreNab([...order.subarray(0, half)].map((index) => scored[index]!)).threshold;
    scores.push(scoreNab([...order.subarray(half)].map((index) => scored[index]!), chosen).score);
  }
  return mean(scores);
}

function judge(name: string, all: readonly NabInput[], score: Score): Line {
  const before = process.cpuUsage();
  const scored = all.map((series) => ({ ...series, scores: score(series) }));
  const { user, system } = process.cpuUsage(before);
  const rows = all.reduce((sum, { values }) => sum + values.length, 0);
  const best = scoreNab(scored);
  const cells = [
    best.score.toFixed(2),
    `${best.found} of ${best.windows}`,
    `${best.falsePositives}`,
    best.threshold.toPrecision(4),
    scoreNab(scored, 0.5).score.toFixed(1),
    crossScore(scored).toFixed(1),
    ((user + system) / rows).toFixed(1),
  ];
  return { name, score: best.score, cells };
}

const HEAD = ["", "score", "windows found", "false positives", "best threshold"];

async function benchNab(variants: boolean): Promise<void> {
  const all = await readNab();
  if (all === null) {
    console.log(`The Numenta benchmark is left out: there is no ${NAB_FOLDER}.`);
    return;
  }
  const online =
    (detector: { update(value: number, timeMs: number): number }): Score => ({ values, timesMs }) =>
      Float64Array.from(values, (value, row) => detector.update(value, timesMs[row]!));
  const lines: Line[] = PUBLISHED.map(([name, score]) => ({
    ...{ name: `${name}, published`, score },
    cells: [score.toFixed(2), ...Array.from({ length: 6 }, () => "")],
  }));
  for (const name of DETECTOR_NAMES) {
    const mark = name === DEFAULT_DETECTOR ? `**${name}**, the default` : `**${name}**`;
    lines.push(judge(mark, all, (series) => online(createDetector(name))(series)));
  }
  lines.push(judge("windowed Gaussian, here", all, ({ values }) => windowedGaussian(values)));
  const random = new Random(1);
  const chances = Array.from(
    { length: CHANCES },
    () => scoreNab(all.map((series) => ({ ...series, scores: randomScores(series.values, random) }))).score,
  );
  lines.push({
    ...{ name: `random, here, mean of ${CHANCES}`, score: mean(chances) },
    cells: [mean(chances).toFixed(2), ...Array.from({ length: 6 }, () => "")],
  });
  const head = [...HEAD, "at threshold 0.5", "threshold of the other half", "CPU, µs a row"];
  const print = (list: readonly Line[]) =>
    printTable(head, [...list].sort((a, b) => b.score - a.score).map(({ name, cells }) => [name, ...cells]));
  print(lines);
  if (!variants) return;
  const settings: NoveltyOptions[] = [
    ...[{ shapeRows: 24 }, { shapeRows: 48 }, { restRows: 50 }, { restRows: 200 }],
    ...[{ historyRows: 2_000 }, { historyRows: 4_000 }],
  ];
  print(
    settings.map((options) =>
      judge(`novelty, ${JSON.stringify(options)}`, all, (series) => online(new Novelty(options))(series))
    ),
  );
}

if (import.meta.main) await benchNab(Deno.args[0] === "1");
