/**
 * Makes a network of a graph that somebody else's tool wrote: a chain of dense layers and LSTMs, whatever moves of
 * axes and computed shapes are between them.
 *
 * Only what the answer depends on is followed; labels, maps and other side branches are left alone.
 */
import {
  ELEMENT,
  OnnxError,
  type OnnxModel,
  type OnnxNode,
  type OnnxPort,
  type OnnxTensor,
} from "./model.ts";
import { operate, shorten } from "./operations.ts";
import { type ImportedNetwork, networkOf, type Row, rowOf, wholeOf } from "./stage.ts";
import { countOf, listed, Surroundings, type Traced, type Value } from "./values.ts";

/** What the graph itself may leave open. */
export interface FollowOptions {
  /** Time steps, where the graph takes any number. */
  readonly steps?: number;
  /** Numbers per row or step, where the graph takes any number. */
  readonly features?: number;
}

/** A network, and what the graph says of its surroundings. */
export interface FollowedGraph extends ImportedNetwork {
  /** (I) or (T, F): the sizes of one row of the graph's input. */
  readonly shape: readonly number[];
  /** Names of the classes, where a side branch has them. */
  readonly classes: readonly string[] | null;
  /** Outputs of the graph that were left alone. */
  readonly ignored: readonly string[];
}

/** Rows that the input is imagined to have where the graph takes any number. */
const IMAGINED_ROWS = 3;
/** Most rows that a graph with a fixed batch may have. */
const FIXED_ROWS_MAX = 1024;

/**
 * The network that a graph computes.
 *
 * @throws OnnxError that names the first operation and node that is not supported
 * @throws RangeError when the network is not possible here, or over the limits
 */
export function followGraph(model: OnnxModel, options: FollowOptions = {}): FollowedGraph {
  const { input, outputs } = portsOf(model);
  const shape = shapeOf(input, options);
  const batch = typeof input.shape[0] === "number" ? input.shape[0] : IMAGINED_ROWS;
  if (batch > FIXED_ROWS_MAX) {
    throw new OnnxError(
      `Cannot follow the graph: it is made for batches of ${batch} rows; export it for any number`,
    );
  }
  const fileNumbers = model.initializers.reduce((sum, { values }) => sum + values.length, 0);
  const around = new Surroundings({ batch, opset: model.opsets.get("") ?? 1, fileNumbers });
  const values = new Map<string, Value>();
  for (const { name, type, shape, values: numbers } of model.initializers) {
    const understood = numbers.length === countOf(shape);
    values.set(
      name,
      understood
        ? { kind: "constant", shape, values: numbers }
        : { kind: "unusable", what: `constant ${shorten(name)} of element type ${type}` },
    );
  }
  const size = shape.reduce((product, one) => product * one, 1);
  const unscaled = { center: new Float64Array(0), scale: new Float64Array(0) };
  around.spend(2 * size);
  unscaled.center = new Float64Array(size);
  unscaled.scale = new Float64Array(size).fill(1);
  values.set(input.name, wholeOf(around, { kind: "input", size, ...unscaled }, [batch, ...shape]));
  for (const node of neededNodes(model.nodes, outputs)) {
    const made = operate(node, node.inputs.map((name) => inputOf(values, name, node)), around);
    node.outputs.forEach((name, i) => {
      if (name !== "") values.set(name, made[i] ?? { kind: "unusable", what: `output ${i} of ${node.op}` });
    });
  }
  const { row, used } = answerOf(around, { values, outputs, input: input.name });
  const ignored = model.outputs.map(({ name }) => name).filter((name) => !used.includes(name));
  return { ...networkOf(around, row), shape, classes: classesOf(model), ignored };
}

/**
 * The answer to one row: the first output, or all of them where each is one column of the same layer's, as tools
 * write a classifier that gives each class a name of its own.
 */
function answerOf(
  around: Surroundings,
  { values, outputs, input }: {
    readonly values: ReadonlyMap<string, Value>;
    readonly outputs: readonly string[];
    readonly input: string;
  },
): { readonly row: Row; readonly used: readonly string[] } {
  const traced = outputs.flatMap((name): [string, Traced][] => {
    const value = values.get(name);
    return value?.kind === "traced" ? [[name, value]] : [];
  });
  const [first] = traced;
  if (first === undefined || first[0] !== outputs[0]) {
    throw new OnnxError(
      `Cannot follow the graph: its output ${shorten(outputs[0]!)} does not depend on its input ${
        shorten(input)
      }`,
    );
  }
  const isColumn = ([, { place }]: [string, Traced]) => place.length === around.batch;
  const columns = traced.filter(isColumn);
  if (!isColumn(first) || columns.length < 2) return { row: rowOf(around, first[1]), used: [first[0]] };
  const used = columns.map(([name]) => name);
  const rows = columns.map(([, value]) => rowOf(around, value));
  if (rows.some(({ stage }) => stage !== rows[0]!.stage)) {
    throw new OnnxError(
      `Cannot follow the graph: its outputs ${
        listed(used.map(shorten))
      } are single numbers of several layers; one ` +
        "number, or a column for each class of one layer, is wanted",
    );
  }
  const joined = (arrayOf: (row: Row) => ArrayLike<number>) => rows.map((row) => arrayOf(row)[0]!);
  const row = {
    stage: rows[0]!.stage,
    place: Int32Array.from(joined(({ place }) => place)),
    scale: Float64Array.from(joined(({ scale }) => scale)),
    shift: Float64Array.from(joined(({ shift }) => shift)),
  };
  return { row, used };
}

function inputOf(values: ReadonlyMap<string, Value>, name: string, node: OnnxNode): Value | null {
  if (name === "") return null;
  const value = values.get(name);
  if (value === undefined) {
    throw new OnnxError(
      `Cannot follow node ${shorten(node.name)} (${shorten(node.op)}): nothing before it makes ${
        shorten(name)
      }`,
    );
  }
  return value;
}

/** One input, and the outputs that are no labels: numbers, in a map of names if need be. */
function portsOf({ inputs, outputs, initializers, nodes }: OnnxModel) {
  const constants = new Set(initializers.map(({ name }) => name));
  const [input, ...more] = inputs.filter(({ name }) => !constants.has(name));
  if (input === undefined || more.length > 0) {
    throw new OnnxError(
      input === undefined
        ? "Cannot follow the graph: it has no input"
        : `Cannot follow the graph: it has ${1 + more.length} inputs (${shorten(input.name)}, ` +
          `${shorten(more[0]!.name)}, …); one, of numbers, is wanted`,
    );
  }
  const numeric = ({ type }: OnnxPort) => type === ELEMENT.float || type === ELEMENT.double;
  const maps = new Set(nodes.filter(({ op }) => op === "ZipMap").flatMap(({ outputs }) => outputs));
  const numbers = outputs.filter(numeric);
  const found = numbers.length > 0 ? numbers : outputs.filter(({ name }) => maps.has(name)).slice(0, 1);
  if (found.length === 0 || !numeric(input)) {
    throw new OnnxError(
      "Cannot follow the graph: its input or its output are no numbers of type float or double",
    );
  }
  return { input, outputs: found.map(({ name }) => name) };
}

/** The input's shape without the batch. */
function shapeOf({ name, shape }: OnnxPort, { steps, features }: FollowOptions): number[] {
  if (shape.length !== 2 && shape.length !== 3) {
    throw new OnnxError(
      `Cannot follow the graph: its input ${
        shorten(name)
      } has ${shape.length} axes; rows, or rows of steps, are wanted`,
    );
  }
  const wanted = shape.length === 2 ? [undefined, features] : [undefined, steps, features];
  return shape.slice(1).map((size, axis) => {
    const known = typeof size === "number" ? size : wanted[axis + 1];
    if (known !== undefined && Number.isSafeInteger(known) && known > 0) return known;
    const what = shape.length === 3 && axis === 0 ? "time steps" : "features";
    throw new OnnxError(`Cannot follow the graph: it takes any number of ${what}; say how many there are`);
  });
}

/** The nodes that the outputs depend on, in their order. */
function neededNodes(nodes: readonly OnnxNode[], outputs: readonly string[]): OnnxNode[] {
  const needed = new Set(outputs);
  return nodes.toReversed().filter((node) => {
    if (!node.outputs.some((name) => name !== "" && needed.has(name))) return false;
    for (const name of node.inputs) needed.add(name);
    return true;
  }).reverse();
}

const NO_TABLE: Pick<OnnxTensor, "texts" | "values"> = { texts: [], values: [] };

/** From what makes labels of numbers: `ZipMap`, or a table behind `ArgMax`. */
function classesOf({ nodes, initializers }: OnnxModel): readonly string[] | null {
  for (const { op, attributes, inputs } of nodes) {
    if (op === "ZipMap") {
      const texts = attributes.get("classlabels_strings"), integers = attributes.get("classlabels_int64s");
      if (texts?.kind === "texts" && texts.value.length > 0) return texts.value;
      if (integers?.kind === "ints" && integers.value.length > 0) return integers.value.map(String);
    } else if (op === "ArrayFeatureExtractor") {
      const { texts, values } = initializers.find(({ name }) => name === inputs[0]) ?? NO_TABLE;
      return texts.length > 0 ? texts : values.length > 0 ? Array.from(values, String) : null;
    }
  }
  return null;
}
