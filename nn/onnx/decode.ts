/** Bytes to ONNX models. No length is believed, nothing outside of the file is opened. */
import { ProtobufError, ProtobufReader } from "../files/protobuf.ts";
import { INITIALIZERS_MAX, NODES_MAX, ONNX_BYTES_MAX, PORTS_MAX, RANK_MAX } from "./limits.ts";
import {
  ELEMENT,
  type OnnxAttribute,
  OnnxError,
  type OnnxModel,
  type OnnxNode,
  type OnnxPort,
  type OnnxTensor,
} from "./model.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function fail(message: string): never {
  throw new OnnxError(message);
}

/**
 * The model that the bytes hold. Tensors of types that are not understood have no values.
 *
 * @throws OnnxError when they are no ONNX model, or one over the limits, or one with tensors in other files
 */
export function decodeOnnx(bytes: Uint8Array): OnnxModel {
  if (bytes.length > ONNX_BYTES_MAX) {
    fail(`Cannot read an ONNX file of ${bytes.length} bytes: at most ${ONNX_BYTES_MAX} are allowed`);
  }
  try {
    return readModel(new ProtobufReader(bytes));
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw new OnnxError(`Cannot read the ONNX file: ${error.message}`, { cause: error });
  }
}

function readModel(reader: ProtobufReader): OnnxModel {
  const opsets = new Map<string, number>();
  const metadata = new Map<string, string>();
  const model = { irVersion: 0, producer: "", producerVersion: "" };
  let graph: ReturnType<typeof readGraph> | null = null;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        model.irVersion = reader.integer();
        break;
      case 2:
        model.producer = reader.text();
        break;
      case 3:
        model.producerVersion = reader.text();
        break;
      case 7:
        graph = readGraph(reader.message());
        break;
      case 8: {
        const { domain, version } = readOpset(reader.message());
        opsets.set(domain === "ai.onnx" ? "" : domain, version);
        break;
      }
      case 14:
        readEntry(reader.message(), metadata);
        break;
    }
  }
  if (graph === null || model.irVersion < 1 || opsets.size === 0) {
    fail("Cannot read the ONNX file: it has no graph, no version or no operator set; it is no ONNX model");
  }
  return { ...model, opsets, metadata, ...graph };
}

function readOpset(reader: ProtobufReader): { domain: string; version: number } {
  const opset = { domain: "", version: 0 };
  while (reader.next()) {
    if (reader.field === 1) opset.domain = reader.text();
    else if (reader.field === 2) opset.version = reader.integer();
  }
  return opset;
}

function readEntry(reader: ProtobufReader, into: Map<string, string>): void {
  let key = "", value = "";
  while (reader.next()) {
    if (reader.field === 1) key = reader.text();
    else if (reader.field === 2) value = reader.text();
  }
  into.set(key, value);
}

function readGraph(reader: ProtobufReader) {
  const nodes: OnnxNode[] = [], initializers: OnnxTensor[] = [];
  const inputs: OnnxPort[] = [], outputs: OnnxPort[] = [];
  let name = "";
  const add = <T>(list: T[], one: T, { what, most }: { what: string; most: number }) => {
    if (list.push(one) > most) fail(`Cannot read a graph of more than ${most} ${what}`);
  };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        add(nodes, readNode(reader.message()), { what: "nodes", most: NODES_MAX });
        break;
      case 2:
        name = reader.text();
        break;
      case 5:
        add(initializers, readTensor(reader.message()), { what: "constants", most: INITIALIZERS_MAX });
        break;
      case 11:
        add(inputs, readPort(reader.message()), { what: "inputs", most: PORTS_MAX });
        break;
      case 12:
        add(outputs, readPort(reader.message()), { what: "outputs", most: PORTS_MAX });
        break;
      case 15:
        fail("Cannot read the graph: it has sparse constants, which are not supported");
    }
  }
  return { name, nodes, initializers, inputs, outputs };
}

function readNode(reader: ProtobufReader): OnnxNode {
  const inputs: string[] = [], outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  const node = { name: "", op: "", domain: "" };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        inputs.push(reader.text());
        break;
      case 2:
        outputs.push(reader.text());
        break;
      case 3:
        node.name = reader.text();
        break;
      case 4:
        node.op = reader.text();
        break;
      case 5: {
        const { name, attribute } = readAttribute(reader.message());
        attributes.set(name, attribute);
        break;
      }
      case 7:
        node.domain = reader.text();
        break;
    }
  }
  if (node.domain === "ai.onnx") node.domain = "";
  return { ...node, inputs, outputs, attributes };
}

function readAttribute(reader: ProtobufReader): { name: string; attribute: OnnxAttribute } {
  let name = "", type = 0, float = 0, int = 0, text = "";
  let tensor: OnnxTensor | null = null;
  const floats: number[] = [], ints: number[] = [], texts: string[] = [];
  while (reader.next()) {
    if (reader.field === 1) name = reader.text();
    else if (reader.field === 2) float = reader.float();
    else if (reader.field === 3) int = Number(reader.int64());
    else if (reader.field === 4) text = new TextDecoder().decode(reader.bytes());
    else if (reader.field === 5) tensor = readTensor(reader.message());
    else if (reader.field === 7) reader.floats(floats);
    else if (reader.field === 8) reader.integers(ints);
    else if (reader.field === 9) texts.push(new TextDecoder().decode(reader.bytes()));
    else if (reader.field === 20) type = reader.integer();
  }
  const attribute = (): OnnxAttribute => {
    if (type === 1) return { kind: "float", value: float };
    if (type === 2) return { kind: "int", value: int };
    if (type === 3) return { kind: "text", value: text };
    if (type === 4 && tensor !== null) return { kind: "tensor", value: tensor };
    if (type === 6) return { kind: "floats", value: floats };
    if (type === 7) return { kind: "ints", value: ints };
    if (type === 8) return { kind: "texts", value: texts };
    return { kind: "other" };
  };
  return { name, attribute: attribute() };
}

/** Bytes per element in `raw_data`, and how one is read; others are not understood. */
const RAW: Readonly<Record<number, { width: number; get: (view: DataView, at: number) => number }>> = {
  [ELEMENT.float]: { width: 4, get: (view, at) => view.getFloat32(at, true) },
  [ELEMENT.int32]: { width: 4, get: (view, at) => view.getInt32(at, true) },
  [ELEMENT.int64]: { width: 8, get: (view, at) => Number(view.getBigInt64(at, true)) },
  [ELEMENT.bool]: { width: 1, get: (view, at) => view.getUint8(at) },
  [ELEMENT.double]: { width: 8, get: (view, at) => view.getFloat64(at, true) },
};

function readTensor(reader: ProtobufReader): OnnxTensor {
  const tensor: Mutable<OnnxTensor> = { name: "", type: 0, shape: [], values: [], texts: [] };
  const shape: number[] = [], numbers: number[] = [], texts: string[] = [];
  let raw: Uint8Array | null = null;
  while (reader.next()) {
    if (reader.field === 1) reader.integers(shape);
    else if (reader.field === 2) tensor.type = reader.integer();
    else if (reader.field === 4) reader.floats(numbers);
    else if (reader.field === 5 || reader.field === 7) reader.integers(numbers);
    else if (reader.field === 6) texts.push(reader.text());
    else if (reader.field === 8) tensor.name = reader.text();
    else if (reader.field === 9) raw = reader.bytes();
    else if (reader.field === 10) reader.doubles(numbers);
    else if (reader.field === 13 || (reader.field === 14 && reader.integer() !== 0)) {
      fail(
        `Cannot read tensor ${
          JSON.stringify(tensor.name.slice(0, 80))
        }: its numbers are in another file, which is not opened; save the ` +
          "model in one file (torch.onnx.export with external_data=False)",
      );
    }
  }
  tensor.shape = shape;
  tensor.texts = texts;
  const { name, type } = tensor;
  if (!(type in RAW) && type !== ELEMENT.text) return tensor;
  tensor.values = raw === null || type === ELEMENT.text ? numbers : readRaw(raw, type, name);
  const count = shape.reduce((product, size) => product * size, 1);
  const found = type === ELEMENT.text ? texts.length : tensor.values.length;
  if (shape.length > RANK_MAX || shape.some((size) => size < 0) || found !== count) {
    fail(
      `Cannot read tensor ${JSON.stringify(name.slice(0, 80))}: shape [${
        shape.slice(0, RANK_MAX)
      }] does not fit its ${found} values`,
    );
  }
  return tensor;
}

function readRaw(raw: Uint8Array, type: number, name: string): Float64Array {
  const { width, get } = RAW[type]!;
  if (raw.length % width !== 0) {
    fail(
      `Cannot read tensor ${
        JSON.stringify(name.slice(0, 80))
      }: ${raw.length} bytes are no whole number of ${width}-byte values`,
    );
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const values = new Float64Array(raw.length / width);
  for (let i = 0; i < values.length; i++) values[i] = get(view, i * width);
  return values;
}

function readPort(reader: ProtobufReader): OnnxPort {
  const port: Mutable<OnnxPort> = { name: "", type: 0, shape: [] };
  while (reader.next()) {
    if (reader.field === 1) port.name = reader.text();
    else if (reader.field === 2) {
      const type = reader.message();
      while (type.next()) if (type.field === 1) Object.assign(port, readTensorType(type.message()));
    }
  }
  return port;
}

function readTensorType(reader: ProtobufReader): Pick<OnnxPort, "type" | "shape"> {
  let type = 0;
  const shape: (number | string)[] = [];
  while (reader.next()) {
    if (reader.field === 1) type = reader.integer();
    else if (reader.field === 2) {
      const sizes = reader.message();
      while (sizes.next()) if (sizes.field === 1) shape.push(readDimension(sizes.message()));
    }
  }
  return { type, shape };
}

/** A size that is 0 or below is none. */
function readDimension(reader: ProtobufReader): number | string {
  let size: number | string = "";
  while (reader.next()) {
    if (reader.field === 1) {
      const value = reader.integer();
      if (value > 0) size = value;
    } else if (reader.field === 2) size = reader.text();
  }
  return size;
}
