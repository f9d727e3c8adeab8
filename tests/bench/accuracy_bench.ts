/**
 * How good the classifier is on NSL-KDD: plain and default recipe over several seeds on the test half, beside Keras,
 * PyTorch and a random forest on the same rows. `deno task bench accuracy [SEEDS [PEERS' SEEDS]]`
 *
 * The peers' Python is installed once; where STREAMFLOW_PEER_PYTHON names one, that is taken.
 */
import { NSL_KDD_ATTACKS, NSL_KDD_CLASSES, readNslKddTable } from "../../src/datasets/mod.ts";
import {
  CLASSIFIER_RECIPES,
  type ClassifierTables,
  judgeClassifier,
  prepareClassifier,
  type RecipeName,
  splitHalves,
  trainPrepared,
} from "../../src/train/mod.ts";
import { printTable } from "./report.ts";
import { findPeerPython } from "./surroundings.ts";
import { spreadOf } from "../../src/train/loop/tune.ts";
import { finishAtOnce } from "../../src/train/loop/work.ts";

const FOLDER = new URL("../../../shared/data/nsl-kdd/", import.meta.url);
const FILES = {
  train: new URL("KDDTrain+.txt", FOLDER).pathname,
  test: new URL("KDDTest+.txt", FOLDER).pathname,
};
const PACKAGES = ["tensorflow-cpu==2.21.0", "scikit-learn==1.9.1", "numpy==2.4.6"];
const PEERS = ["RandomForest(100)", "PyTorch", "Keras"];
const SEEDS = 10;
const PEER_SEEDS = 5;

/** One training. */
interface Outcome {
  readonly accuracy: number;
  readonly macroF1: number;
  readonly seconds: number;
}

type Outcomes = Map<string, Outcome[]>;

/** Trains both recipes with the seeds 1, 2, … and whatever peers this machine has. */
async function benchAccuracy(seeds: number, peerSeeds: number): Promise<void> {
  if (await Deno.stat(FILES.train).then(() => false, () => true)) {
    console.log(`NSL-KDD is left out: there is no ${FILES.train}.`);
    return;
  }
  const read = (path: string) => readNslKddTable(path, { unknownLabel: "error" });
  const tables = { training: await read(FILES.train), held: await read(FILES.test) };
  const outcomes: Outcomes = new Map();
  for (const name of ["plain", "default"] as const) await trainOwn(tables, { name, seeds, outcomes });
  const { splitSeed } = CLASSIFIER_RECIPES.default;
  if (peerSeeds > 0) await trainPeers(tables, { seeds: peerSeeds, outcomes, splitSeed });
  console.log(
    `Test half of the split with seed ${splitSeed}: ${tables.held.rows - (tables.held.rows >> 1)} rows.\n`,
  );
  const cell = (values: readonly number[], digits: number) => {
    const { mean, sd } = spreadOf(values);
    return `${mean.toFixed(digits)} ± ${sd.toFixed(digits)}`;
  };
  printTable(
    ["", "seeds", "accuracy", "macro-F1", "seconds a training"],
    [...outcomes].map(([name, own]) => [
      name,
      String(own.length),
      cell(own.map(({ accuracy }) => accuracy), 3),
      cell(own.map(({ macroF1 }) => macroF1), 3),
      spreadOf(own.map(({ seconds }) => seconds)).mean.toFixed(1),
    ]),
  );
}

async function trainOwn(
  tables: ClassifierTables,
  { name, seeds, outcomes }: {
    readonly name: RecipeName;
    readonly seeds: number;
    readonly outcomes: Outcomes;
  },
): Promise<void> {
  const prepared = prepareClassifier(tables, CLASSIFIER_RECIPES[name]);
  const own: Outcome[] = [];
  outcomes.set(`streamflow, ${name} recipe`, own);
  for (let seed = 1; seed <= seeds; seed++) {
    const startMs = performance.now();
    const result = await trainPrepared({ ...prepared, recipe: { ...prepared.recipe, seed } });
    const seconds = (performance.now() - startMs) / 1000;
    const { accuracy, macro } = finishAtOnce(judgeClassifier(tables, result)).test.report;
    own.push({ accuracy, macroF1: macro.f1, seconds });
    console.error(`${name}, seed ${seed}: accuracy ${accuracy.toFixed(4)}, macro-F1 ${macro.f1.toFixed(4)}`);
  }
}

async function trainPeers(
  { held }: ClassifierTables,
  { seeds, outcomes, splitSeed }: {
    readonly seeds: number;
    readonly outcomes: Outcomes;
    readonly splitSeed: number;
  },
): Promise<void> {
  const python = Deno.env.get("STREAMFLOW_PEER_PYTHON") ??
    await findPeerPython(PACKAGES, "streamflow-accuracy-python");
  if (typeof python !== "string") {
    console.log(`The peers are left out: ${python.missing}.\n`);
    return;
  }
  const halves = splitHalves(held.rows, splitSeed);
  const classOf = Object.fromEntries(
    NSL_KDD_CLASSES.flatMap((name) =>
      [...NSL_KDD_ATTACKS[name].trained, ...NSL_KDD_ATTACKS[name].testOnly].map((attack) => [attack, name])
    ),
  );
  const task = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(
      task,
      JSON.stringify({
        ...FILES,
        ...{ classes: NSL_KDD_CLASSES, classOf, peers: PEERS },
        validationRows: [...halves.validation],
        testRows: [...halves.test],
        seeds: Array.from({ length: seeds }, (_, seed) => seed + 1),
      }),
    );
    const script = new URL("peer_accuracy.py", import.meta.url).pathname;
    const { success, stdout } = await new Deno.Command(python, {
      args: [script, task],
      stdin: "null",
      stderr: "inherit",
    }).output();
    if (!success) throw new Error(`${script} failed`);
    for (const line of new TextDecoder().decode(stdout).trim().split("\n")) {
      const { peer, missing, ...outcome } = JSON.parse(line) as Outcome & { peer: string; missing?: string };
      if (missing !== undefined) console.log(`${peer} is left out: ${missing}.\n`);
      else outcomes.set(peer, [...outcomes.get(peer) ?? [], outcome]);
    }
  } finally {
    await Deno.remove(task);
  }
}

if (import.meta.main) {
  const [seeds = SEEDS, peerSeeds = PEER_SEEDS] = Deno.args.map(Number);
  await benchAccuracy(seeds, peerSeeds);
}
