/** `train --threads` by the real program: the recipe, resume with the same number alone, and limits. */
import assert from "node:assert/strict";
import { readModel } from "../../../src/models/model_file.ts";
import { runStreamflow } from "../../support/run.ts";

const flags = ["train", "--dataset", "sensors", "--limit", "3000", "--epochs", "2", "--threads"];

Deno.test("train --threads 2 gives the same bytes twice, and the model file says how many there were", async () => {
  const folder = await Deno.makeTempDir({ prefix: "streamflow-threads-" });
  try {
    const files: Uint8Array[] = [];
    for (const name of ["a.safetensors", "b.safetensors"]) {
      const { code, stderr } = await runStreamflow([...flags, "2", "--model", `${folder}/${name}`]);
      assert.equal(code, 0, stderr);
      files.push(await Deno.readFile(`${folder}/${name}`));
    }
    assert.deepEqual(files[0], files[1]);
    assert.equal(readModel(files[0]!).metadata.recipe["threads"], 2);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("train --resume wants as many threads as the checkpoint's training had", async () => {
  const folder = await Deno.makeTempDir({ prefix: "streamflow-threads-" });
  const files = ["--model", `${folder}/m.safetensors`, "--checkpoint", `${folder}/state.safetensors`];
  try {
    assert.equal((await runStreamflow([...flags, "2", ...files])).code, 0);
    const { code, stderr } = await runStreamflow([...flags, "1", ...files, "--resume"]);
    assert.equal(code, 1);
    assert.match(stderr, /another training \(threads 2, now 1\)/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("train --threads refuses no thread at all, and more than there is room for", async () => {
  for (const threads of ["0", "65", "two"]) {
    const { code, stderr } = await runStreamflow([...flags, threads]);
    assert.equal(code, 2);
    assert.match(stderr, /--threads must be a whole number from 1 to 64/);
  }
});
