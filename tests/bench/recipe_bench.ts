/**
 * How long the plain recipe takes on the real NSL-KDD, beside PyTorch and Keras on the same encoded rows: one thread
 * each, rounds interleaved, medians. Our own time has the scoring of the validation half after each epoch in it.
 *
 *     deno task bench recipe [ROUNDS [EPOCHS]]
 */
import { readNslKddTable } from "../../src/datasets/mod.ts";
import { denseRows } from "../../nn/mod.ts";
import { PLAIN_RECIPE, prepareClassifier } from "../../src/train/mod.ts";
import { Contender } from "./nn/contender.ts";
import { median, printTable } from "./report.ts";
import { findPeerPython } from "./surroundings.ts";

const FOLDER = new URL("../../../shared/data/nsl-kdd/", import.meta.url).pathname;
const FILES = [`${FOLDER}KDDTrain+.txt`, `${FOLDER}KDDTest+.txt`] as const;
const EPOCHS = 30;

/** A matrix or a vector as NumPy's file format has it, version 1.0. */
function npy(type: "<f4" | "<i8", shape: readonly number[], bytes: Uint8Array): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const head = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const padded = `${head.padEnd(Math.ceil((head.length + 11) / 64) * 64 - 11)}\n`;
  const file = new Uint8Array(10 + padded.length + bytes.length);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 255, padded.length >> 8]);
  file.set(new TextEncoder().encode(padded), 10);
  file.set(bytes, 10 + padded.length);
  return file;
}

/** Writes x.npy and y.npy: what the peers train on. */
async function writeRows(folder: string): Promise<void> {
  const read = (path: string) => readNslKddTable(path, { unknownLabel: "error" });
  const tables = { training: await read(FILES[0]), held: await read(FILES[1]) };
  const { x, labels } = prepareClassifier(tables, PLAIN_RECIPE).training;
  const numbers = Float32Array.from(denseRows(x));
  const classes = BigInt64Array.from(labels, BigInt);
  await Deno.writeFile(`${folder}/x.npy`, npy("<f4", [x.rows, x.columns], new Uint8Array(numbers.buffer)));
  await Deno.writeFile(`${folder}/y.npy`, npy("<i8", [x.rows], new Uint8Array(classes.buffer)));
}

async function openAll(folder: string): Promise<Contender[]> {
  const path = (name: string) => new URL(`./nn/${name}`, import.meta.url).pathname;
  const wanted = [{
    name: "streamflow",
    command: Deno.execPath(),
    args: ["run", "-A", path("ours_recipe.ts"), ...FILES],
  }];
  const torch = Deno.env.get("STREAMFLOW_BENCH_TORCH_PYTHON");
  if (torch === undefined) console.log("PyTorch is left out: STREAMFLOW_BENCH_TORCH_PYTHON names no Python.");
  else wanted.push({ name: "PyTorch", command: torch, args: [path("torch_peer.py"), folder] });
  const keras = await findPeerPython(["tensorflow-cpu==2.21.0"], "streamflow-bench-keras");
  if (typeof keras !== "string") console.log(`Keras is left out: ${keras.missing}`);
  else wanted.push({ name: "Keras", command: keras, args: [path("keras_peer.py"), "keras", folder] });
  const opened: Contender[] = [];
  for (const { name, ...how } of wanted) {
    const contender = await Contender.open(name, how);
    if (contender instanceof Contender) opened.push(contender);
    else console.log(`${name} is left out: ${contender.missing}`);
  }
  return opened;
}

async function benchRecipe(rounds: number, epochs: number): Promise<void> {
  if (await Deno.stat(FILES[0]).then(() => false, () => true)) {
    console.log(`NSL-KDD is left out: there is no ${FILES[0]}.`);
    return;
  }
  const folder = await Deno.makeTempDir({ prefix: "streamflow-bench-" });
  const contenders: Contender[] = [];
  try {
    await writeRows(folder);
    contenders.push(...await openAll(folder));
    const seconds = contenders.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      for (const [c, contender] of contenders.entries()) {
        seconds[c]!.push(await contender.run("recipe", epochs));
      }
    }
    console.log(
      `\nPlain recipe, ${epochs} epochs of 125,973 rows, medians of ${rounds} interleaved rounds.\n`,
    );
    const ours = median(seconds[0]!);
    printTable(
      ["", "seconds", "ours takes so many times less"],
      contenders.map(({ name }, c) => {
        const own = median(seconds[c]!);
        return [name, own.toFixed(1), (own / ours).toPrecision(3)];
      }),
    );
  } finally {
    for (const contender of contenders) await contender.close();
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const [rounds = 1, epochs = EPOCHS] = Deno.args.map(Number);
  await benchRecipe(rounds, epochs);
}
