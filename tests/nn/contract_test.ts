/**
 * What holds for every layer, loss and optimizer: it leaves its inputs alone, gives the same bits from the same seed
 * and with any kernels, goes on bit for bit from what was saved, and refuses lengths by naming both.
 *
 * A new layer, loss or optimizer gets a line in NETWORKS, LOSSES or OPTIMIZERS.
 */
import assert from "node:assert/strict";
import {
  type Activation,
  backward,
  countOutputs,
  createLoss,
  createNetwork,
  createOptimizer,
  decodeSafetensors,
  encodeSafetensors,
  forward,
  type LayerSpec,
  type LossName,
  type LossOptions,
  networkFromTensors,
  type NetworkSpec,
  type OptimizerName,
  type OptimizerOptions,
  predictOne,
  Random,
  tensorsOf,
} from "../../nn/mod.ts";

const ROWS = 5;
const dense = (units: number, activation: Activation = "identity"): LayerSpec => ({
  kind: "dense",
  units,
  activation,
});

const NETWORKS: Readonly<Record<string, NetworkSpec>> = {
  "dense identity": { inputs: 6, steps: 1, layers: [dense(4), dense(3)] },
  "dense relu": { inputs: 6, steps: 1, layers: [dense(7, "relu"), dense(3)] },
  "dense tanh": { inputs: 2, steps: 3, layers: [dense(5, "tanh"), dense(2, "tanh")] },
  "dense sigmoid": { inputs: 6, steps: 1, layers: [dense(5, "sigmoid"), dense(2, "sigmoid")] },
  "dense softmax": { inputs: 6, steps: 1, layers: [dense(5, "softmax")] },
  "lstm": {
    inputs: 2,
    steps: 3,
    layers: [
      { kind: "lstm", units: 5 },
      { kind: "dropout", rate: 0.3 },
      { kind: "lstm", units: 3 },
      dense(2),
    ],
  },
  "dropout": { inputs: 6, steps: 1, layers: [dense(8), { kind: "dropout", rate: 0.4 }, dense(2)] },
};
const LOSSES: readonly (readonly [name: LossName, options?: LossOptions])[] = [
  ["mse"],
  ["mae"],
  ["huber", { delta: 0.5 }],
  ["crossEntropy", { classes: 4 }],
  ["crossEntropy", { classes: 4, classWeights: [1, 0, 3, 0.5], labelSmoothing: 0.1 }],
  ["binaryCrossEntropy"],
  ["binaryCrossEntropy", { labelSmoothing: 0.1 }],
];
const OPTIMIZERS: readonly (readonly [name: OptimizerName, options?: Partial<OptimizerOptions>])[] = [
  ["sgd"],
  ["sgd", { nesterov: true }],
  ["adam"],
  ["adamw", { weightDecay: 0.2 }],
  ["rmsprop"],
  ["rmsprop", { momentum: 0.8 }],
];

type KernelsWanted = "fastest" | "typescript";

/** A layer, loss or optimizer at work. */
interface Piece {
  /** Inputs for one round. */
  draw(random: Random): Float64Array[];
  /** Copies of all that one round with these inputs wrote. */
  round(inputs: readonly Float64Array[]): Float64Array[];
  /** What would go into a file, and a new piece that goes on from it. */
  save(): Piece;
  /** Calls with lengths that do not fit, each with both lengths. */
  readonly misfits: readonly (readonly [call: () => void, found: number, wanted: number])[];
}

/** As JSON keeps it; arrays of numbers apart, which go into a file as they are. */
function throughJson<T>(state: T): T {
  const arrays: Float64Array[] = [];
  const text = JSON.stringify(state, (_, value) => {
    if (!(value instanceof Float64Array)) return value;
    return { array: arrays.push(value.slice()) - 1 };
  });
  return JSON.parse(text, (_, value) => typeof value?.array === "number" ? arrays[value.array] : value);
}

function normals(length: number, random: Random): Float64Array {
  return Float64Array.from({ length }, () => random.normal());
}

function lossPiece(name: LossName, options: LossOptions = {}): Piece {
  const loss = createLoss(name, options), classes = options.classes ?? 4, wanted = ROWS * classes;
  const targetsOf: Record<LossName, (random: Random) => Float64Array> = {
    mse: (random) => normals(wanted, random),
    mae: (random) => normals(wanted, random),
    huber: (random) => normals(wanted, random),
    crossEntropy: (random) => Float64Array.from({ length: ROWS }, () => random.integer(classes)),
    binaryCrossEntropy: (random) => Float64Array.from({ length: wanted }, () => random.uniform()),
  };
  const outputs = new Float64Array(wanted), targets = targetsOf[name](new Random(1));
  const short = targets.subarray(1), empty = new Float64Array(0), dOutputs = new Float64Array(wanted - 1);
  return {
    draw: (random) => [normals(wanted, random), targetsOf[name](random)],
    round([given, expected]) {
      const slopes = new Float64Array(wanted);
      const value = loss.gradient(given!, expected!, slopes);
      assert.equal(loss.value(given!, expected!), value);
      return [Float64Array.of(value), slopes];
    },
    save: () => lossPiece(loss.name, throughJson(options)),
    misfits: [
      [() => loss.value(outputs, short), short.length, wanted],
      [() => loss.gradient(outputs, short, new Float64Array(wanted)), short.length, wanted],
      [() => loss.gradient(outputs, targets, dOutputs), wanted - 1, wanted],
      [() => loss.value(empty, targets), 0, targets.length],
    ],
  };
}

function optimizerPiece(
  [name, options = {}]: (typeof OPTIMIZERS)[number],
  { seed, kernels }: { readonly seed: number; readonly kernels: KernelsWanted },
): Piece {
  // The parameters of a network: there the kernels have them in their own memory.
  const network = createNetwork(NETWORKS["dense tanh"]!, new Random(seed), { kernels });
  const { parameters, gradients } = network, length = parameters.length;
  const make = (size: number) =>
    createOptimizer(name, { ...options, length: size, kernels: network.kernels });
  const optimizer = make(length), other = make(length - 1);
  const longer = new Float64Array(length + 2);
  return {
    draw: (random) => [normals(length, random)],
    round([given]) {
      gradients.set(given!);
      optimizer.step(parameters, gradients);
      assert.deepEqual(gradients.slice(), given);
      return [parameters.slice(), ...optimizer.state().slots];
    },
    save() {
      const given = optimizer.state(), state = throughJson(given), saved = parameters.slice();
      optimizer.step(saved.slice(), gradients);
      assert.deepEqual(given, state); // a copy, which later steps leave alone
      const next = createNetwork(network.spec, new Random(seed + 1), { kernels });
      next.parameters.set(saved);
      const heir = createOptimizer(name, { ...options, length, kernels: next.kernels });
      heir.restore(state);
      for (const slot of state.slots) slot.fill(NaN);
      return {
        ...this,
        round([given]) {
          heir.step(next.parameters, given!);
          return [next.parameters.slice(), ...heir.state().slots];
        },
      };
    },
    misfits: [
      [() => optimizer.step(longer, gradients), length + 2, length],
      [() => optimizer.step(parameters, longer), length + 2, length],
      [() => optimizer.restore(other.state()), length - 1, length],
    ],
  };
}

function networkPiece(
  spec: NetworkSpec,
  { seed, kernels, network = createNetwork(spec, new Random(seed), { kernels }), chance = new Random(seed) }:
    {
      readonly seed: number;
      readonly kernels: KernelsWanted;
      readonly network?: ReturnType<typeof createNetwork>;
      readonly chance?: Random;
    },
): Piece {
  const width = spec.steps * spec.inputs, outputs = countOutputs(spec);
  const x = new Float64Array(ROWS * width), slopes = new Float64Array(ROWS * outputs);
  return {
    draw: (random) => [normals(ROWS * width, random), normals(ROWS * outputs, random)],
    round([given, dOutputs]) {
      const one = predictOne(network, given!, width).slice();
      const inference = forward(network, given!, ROWS).slice();
      const logits = forward(network, given!, ROWS, { logits: true }).slice();
      const training = forward(network, given!, ROWS, { random: chance }).slice();
      backward(network, dOutputs!, ROWS);
      return [one, inference, logits, training, network.gradients.slice()];
    },
    save() {
      const file = decodeSafetensors(encodeSafetensors({ tensors: tensorsOf(network), metadata: {} }));
      const after = new Random(0);
      after.restore(throughJson(chance.state()));
      const next = networkFromTensors(throughJson(network.spec), file.tensors, { kernels });
      return networkPiece(spec, { seed, kernels, network: next, chance: after });
    },
    misfits: [
      [() => forward(network, x.subarray(1), ROWS), x.length - 1, width],
      [() => predictOne(network, x.subarray(1, width), 0), width - 1, width],
      [
        () => {
          forward(network, x, ROWS);
          backward(network, slopes.subarray(1), ROWS);
        },
        slopes.length - 1,
        outputs,
      ],
    ],
  };
}

interface Subject {
  readonly title: string;
  make(seed: number, kernels: KernelsWanted): Piece;
}

const SUBJECTS: readonly Subject[] = [
  ...LOSSES.map(([name, options]): Subject => ({
    title: `loss ${name} ${JSON.stringify(options ?? {})}`,
    make: () => lossPiece(name, options),
  })),
  ...OPTIMIZERS.map((one): Subject => ({
    title: `optimizer ${one[0]} ${JSON.stringify(one[1] ?? {})}`,
    make: (seed, kernels) => optimizerPiece(one, { seed, kernels }),
  })),
  ...Object.entries(NETWORKS).map(([title, spec]): Subject => ({
    title: `layer ${title}`,
    make: (seed, kernels) => networkPiece(spec, { seed, kernels }),
  })),
];

/** The bits, so that 0 is not −0. */
function bits(arrays: readonly Float64Array[]): bigint[][] {
  return arrays.map((array) => [...new BigUint64Array(array.slice().buffer)]);
}

function rounds(piece: Piece, random: Random, count: number): bigint[][][] {
  return Array.from({ length: count }, () => bits(piece.round(piece.draw(random))));
}

for (const { title, make } of SUBJECTS) {
  Deno.test(`${title} leaves its inputs as they are`, () => {
    const piece = make(1, "fastest"), random = new Random(2);
    for (let round = 0; round < 3; round++) {
      const inputs = piece.draw(random), before = bits(inputs);
      piece.round(inputs);
      assert.deepEqual(bits(inputs), before);
    }
  });

  Deno.test(`${title} gives the same bits from the same seed, with any kernels`, () => {
    const [first, second, plain] = (["fastest", "fastest", "typescript"] as const).map((kernels) =>
      rounds(make(1, kernels), new Random(2), 4)
    );
    assert.deepEqual(second, first);
    assert.deepEqual(plain, first);
    assert.notDeepEqual(rounds(make(1, "fastest"), new Random(3), 4), first);
  });

  Deno.test(`${title} goes on from what was saved, bit for bit`, () => {
    for (const kernels of ["fastest", "typescript"] as const) {
      const whole = rounds(make(1, kernels), new Random(2), 6);
      const random = new Random(2), piece = make(1, kernels);
      const before = rounds(piece, random, 3), heir = piece.save();
      piece.round(piece.draw(new Random(4)));
      assert.deepEqual([...before, ...rounds(heir, random, 3)], whole);
    }
  });

  Deno.test(`${title} refuses lengths that do not fit and names both`, () => {
    for (const [call, found, wanted] of make(1, "fastest").misfits) {
      assert.throws(call, (error: unknown) => {
        assert.ok(error instanceof RangeError);
        for (const length of [found, wanted]) assert.match(error.message, new RegExp(`\\b${length}\\b`));
        return true;
      });
    }
  });
}
