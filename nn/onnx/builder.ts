/** Puts a graph together, node by node; values are known by their names. */
import {
  ELEMENT,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxPort,
  type OnnxTensor,
} from "./model.ts";

/** What a node has beside its inputs. */
export interface NodeOptions {
  /** Empty for ONNX's own operations. Default: "". */
  readonly domain?: string;
  /** Integers where they are numbers; floats are said to be so. */
  readonly attributes?: Readonly<Record<string, number | string | readonly number[] | OnnxAttribute>>;
  /** Name of the output, and of the node. Default: a new one. */
  readonly name?: string;
  /** Which of the node's outputs is taken. Default: 0. */
  readonly output?: number;
}

/** What a model says beside its graph. */
export interface ModelOptions {
  /** Name of the graph. */
  readonly name: string;
  /** Who writes it. */
  readonly producer: string;
  /** Version of the writer. */
  readonly producerVersion: string;
  /** Free text beside the graph. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** Version of the file format that is written: every onnxruntime since 1.10 reads it. */
const IR_VERSION = 8;
/** Version of ONNX's own operations. */
const OPSET = 17;
/** Version of the operations of `ai.onnx.ml`. */
const OPSET_ML = 3;

/** A graph in the making. */
export class GraphBuilder {
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: OnnxTensor[] = [];
  readonly #inputs: OnnxPort[] = [];
  readonly #outputs: OnnxPort[] = [];
  readonly #names = new Set<string>();

  /** Adds an input; a size that is text is the batch's. Gives its name, which is another where that is taken. */
  input(name: string, type: number, shape: readonly (number | string)[]): string {
    const free = this.#take(name);
    this.#inputs.push({ name: free, type, shape });
    return free;
  }

  /** Says that the value comes out. */
  output(name: string, type: number, shape: readonly (number | string)[]): void {
    this.#outputs.push({ name, type, shape });
  }

  /** Adds a constant of numbers. */
  constant(
    name: string,
    values: ArrayLike<number>,
    { type = ELEMENT.float, shape = [values.length] }: { type?: number; shape?: readonly number[] } = {},
  ): string {
    const free = this.#take(name);
    this.#initializers.push({ name: free, type, shape, values, texts: [] });
    return free;
  }

  /** Adds an operation; gives the name of its output. */
  node(op: string, inputs: readonly string[], options: NodeOptions = {}): string {
    const { domain = "", attributes = {}, output = 0 } = options;
    const name = this.#take(options.name ?? op);
    const outputs = Array.from({ length: output + 1 }, (_, i) => i === output ? name : "");
    this.#add({ name, op, domain, inputs, outputs }, attributes);
    return name;
  }

  /** Adds an operation with several outputs; gives their names. */
  nodes(op: string, inputs: readonly string[], options: NodeOptions & { outputs: number }): string[] {
    const { domain = "", attributes = {} } = options;
    const name = options.name ?? op;
    const outputs = Array.from({ length: options.outputs }, () => this.#take(name));
    this.#add({ name: outputs[0]!, op, domain, inputs, outputs }, attributes);
    return outputs;
  }

  /** The whole model. */
  finish({ name, producer, producerVersion, metadata }: ModelOptions): OnnxModel {
    const opsets = new Map([["", OPSET]]);
    if (this.#nodes.some(({ domain }) => domain !== "")) opsets.set("ai.onnx.ml", OPSET_ML);
    return {
      irVersion: IR_VERSION,
      opsets,
      producer,
      producerVersion,
      metadata,
      name,
      nodes: this.#nodes,
      initializers: this.#initializers,
      inputs: this.#inputs,
      outputs: this.#outputs,
    };
  }

  #add(node: Omit<OnnxNode, "attributes">, attributes: NonNullable<NodeOptions["attributes"]>): void {
    const entries = Object.entries(attributes).map(([key, value]) => [key, attributeOf(value)] as const);
    this.#nodes.push({ ...node, attributes: new Map(entries) });
  }

  /** The name, with a number behind it where it is taken. */
  #take(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#names.has(name); i++) name = `${wanted}.${i}`;
    this.#names.add(name);
    return name;
  }
}

function attributeOf(value: number | string | readonly number[] | OnnxAttribute): OnnxAttribute {
  if (typeof value === "number") return { kind: "int", value };
  if (typeof value === "string") return { kind: "text", value };
  return "kind" in value ? value : { kind: "ints", value };
}
