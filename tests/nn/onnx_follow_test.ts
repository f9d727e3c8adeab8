/** Graphs that PyTorch, Keras and scikit-learn wrote (tests/golden/onnx) give the numbers that these tools gave. */
import assert from "node:assert/strict";
import { allocateNetwork, predictOne } from "../../nn/mod.ts";
import { decodeOnnx, followGraph } from "../../nn/onnx/mod.ts";

interface GoldenCase {
  /** Of one row. */
  readonly shape: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly classes?: readonly string[];
}

const FOLDER = new URL("../golden/onnx/", import.meta.url);
const DIFFERENCE_MAX = 2e-6;

function readCases(tool: string): [string, GoldenCase][] {
  return Object.entries(JSON.parse(Deno.readTextFileSync(new URL(`${tool}.json`, FOLDER))));
}

for (
  const [name, golden] of ["torch", "keras", "sklearn"].flatMap(readCases)
) {
  Deno.test(`followGraph() of ${name}.onnx answers what the tool that wrote it answered`, () => {
    const graph = followGraph(decodeOnnx(Deno.readFileSync(new URL(`${name}.onnx`, FOLDER))));
    assert.deepEqual(graph.shape, golden.shape);
    const network = allocateNetwork(graph.spec);
    network.parameters.set(graph.parameters);
    const size = golden.shape.reduce((product, one) => product * one, 1);
    const rows = golden.x.length / size, outputs = golden.y.length / rows;
    for (let row = 0; row < rows; row++) {
      const x = Float64Array.from(
        graph.center,
        (center, i) => (golden.x[row * size + i]! - center) / graph.scale[i]!,
      );
      const answer = predictOne(network, x, 0);
      assert.equal(answer.length, outputs);
      answer.forEach((value, i) => {
        const wanted = golden.y[row * outputs + i]!;
        assert.ok(
          Math.abs(value - wanted) <= DIFFERENCE_MAX * Math.max(1, Math.abs(wanted)),
          `${value}, ${wanted}`,
        );
      });
    }
    assert.deepEqual(graph.classes, golden.classes ?? null);
  });
}
