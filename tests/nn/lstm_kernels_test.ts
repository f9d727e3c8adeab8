/** The LSTM cell and Adam as kernels: the same bits in WebAssembly, and the right numbers. */
import assert from "node:assert/strict";
import type { Kernels, LstmStep, LstmStepGradient } from "../../nn/kernels/kernels.ts";
import { createKernels } from "../../nn/kernels/create.ts";
import { Random } from "../../nn/random.ts";

const SIZES = [1, 2, 3, 5, 7, 8, 15, 16, 17, 33];
/** Where the step's numbers begin in their arrays. */
const START = 5;

function assertSame(actual: Float64Array, expected: Float64Array, what: string): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((number, i) => {
    if (!Object.is(actual[i], number)) assert.fail(`${what}: [${i}] ${actual[i]} !== ${number}`);
  });
}

/** So many random numbers from START on, NaN around them; by seed, so that all kernels get the same ones. */
function numbers(kernels: Kernels, length: number, seed: number): Float64Array {
  const random = new Random(seed), array = kernels.allocate(length + 2 * START).fill(NaN);
  for (let i = START; i < START + length; i++) array[i] = random.uniform(-3, 3);
  return array;
}

interface Shape {
  readonly rows: number;
  readonly units: number;
}

function forwardStep(kernels: Kernels, { rows, units }: Shape): LstmStep {
  const count = rows * units;
  return {
    ...{ rows, units },
    ...{ gates: numbers(kernels, 4 * count, 1), gatesStart: START },
    ...{ cellBefore: numbers(kernels, count, 2), cellBeforeStart: START },
    ...{ cell: numbers(kernels, count, 3), cellStart: START },
    ...{ cellTanh: numbers(kernels, count, 4), cellTanhStart: START },
    ...{ hidden: numbers(kernels, count, 5), hiddenStart: START },
  };
}

function backwardStep(kernels: Kernels, forward: LstmStep): LstmStepGradient {
  const { rows, units } = forward;
  return {
    ...forward,
    ...{ dHidden: numbers(kernels, rows * units, 6), dHiddenStart: START },
    ...{ dCell: numbers(kernels, rows * units, 7), dCellStart: START },
    ...{ dGates: numbers(kernels, 4 * rows * units, 8), dGatesStart: START },
  };
}

Deno.test("lstmStep() and lstmStepBackward() give the same bits in WebAssembly, and write nothing else", () => {
  const plain = createKernels("typescript"), fast = createKernels("wasm");
  for (const rows of [1, 2, 3, 8]) {
    for (const units of SIZES) {
      const [expected, actual] = [plain, fast].map((kernels) => {
        const forward = forwardStep(kernels, { rows, units });
        kernels.lstmStep(forward);
        const backward = backwardStep(kernels, forward);
        kernels.lstmStepBackward(backward);
        return { ...forward, ...backward };
      });
      for (const name of ["gates", "cellBefore", "cell", "cellTanh", "hidden", "dCell", "dGates"] as const) {
        assertSame(actual![name], expected![name], `${name} ${rows}×${units}`);
      }
    }
  }
});

Deno.test("lstmStep() may write c over the cell before, lstmStepBackward() the gradients over the gates", () => {
  const fast = createKernels("wasm"), plain = createKernels("typescript");
  for (const kernels of [plain, fast]) {
    for (const units of [1, 4, 7]) {
      const [apart, over] = [0, 1].map(() => forwardStep(kernels, { rows: 3, units }));
      kernels.lstmStep(apart!);
      kernels.lstmStep({ ...over!, cell: over!.cellBefore });
      assertSame(over!.cellBefore, apart!.cell, "cell");
      assertSame(over!.hidden, apart!.hidden, "hidden");
      const [backApart, backOver] = [0, 1].map(() => {
        const forward = forwardStep(kernels, { rows: 3, units });
        kernels.lstmStep(forward);
        return backwardStep(kernels, forward);
      });
      kernels.lstmStepBackward(backApart!);
      kernels.lstmStepBackward({ ...backOver!, dGates: backOver!.gates });
      assertSame(backOver!.gates, backApart!.dGates, "dGates");
    }
  }
});

Deno.test("lstmStep() passes NaN and Infinity on in WebAssembly as in TypeScript", () => {
  const plain = createKernels("typescript"), fast = createKernels("wasm");
  const special = [NaN, Infinity, -Infinity, 0, -0, 800, -800, 1e-300];
  const [expected, actual] = [plain, fast].map((kernels) => {
    const step = forwardStep(kernels, { rows: 1, units: special.length });
    for (let gate = 0; gate < 4; gate++) {
      special.forEach((_, i) => {
        step.gates[START + gate * special.length + i] = special[(i + gate) % special.length]!;
      });
    }
    step.cellBefore.set(special, START);
    kernels.lstmStep(step);
    return step;
  });
  for (const name of ["gates", "cell", "cellTanh", "hidden"] as const) {
    assertSame(actual![name], expected![name], name);
  }
});

Deno.test("lstmStepBackward() is the derivative of lstmStep()", () => {
  const kernels = createKernels("typescript");
  const shape = { rows: 2, units: 3 }, count = shape.rows * shape.units, h = 1e-6;
  const random = new Random(9);
  const [byHidden, byCell] = [0, 1].map(() => Array.from({ length: count }, () => random.uniform(-1, 1)));
  /** A loss that is linear in h and c, after changing one of the inputs. */
  const loss = (name: "gates" | "cellBefore", index: number, change: number) => {
    const step = forwardStep(kernels, shape);
    step[name][START + index]! += change;
    kernels.lstmStep(step);
    return byHidden!.reduce(
      (sum, weight, i) => sum + weight * step.hidden[START + i]! + byCell![i]! * step.cell[START + i]!,
      0,
    );
  };
  const forward = forwardStep(kernels, shape);
  kernels.lstmStep(forward);
  const backward = backwardStep(kernels, forward);
  backward.dHidden.set(byHidden!, START);
  backward.dCell.set(byCell!, START);
  kernels.lstmStepBackward(backward);
  for (const [name, gradients] of [["gates", backward.dGates], ["cellBefore", backward.dCell]] as const) {
    for (let i = 0; i < (name === "gates" ? 4 : 1) * count; i++) {
      const slope = (loss(name, i, h) - loss(name, i, -h)) / (2 * h);
      assert.ok(Math.abs(slope - gradients[START + i]!) < 1e-8, `${name} [${i}]`);
    }
  }
});

for (const decay of [0, 0.01]) {
  Deno.test(`adamStep() gives the same bits in WebAssembly over 100 steps, decay ${decay}`, () => {
    for (const length of [1, 2, 7, 16, 33]) {
      const [expected, actual] = ["typescript", "wasm"].map((name) => {
        const kernels = createKernels(name as Kernels["name"]);
        const random = new Random(3);
        const [parameters, gradients, first, second] = [0, 1, 2, 3].map(() => kernels.allocate(length)) as [
          Float64Array,
          Float64Array,
          Float64Array,
          Float64Array,
        ];
        for (let i = 0; i < length; i++) parameters[i] = random.uniform(-1, 1);
        for (let t = 1; t <= 100; t++) {
          for (let i = 0; i < length; i++) {
            gradients[i] = i === 6 ? 0 : random.uniform(-1, 1) * 10 ** (i % 5 - 2);
          }
          const correction = Math.sqrt(1 - 0.999 ** t);
          kernels.adamStep({
            ...{ parameters, gradients, first, second, beta1: 0.9, rest1: 1 - 0.9, beta2: 0.999 },
            ...{
              rest2: 1 - 0.999,
              rate: 0.01 * correction / (1 - 0.9 ** t),
              epsilon: 1e-8 * correction,
              decay,
            },
          });
        }
        return { parameters, first, second };
      });
      for (const name of ["parameters", "first", "second"] as const) {
        assertSame(actual![name], expected![name], `${name} of ${length}`);
      }
    }
  });
}

Deno.test("adamStep() takes the decay's share off before the step, and nothing without decay", () => {
  for (const kernels of [createKernels("typescript"), createKernels("wasm")]) {
    const [parameters, gradients, first, second] = [0, 1, 2, 3].map(() => kernels.allocate(1)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const step = {
      ...{ parameters, gradients, first, second, beta1: 0.9, rest1: 0.1, beta2: 0.999, rest2: 0.001 },
      ...{ rate: 0.1, epsilon: 1e-8 },
    };
    parameters[0] = 2;
    kernels.adamStep(step);
    assert.equal(parameters[0], 2);
    kernels.adamStep({ ...step, decay: 0.25 });
    assert.equal(parameters[0], 1.5);
  }
});
