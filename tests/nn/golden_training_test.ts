/** The same numbers as PyTorch and Keras: tests/golden/nn/networks_torch.py and networks_keras.py made them. */
import assert from "node:assert/strict";
import {
  allocateNetwork,
  backward,
  createLoss,
  createOptimizer,
  forward,
  type LossName,
  type LossOptions,
  type NetworkSpec,
  type OptimizerName,
  type OptimizerOptions,
  widthsOf,
} from "../../nn/mod.ts";

interface GoldenCase {
  readonly spec: NetworkSpec;
  readonly loss: LossName;
  readonly lossOptions: LossOptions;
  readonly rows: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly parameters: readonly number[];
  readonly outputs: readonly number[];
  readonly lossValue: number;
  readonly gradients: readonly number[];
  readonly curves: Readonly<Record<string, readonly number[]>>;
}

interface Golden {
  readonly optimizers: Readonly<
    Record<string, { readonly name: OptimizerName; readonly options: Omit<OptimizerOptions, "length"> }>
  >;
  readonly cases: readonly GoldenCase[];
}

const RELATIVE_ERROR_MAX = 1e-10;

function read(file: string): Golden {
  return JSON.parse(Deno.readTextFileSync(new URL(`../golden/nn/${file}`, import.meta.url)));
}

/** Relative to the larger of the two; numbers near 0 relative to the largest of all. */
function assertClose(found: ArrayLike<number>, wanted: readonly number[], what: string): void {
  assert.equal(found.length, wanted.length);
  const floor = 1e-3 * wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  wanted.forEach((value, i) => {
    const error = Math.abs(found[i]! - value);
    const allowed = RELATIVE_ERROR_MAX * Math.max(Math.abs(value), floor);
    assert.ok(error <= allowed, `${what} ${i}: ${found[i]}, ${value} is wanted`);
  });
}

/** The case's network, loss and numbers, and one pass forward and back through them. */
function set(one: GoldenCase, kernels: "fastest" | "typescript") {
  const network = allocateNetwork(one.spec, { kernels });
  assert.equal(network.parameters.length, one.parameters.length);
  network.parameters.set(one.parameters);
  const loss = createLoss(one.loss, one.lossOptions);
  const x = Float64Array.from(one.x), y = Float64Array.from(one.y);
  const dOutputs = new Float64Array(one.outputs.length);
  const run = () => forward(network, x, one.rows, { logits: loss.takes === "logits" });
  const pass = () => {
    const value = loss.gradient(run(), y, dOutputs);
    backward(network, dOutputs, one.rows);
    return value;
  };
  return { network, loss, y, run, pass };
}

for (
  const [cases, software] of ["training", "lstm"].flatMap((cases) => [[cases, "torch"], [cases, "keras"]])
) {
  const golden = read(`${cases}_${software}.json`);
  for (const one of golden.cases) {
    const title = `${widthsOf(one.spec)} ${one.loss} ${JSON.stringify(one.lossOptions)}`;

    Deno.test(`outputs, loss and gradients of ${title} are those of ${software}`, () => {
      const { network, loss, y, run, pass } = set(one, "fastest");
      assertClose(run(), one.outputs, "output");
      assertClose([loss.value(run(), y), pass()], [one.lossValue, one.lossValue], "loss");
      assertClose(network.gradients, one.gradients, "gradient");
    });

    for (const [name, curve] of Object.entries(one.curves)) {
      Deno.test(`the first losses of ${title} under ${name} are those of ${software}`, () => {
        const settings = golden.optimizers[name]!;
        for (const kernels of ["fastest", "typescript"] as const) {
          const { network, pass } = set(one, kernels);
          const optimizer = createOptimizer(settings.name, {
            length: network.parameters.length,
            kernels: network.kernels,
            ...settings.options,
          });
          const found = curve.map(() => {
            const value = pass();
            optimizer.step(network.parameters, network.gradients);
            return value;
          });
          assertClose(found, curve, `loss with ${network.kernels.name} kernels at step`);
        }
      });
    }
  }
}
