/** Networks with LSTM layers step by step: the bits of the window, states that can be kept. */
import assert from "node:assert/strict";
import {
  backward,
  countOutputs,
  createNetwork,
  createStream,
  denseSpec,
  forward,
  type LayerSpec,
  type NetworkSpec,
  predictOne,
  Random,
  widthsOf,
} from "../../nn/mod.ts";

const lstm = (units: number): LayerSpec => ({ kind: "lstm", units });
const dense = (units: number): LayerSpec => ({ kind: "dense", units, activation: "identity" });

const SPECS: readonly NetworkSpec[] = [
  { inputs: 1, steps: 1, layers: [lstm(1), dense(1)] },
  { inputs: 3, steps: 7, layers: [lstm(5), dense(2)] },
  { inputs: 5, steps: 10, layers: [lstm(64), lstm(64), dense(1)] },
  { inputs: 2, steps: 4, layers: [lstm(6), lstm(3), lstm(9), dense(3), dense(1)] },
  {
    inputs: 2,
    steps: 5,
    layers: [{ kind: "dropout", rate: 0.5 }, lstm(4), { kind: "dropout", rate: 0.9 }, lstm(3), {
      kind: "dropout",
      rate: 0.5,
    }, dense(2)],
  },
];
const STACK = SPECS[3]!;

function draw(count: number, random: Random): Float64Array {
  return Float64Array.from({ length: count }, () => random.normal());
}

for (const spec of SPECS) {
  Deno.test(`step() of ${widthsOf(spec)} gives the bits of the window`, () => {
    for (const kernels of ["typescript", "wasm"] as const) {
      const random = new Random(1), network = createNetwork(spec, random, { kernels });
      const rows = 3, width = spec.steps * spec.inputs, outputs = countOutputs(spec);
      const x = draw(rows * width, random), all = forward(network, x, rows).slice();
      const stream = createStream(network), state = stream.createState();
      for (let row = 0; row < rows; row++) {
        state.fill(0);
        let answer: Float64Array = new Float64Array(0);
        for (let t = 0; t < spec.steps; t++) answer = stream.step(state, x, row * width + t * spec.inputs);
        assert.equal(answer.length, outputs);
        answer.forEach((value, i) => assert.ok(value === all[row * outputs + i]));
        assert.deepEqual(predictOne(network, x, row * width), all.slice(row * outputs, (row + 1) * outputs));
      }
    }
  });
}

Deno.test("step() goes on from a state that went through JSON, bit for bit", () => {
  const random = new Random(2), network = createNetwork(STACK, random), stream = createStream(network);
  const x = draw(20 * STACK.inputs, random), state = stream.createState();
  assert.equal(state.length, 2 * (6 + 3 + 9));
  const take = (into: Float64Array, from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => [...stream.step(into, x, (from + i) * STACK.inputs)]);
  take(state, 0, 8);
  const saved = JSON.stringify([...state]);
  const wanted = take(state, 8, 20);
  const other = createStream(createNetwork(STACK, new Random(2)));
  const restored = other.createState();
  restored.set(JSON.parse(saved));
  assert.deepEqual(
    wanted.map((_, i) => [...other.step(restored, x, (8 + i) * STACK.inputs)]),
    wanted,
  );
  assert.deepEqual(restored, state);
});

Deno.test("step() keeps sources apart, however their records mix", () => {
  const random = new Random(3), network = createNetwork(STACK, random), stream = createStream(network);
  const sources = 4, steps = 12, width = STACK.inputs;
  const x = draw(sources * steps * width, random);
  const place = (source: number, t: number) => (source * steps + t) * width;
  const apart = Array.from({ length: sources }, (_, source) => {
    const state = stream.createState();
    return Array.from({ length: steps }, (_, t) => stream.step(state, x, place(source, t))[0]);
  });
  const states = apart.map(() => stream.createState()), seen = apart.map(() => 0);
  for (let record = 0; record < 200; record++) {
    const source = random.integer(sources), t = seen[source]!;
    if (t === steps) continue;
    seen[source] = t + 1;
    assert.equal(stream.step(states[source]!, x, place(source, t))[0], apart[source]![t]);
  }
  assert.deepEqual(seen, apart.map(() => steps));
});

Deno.test("step() leaves what the last forward pass kept alone, and follows new parameters", () => {
  const random = new Random(4), network = createNetwork(STACK, random), rows = 3;
  const x = draw(rows * 8, random), dOutputs = draw(rows, random);
  const stream = createStream(network), state = stream.createState();
  forward(network, x, rows);
  backward(network, dOutputs, rows);
  const wanted = network.gradients.slice();
  forward(network, x, rows);
  for (let t = 0; t < 4; t++) stream.step(state, x, 2 * t);
  backward(network, dOutputs, rows);
  assert.deepEqual(network.gradients, wanted);
  network.parameters.set(draw(network.parameters.length, random));
  state.fill(0);
  for (let t = 0; t < 3; t++) stream.step(state, x, 2 * t);
  assert.equal(stream.step(state, x, 6)[0], predictOne(network, x, 0)[0]);
});

Deno.test("step() after a NaN answers NaN until the state is set again; other sources do not notice", () => {
  const network = createNetwork(STACK, new Random(5)), stream = createStream(network);
  const x = new Float64Array([0.5, -0.5, NaN, 0.1]),
    clean = stream.createState(),
    state = stream.createState();
  const first = stream.step(state, x, 0)[0]!;
  assert.ok(Number.isFinite(first));
  assert.ok(Number.isNaN(stream.step(state, x, 2)[0]));
  assert.ok(Number.isNaN(stream.step(state, x, 0)[0]));
  assert.equal(stream.step(clean, x, 0)[0], first);
  state.fill(0);
  assert.equal(stream.step(state, x, 0)[0], first);
});

Deno.test("createStream() of a network without steps has an empty state; with steps and no LSTM it is refused", () => {
  const spec = denseSpec({ inputs: 2, hidden: [3], outputs: 1, activation: "tanh" });
  const network = createNetwork(spec, new Random(1)), stream = createStream(network);
  const x = new Float64Array([1, 2, 3]), state = stream.createState();
  assert.equal(state.length, 0);
  assert.equal(stream.step(state, x, 1)[0], predictOne(network, x, 1)[0]);
  assert.throws(
    () => createStream(createNetwork({ ...spec, steps: 4 }, new Random(1))),
    /^RangeError: Cannot take one step at a time: the network has no LSTM layer and reads all 4 steps at once/,
  );
});

Deno.test("step() refuses states and inputs of lengths that do not fit, and names both", () => {
  const stream = createStream(createNetwork(STACK, new Random(1)));
  const state = stream.createState(), x = new Float64Array(4);
  assert.throws(
    () => stream.step(state.subarray(1), x, 0),
    /^RangeError: Cannot take a step: the state has 35 numbers, 36 are wanted/,
  );
  for (const start of [3, -1, NaN]) {
    assert.throws(
      () => stream.step(state, x, start),
      new RegExp(`^RangeError: Cannot take a step of 2 numbers from place ${start}: 4 numbers were given`),
    );
  }
});
