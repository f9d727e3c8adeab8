// deno-lint-ignore-file no-explicit-any -- the library is loaded at run time, without its types
/** TensorFlow.js as a contender, in a process of its own: `deno run -A --no-config tfjs.ts wasm|cpu`. */
import { serve } from "./serve.ts";
import { LSTM, MLP, SENSOR } from "./tasks.ts";

const backend = Deno.args[0]!;
const version = "4.22.0";
const load = (name: string): Promise<any> => import(`npm:@tensorflow/${name}@${version}`);
const tf = await load("tfjs");
const layers = tf;
if (backend === "wasm") {
  const { setWasmPaths } = await load("tfjs-backend-wasm");
  const core = import.meta.resolve(`npm:@tensorflow/tfjs-backend-wasm@${version}/package.json`);
  setWasmPaths(new URL("./dist/", core).href);
}
await tf.setBackend(backend);
await tf.ready();

function dense(shape: { inputs: number; hidden: readonly number[]; outputs: number }, last: string): any {
  const model = layers.sequential();
  shape.hidden.forEach((units, l) =>
    model.add(
      layers.layers.dense({ units, activation: "relu", ...(l === 0 ? { inputShape: [shape.inputs] } : {}) }),
    )
  );
  model.add(layers.layers.dense({ units: shape.outputs, activation: last }));
  return model;
}

const mlp = dense(MLP, "softmax");
mlp.compile({ optimizer: tf.train.adam(0.001), loss: "sparseCategoricalCrossentropy" });
const sensor = dense(SENSOR, "linear");
const lstm = layers.sequential();
lstm.add(layers.layers.lstm({ units: 64, returnSequences: true, inputShape: [LSTM.steps, LSTM.inputs] }));
lstm.add(layers.layers.lstm({ units: 64 }));
lstm.add(layers.layers.dense({ units: 1 }));
lstm.compile({ optimizer: tf.train.adam(0.001), loss: "meanSquaredError" });

const mlpX = tf.randomNormal([64, MLP.inputs]);
const mlpY = tf.tensor1d(Array.from({ length: 64 }, (_, i) => i % 5), "float32");
const lstmX = tf.randomNormal([32, LSTM.steps, LSTM.inputs]), lstmY = tf.randomNormal([32, 1]);

async function train(model: any, [x, y]: readonly [any, any], repeats: number): Promise<void> {
  for (let i = 0; i < repeats; i++) await model.trainOnBatch(x, y);
}

/** From an array to an array, as a record comes and goes. */
function answer(model: any, shape: readonly number[], repeats: number): void {
  const numbers = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i));
  for (let i = 0; i < repeats; i++) {
    tf.tidy(() => model.predict(tf.tensor(numbers, [1, ...shape])).dataSync());
  }
}

await serve({
  "mlp-train": (repeats) => train(mlp, [mlpX, mlpY], repeats),
  "mlp-one": (repeats) => answer(mlp, [MLP.inputs], repeats),
  "sensor-one": (repeats) => answer(sensor, [SENSOR.inputs], repeats),
  "lstm-train": (repeats) => train(lstm, [lstmX, lstmY], repeats),
  "lstm-one": (repeats) => answer(lstm, [LSTM.steps, LSTM.inputs], repeats),
});
