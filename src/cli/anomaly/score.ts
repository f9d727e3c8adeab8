/** `streamflow anomaly score`: what is unusual in a series, row by row, judged by nothing but the rows before. */
import { ALARM_SCORE } from "../../anomaly/detector.ts";
import { createDetector, DEFAULT_DETECTOR, DETECTORS, isDetectorName } from "../../anomaly/detectors.ts";
import type { DetectorName } from "../../anomaly/detectors.ts";
import { type NabScore, probationRows, scoreNab } from "../../anomaly/nab_score.ts";
import { UserError } from "../../runtime/errors.ts";
import { formatCount } from "../../runtime/progress.ts";
import { saveFile } from "../../runtime/save_file.ts";
import {
  labelledFiles,
  readLabels,
  readSeries,
  type Series,
  type SeriesOptions,
  windowsFor,
} from "../../datasets/labelled_series.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { refuseOverwriting, requireWritable } from "../files.ts";

/** Anomalies that the report lists; --json and --out have all. */
const LISTED_MAX = 20;

/** What a detector says of a series. */
interface Scored {
  readonly scores: Float64Array;
  readonly expected: readonly (number | null)[];
}

/** Rows one behind the other at or above the threshold. */
interface Anomaly {
  /** From 1, as the file's rows are numbered; of the row with the highest score, as what follows. */
  readonly row: number;
  readonly time: string;
  readonly value: number;
  readonly expected: number | null;
  readonly score: number;
  readonly rows: number;
}

/** Scores every row by those before it. */
function scoreSeries({ values, timesMs }: Series, name: DetectorName): Scored {
  const detector = createDetector(name);
  const expected: (number | null)[] = [];
  const scores = Float64Array.from(values, (value, row) => {
    const score = detector.update(value, timesMs[row]!);
    expected.push(detector.expected);
    return score;
  });
  return { scores, expected };
}

function findAnomalies(series: Series, { scores, expected }: Scored, threshold: number): Anomaly[] {
  const anomalies: Anomaly[] = [];
  for (let row = probationRows(scores.length); row < scores.length; row++) {
    if (!(scores[row]! >= threshold)) continue;
    let best = row, end = row + 1;
    for (; end < scores.length && scores[end]! >= threshold; end++) {
      if (scores[end]! > scores[best]!) best = end;
    }
    anomalies.push({
      ...{ row: series.rows[best]!, time: series.times[best]!, value: series.values[best]! },
      ...{ expected: expected[best]!, score: scores[best]!, rows: end - row },
    });
    row = end;
  }
  return anomalies;
}

function short(value: number): string {
  return String(Number(value.toPrecision(5)));
}

function words({ time, value, expected, score, rows }: Anomaly): string {
  const wanted = expected === null
    ? ""
    : value === expected
    ? ", which is usual by itself, but not here"
    : `, ${value > expected ? "above" : "below"} the ${short(expected)} that was expected`;
  const long = rows === 1 ? "" : `, the highest of ${formatCount(rows)} rows`;
  return `  ${time}  score ${score.toFixed(3)}  value ${short(value)}${wanted}${long}`;
}

function nabWords({ score, threshold, found, windows, falsePositives }: NabScore): string {
  return `${score.toFixed(2)} at threshold ${short(threshold)}: ${found} of ${windows} windows found, ` +
    `${falsePositives} false positives`;
}

/** The report of one series. */
function report(series: Series, { anomalies, threshold, name }: {
  readonly anomalies: readonly Anomaly[];
  readonly threshold: number;
  readonly name: DetectorName;
}): string[] {
  const rows = series.values.length, probation = probationRows(rows);
  const listed = [...anomalies].sort((a, b) => b.score - a.score).slice(0, LISTED_MAX)
    .sort((a, b) => a.row - b.row);
  const more = anomalies.length - listed.length;
  return [
    `${series.file}: ${formatCount(rows)} rows of '${series.column}', ${series.times[0]} to ${
      series.times[rows - 1]
    }`,
    `Detector ${name}: ${DETECTORS[name].summary}`,
    `The first ${formatCount(probation)} rows only teach; after them ${
      formatCount(anomalies.length)
    } anomalies with a score from ${threshold}`,
    ...(anomalies.length > 0 && DETECTORS[name].expects !== null
      ? [`Expected is ${DETECTORS[name].expects}`]
      : []),
    ...listed.map(words),
    ...(more > 0 ? [`  and ${formatCount(more)} with lower scores (--json or --out FILE has all)`] : []),
  ];
}

async function writeScores(path: string, series: Series, { scores, expected }: Scored): Promise<void> {
  const lines = series.values.map((value, row) =>
    `${series.times[row]},${value},${scores[row]},${expected[row] ?? ""}\n`
  );
  const text = `timestamp,value,score,expected\n${lines.join("")}`;
  await saveFile(path, new TextEncoder().encode(text), { what: "scores", flag: "--out" });
}

/** What the user asked for. */
interface Request extends SeriesOptions {
  readonly name: DetectorName;
  readonly threshold: number | undefined;
  readonly labels: string | undefined;
  readonly json: boolean;
}

async function scoreFile(
  path: string,
  { name, labels, json, ...request }: Request,
  { out, log, file }: { out: CommandContext["out"]; log: CommandContext["log"]; file: string | undefined },
): Promise<void> {
  const windows = labels === undefined ? undefined : windowsFor(await readLabels(labels), path);
  const series = await readSeries(path, request);
  for (const line of series.remarks) log.info(line);
  const scored = scoreSeries(series, name);
  const threshold = request.threshold ?? ALARM_SCORE;
  const anomalies = findAnomalies(series, scored, threshold);
  if (file !== undefined) await writeScores(file, series, scored);
  const labelled = windows && { timesMs: series.timesMs, scores: scored.scores, windows };
  const nab = labelled && {
    atThreshold: scoreNab([labelled], threshold),
    best: scoreNab([labelled]),
  };
  if (json) {
    const rows = series.values.length;
    out(JSON.stringify({
      ...{ file: series.file, column: series.column, rows, probationRows: probationRows(rows) },
      ...{ detector: name, expects: DETECTORS[name].expects, threshold, anomalies, nab },
    }));
    return;
  }
  for (const line of report(series, { anomalies, threshold, name })) out(line);
  if (nab !== undefined) {
    out(`Numenta score ${nabWords(nab.atThreshold)}`);
    out(`      at best ${nabWords(nab.best)}`);
  }
}

async function scoreFolder(
  folder: string,
  request: Request,
  { out, log }: Pick<CommandContext, "out" | "log">,
): Promise<void> {
  const { name, json } = request;
  if (request.labels === undefined) {
    throw new UserError(`${folder} is a folder: its series are scored together by their labels`, {
      hint: "name them with --labels combined_windows.json, or one series with --csv FILE",
      exitCode: 2,
    });
  }
  const labels = await readLabels(request.labels);
  const all = [];
  for (const path of await labelledFiles(folder, labels)) {
    const series = await readSeries(path, request);
    for (const line of series.remarks) log.info(line);
    const { scores } = scoreSeries(series, name);
    all.push({ file: path, scores, timesMs: series.timesMs, windows: windowsFor(labels, path) });
  }
  const total = scoreNab(all, request.threshold);
  const each = all.map((series) => ({ file: series.file, ...scoreNab([series], total.threshold) }));
  if (json) {
    out(JSON.stringify({ detector: name, series: each, total }));
    return;
  }
  const width = Math.max(...each.map(({ file }) => file.length));
  out(`${"series".padEnd(width)}   score  found  of  false`);
  for (const { file, score, found, windows, falsePositives } of each) {
    const cells = [score.toFixed(1).padStart(6), `${found}`.padStart(5), `${windows}`.padStart(2)];
    out(`${file.padEnd(width)}  ${cells.join("  ")}  ${`${falsePositives}`.padStart(5)}`);
  }
  out(`Detector ${name}, ${all.length} series: Numenta score ${nabWords(total)}`);
}

/** Scores a series, or a folder of labelled ones. */
export const anomalyScoreCommand = defineCommand({
  name: "score",
  summary: "Score every row of a series by the rows before it, and list what is unusual",
  examples: [
    "anomaly score --csv series.csv",
    "anomaly score --csv series.csv --features load --detector seasonal --out scores.csv",
    "anomaly score --csv nab/data --labels nab/combined_windows.json",
  ],
  settings: [
    ...["csv", "timestamp", "timestampFormat", "features", "decimal", "onError", "detector"] as const,
    ...["threshold", "labels", "out", "json", "quiet"] as const,
  ],
  async run(settings, { out, log }) {
    const { csv, out: file, detector = "default", labels } = settings;
    if (csv === undefined) {
      throw new UserError("anomaly score needs a series", {
        hint: "name a CSV file with --csv FILE; its first line names the columns",
        exitCode: 2,
      });
    }
    const name = detector === "default" ? DEFAULT_DETECTOR : detector;
    if (!isDetectorName(name)) throw new Error(`the settings know a detector ${name} that is not there`);
    const request = { ...settings, name };
    const isFolder = csv !== "-" && (await Deno.stat(csv).catch(() => undefined))?.isDirectory === true;
    if (file !== undefined) {
      await requireWritable({ "--out": file });
      refuseOverwriting(["--out", file], { "--csv": csv, "--labels": labels });
      if (isFolder) {
        throw new UserError("--out is for one series, and --csv names a folder", {
          hint: "name one file with --csv, or use --json",
          exitCode: 2,
        });
      }
    }
    if (isFolder) await scoreFolder(csv, request, { out, log });
    else await scoreFile(csv, request, { out, log, file });
    return 0;
  },
});
