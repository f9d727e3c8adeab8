/** onnxruntime-node as a contender, one thread, float32: `node ort_node.mjs FOLDER-WITH-MODULES FOLDER-WITH-MODELS` */
import { createRequire } from "node:module";
import process from "node:process";
import { createInterface } from "node:readline";

const [modules, models] = process.argv.slice(2);
const ort = createRequire(`${modules}/package.json`)("onnxruntime-node");

async function answer(name, inputs) {
  const session = await ort.InferenceSession.create(`${models}/${name}.onnx`, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
  });
  const numbers = Float32Array.from({ length: inputs }, (_, i) => Math.sin(i));
  return async (repeats) => {
    for (let i = 0; i < repeats; i++) {
      const { y } = await session.run({ x: new ort.Tensor("float32", numbers, [1, inputs]) });
      if (y.data.length === 0) throw new Error(`${name} answered nothing`);
    }
  };
}

const work = {
  "mlp-one": await answer("mlp-one", 122),
  "sensor-one": await answer("sensor-one", 8),
  "lstm-one": await answer("lstm-one", 50),
};
console.log(JSON.stringify({ tasks: Object.keys(work) }));
for await (const line of createInterface({ input: process.stdin })) {
  const { task, repeats } = JSON.parse(line);
  const startMs = performance.now();
  await work[task](repeats);
  console.log(JSON.stringify({ seconds: (performance.now() - startMs) / 1_000 }));
}
