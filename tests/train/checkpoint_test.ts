import assert from "node:assert/strict";
import { decodeCheckpoint, encodeCheckpoint, loadCheckpoint } from "../../src/train/loop/checkpoint.ts";
import type { TrainingState } from "../../src/train/loop/training_run.ts";
import { tableOf } from "./tables.ts";
import { prepareClassifier, trainPrepared } from "../../src/train/mod.ts";

const tables = { training: tableOf(80, 1), held: tableOf(40, 2) };
const prepared = prepareClassifier(tables, { hidden: [4], epochs: 2, restarts: 1 });
let state: TrainingState | undefined;
await trainPrepared(prepared, {
  onCheckpoint: (at) => {
    state = at;
    return Promise.resolve();
  },
});
const checkpoint = { identity: prepared.identity, state: state! };
const bytes = encodeCheckpoint(checkpoint);

Deno.test("a checkpoint's bytes hold all of it, and are the same for the same state", () => {
  const read = decodeCheckpoint(bytes);
  assert.deepEqual(read.state, state);
  assert.deepEqual(read.identity, JSON.parse(JSON.stringify(prepared.identity)));
  assert.deepEqual(encodeCheckpoint(checkpoint), bytes);
});

Deno.test("a checkpoint that is cut off, changed or something else is refused with one clear line", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/state.safetensors`;
    const refuses = async (content: Uint8Array | string, message: RegExp) => {
      if (typeof content === "string") await Deno.writeTextFile(path, content);
      else await Deno.writeFile(path, content);
      await assert.rejects(loadCheckpoint(path, prepared.identity), { name: "UserError", message });
    };
    await refuses(bytes.subarray(0, bytes.length - 5), /Cannot resume from .*state\.safetensors/);
    await refuses("no checkpoint", /Cannot resume from/);
    const text = new TextDecoder("latin1").decode(bytes);
    const changed = (from: string, to: string) =>
      Uint8Array.from(text.replace(from, to), (letter) => letter.charCodeAt(0));
    await refuses(changed("checkpointVersion", "checkpointVersiom"), /not one of streamflow's/);
    await refuses(changed('\\"slots\\":2', '\\"slots\\":9'), /tensor "optimizer\.2" is missing/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a state of other sizes is refused by the training that is to go on from it", async () => {
  const short = { ...state!, parameters: state!.parameters.subarray(1) };
  await assert.rejects(trainPrepared(prepared, { resumed: short }), RangeError);
});
