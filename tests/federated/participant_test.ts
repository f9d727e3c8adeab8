/** A device: its window, its learning, its head; and the moments that a federation exchanges. */
import assert from "node:assert/strict";
import { createNetwork, denseSpec, moments, Random } from "../../nn/mod.ts";
import { Learner } from "../../src/federated/participant/learner.ts";
import { fitToMoments, joinMoments, measureMoments } from "../../src/federated/participant/moments.ts";
import { Participant } from "../../src/federated/participant/participant.ts";
import { personalHead } from "../../src/federated/participant/personal_head.ts";
import { ExampleWindow } from "../../src/federated/participant/window.ts";
import { distance } from "../../src/federated/update.ts";
import { unfitted } from "../../src/models/preparation.ts";
import { federate, SMALL, waveSet } from "./sets.ts";

const spec = denseSpec({ inputs: 2, hidden: [6], outputs: 1, activation: "tanh" });
const initial = createNetwork(spec, new Random(4)).parameters.slice();

/** Examples of a plane, lifted by the device's own offset. */
function planeWindow(examples: number, offset: number): ExampleWindow {
  const window = new ExampleWindow(examples, 2), random = new Random(9);
  for (let i = 0; i < examples; i++) {
    const [a, b] = [random.normal(), random.normal()];
    window.add(new Float64Array([a, b]), 0, 0.5 * a - 0.3 * b + offset);
  }
  return window;
}

Deno.test("a window keeps the last examples, in their order", () => {
  const window = new ExampleWindow(3, 2);
  assert.deepEqual([...window.inOrder()], []);
  for (let i = 1; i <= 5; i++) window.add(new Float64Array([0, i, 10 * i]), 1, -i);
  assert.equal(window.count, 3);
  const inOrder = [...window.inOrder()];
  assert.deepEqual(inOrder.map((place) => window.targets[place]), [-3, -4, -5]);
  assert.deepEqual(inOrder.map((place) => window.inputs[2 * place + 1]), [30, 40, 50]);
});

Deno.test("learning does not depend on whom the learner served before", () => {
  const window = planeWindow(100, 0);
  const learn = (learner: Learner) => learner.learn(window, { from: initial, random: new Random(1) });
  const busy = new Learner(spec, SMALL);
  busy.learn(planeWindow(50, 7), { from: initial.map((weight) => -weight), random: new Random(5) });
  busy.predict(initial, new Float64Array(20));
  assert.deepEqual(learn(busy), learn(new Learner(spec, SMALL)));
});

Deno.test("FedProx's term holds a device back, the more the larger it is", () => {
  const learner = new Learner(spec, { ...SMALL, epochs: 5, optimizer: "sgd" });
  const moved = (proximal: number) =>
    distance(
      learner.learn(planeWindow(100, 2), { from: initial, random: new Random(1), proximal }).weights,
      initial,
    );
  const [free, held, bound] = [0, 1, 8].map(moved);
  assert.ok(free! > held! && held! > bound!, `${free} ${held} ${bound}`);
});

Deno.test("flipped labels are learned the other way round", () => {
  const learner = new Learner(spec, { ...SMALL, epochs: 30 });
  const predictAt = (targetFactor: number) => {
    const { weights } = learner.learn(planeWindow(200, 0), {
      from: initial,
      random: new Random(1),
      targetFactor,
    });
    return learner.predict(weights, new Float64Array([1, -1]))[0]!;
  };
  assert.ok(predictAt(1) > 0.5 && predictAt(-1) < -0.5);
});

Deno.test("a head of its own takes up what is special to a device, and stays the global one where nothing is", () => {
  const learner = new Learner(spec, { ...SMALL, epochs: 60 });
  const { weights } = learner.learn(planeWindow(400, 0), { from: initial, random: new Random(1) });
  const errorOf = (head: Float64Array, window: ExampleWindow) => {
    const answers = learner.predict(head, window.inputs);
    return answers.reduce((sum, answer, i) => sum + (answer - window.targets[i]!) ** 2, 0) / window.count;
  };
  const lifted = planeWindow(300, 1.5);
  const head = personalHead(learner, lifted, weights);
  assert.ok(errorOf(head, lifted) < 0.1 * errorOf(weights, lifted));
  // Only the last layer is its own.
  const body = learner.network.tensors.at(-2)!.offset;
  assert.deepEqual(head.slice(0, body), weights.slice(0, body));
  assert.equal(personalHead(learner, planeWindow(20, 1.5), weights), weights);
});

Deno.test("what a device sends: weights, a count, a loss; as many bytes whatever it has seen", () => {
  const federation = federate(waveSet(2, 300));
  const learner = new Learner(federation.spec, SMALL);
  const { parameters } = createNetwork(federation.spec, new Random(1));
  const participant = new Participant({
    ...{ device: "a", learner, preparation: federation.preparation, weights: parameters.slice() },
    ...{ windowLength: 100, random: new Random(2) },
  });
  assert.equal(participant.learn(), null);
  const { learning } = federation.devices[0]!;
  participant.adopt(parameters.slice(), 4);
  const errors = participant.observe(learning, { from: 0, to: 150 });
  assert.equal(errors.count, 150);
  assert.ok(errors.model > 0 && errors.lastValue > 0);
  const update = participant.learn()!;
  assert.deepEqual(Object.keys(update).sort(), ["device", "metrics", "numExamples", "round", "weights"]);
  assert.deepEqual([update.round, update.numExamples, update.weights.length], [4, 100, parameters.length]);
  assert.deepEqual(Object.keys(update.metrics!), ["loss"]);
  // It predicts better now, on what it has not seen.
  const after = participant.observe(learning, { from: 150, to: learning.count });
  assert.ok(after.model / after.lastValue < errors.model / errors.lastValue);
});

Deno.test("joined moments are those of all examples together", () => {
  const { devices, preparation } = federate(waveSet(4, 200));
  const parts = devices.map(({ learning }, i) => measureMoments(learning, 20 + 10 * i));
  const joined = joinMoments([measureMoments(devices[0]!.learning, 0), ...parts])!;
  assert.equal(joined.count, 20 + 30 + 40 + 50);
  const width = joined.means.length - 1;
  for (let column = 0; column < width; column++) {
    const all = devices.flatMap(({ learning }, i) =>
      Array.from({ length: 20 + 10 * i }, (_, row) => learning.inputs[row * width + column]!)
    );
    const { mean, sd } = moments(Float64Array.from(all));
    assert.ok(Math.abs(joined.means[column]! - mean) < 1e-12);
    assert.ok(Math.abs(Math.sqrt(joined.squares[column]! / joined.count) - sd) < 1e-12);
  }
  assert.equal(joinMoments([]), null);
  const raw = unfitted(preparation);
  const fitted = fitToMoments(joined, { ...raw, kind: "values" });
  assert.notEqual(fitted.center[0], 0);
  assert.ok(fitToMoments(joined, raw).center.every((center) => center === 0));
});
