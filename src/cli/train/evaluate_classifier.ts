/** `streamflow evaluate` with a classifier: report, confusion matrix, baseline; as text, JSON or a page. */
import type { Settings } from "../../config/settings.ts";
import { readNslKddTable, type Table } from "../../datasets/mod.ts";
import type { ClassificationModel } from "../../models/model_file.ts";
import { UserError } from "../../runtime/errors.ts";
import { saveFile } from "../../runtime/save_file.ts";
import {
  classifyTable,
  evaluateAnswers,
  type EvaluatedSplit,
  type EvaluationFacts,
  evaluationHtml,
  evaluationJson,
  formatEvaluation,
  splitHalves,
} from "../../train/mod.ts";
import type { CommandContext, ExitCode } from "../command.ts";
import { refuseOverwriting } from "../files.ts";

/** Settings that matter to a classifier. */
export type ClassifierEvaluationSettings = Pick<
  Settings,
  "model" | "dataset" | "test" | "unknownLabel" | "split" | "seed" | "html" | "json"
>;

/** Judges the classifier on the rows that the settings name. */
export async function evaluateClassifier(
  model: ClassificationModel,
  settings: ClassifierEvaluationSettings,
  context: CommandContext,
): Promise<ExitCode> {
  const { log, out } = context;
  if (settings.html !== undefined) {
    refuseOverwriting(["--html", settings.html], { "--model": settings.model, "--test": settings.test });
  }
  const table = await readTable(settings, context);
  const split = chooseSplit(model, settings, context);
  const answers = classifyTable(model.classifier, table, rowsOf(table, split));
  const evaluation = evaluateAnswers(answers);
  const { name, version, sha256, metadata } = model;
  const facts: EvaluationFacts = {
    model: { file: settings.model, name, version, sha256 },
    rows: {
      file: table.name,
      sha256: table.sha256,
      inFile: table.rows,
      split,
      skipped: table.skipped,
      unseenValues: answers.unseenValues,
      trainedOn: table.sha256 === metadata.training.sha256,
      heldOut: table.sha256 === metadata.recipe["heldSha256"] && hasChosen(model),
    },
  };
  if (settings.html !== undefined) {
    const page = new TextEncoder().encode(evaluationHtml(evaluation, facts));
    await saveFile(settings.html, page, { what: "page", flag: "--html" });
    log.info(`page: ${settings.html}`);
  }
  if (settings.json) out(JSON.stringify(evaluationJson(evaluation, facts)));
  else for (const line of formatEvaluation(evaluation, facts)) out(line);
  return 0;
}

async function readTable(
  { dataset, test, unknownLabel }: ClassifierEvaluationSettings,
  { signal }: CommandContext,
): Promise<Table> {
  const example = "streamflow evaluate --model FILE --dataset nsl-kdd --test KDDTest+.txt";
  if (dataset !== "nsl-kdd") {
    throw new UserError(`Cannot evaluate a classifier on ${dataset}: its readings have no class`, {
      hint: example,
      exitCode: 2,
    });
  }
  if (test === undefined) {
    throw new UserError("Evaluating a classifier needs a file with known classes: --test is missing", {
      hint: example,
      exitCode: 2,
    });
  }
  const table = await readNslKddTable(test, { unknownLabel, flag: "--test", signal });
  if (table.rows === 0) throw new UserError(`Cannot evaluate on ${test}: no row of a known class is in it`);
  return table;
}

/** A half is that of the model's own training unless `--seed` names another split. */
function chooseSplit(
  { metadata }: ClassificationModel,
  { split, seed }: ClassifierEvaluationSettings,
  { origin }: CommandContext,
): EvaluatedSplit {
  if (split === "all") return { part: "all" };
  const own = metadata.recipe["splitSeed"];
  return { part: split, seed: origin["seed"] === undefined && typeof own === "number" ? own : seed };
}

/** Whether training chose its epoch or offsets by the validation half. */
function hasChosen({ metadata: { recipe } }: ClassificationModel): boolean {
  return recipe["keep"] === "best" || recipe["offsets"] === true;
}

function rowsOf(table: Table, split: EvaluatedSplit): Int32Array | null {
  if (split.part === "all") return null;
  if (table.rows < 2) {
    throw new UserError(`Cannot split ${table.name} into halves: it has ${table.rows} row`, {
      hint: "evaluate all of it with --split all",
    });
  }
  return splitHalves(table.rows, split.seed)[split.part];
}
