/** ONNX models to bytes (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, IR version 8). */
import { ProtobufWriter } from "../files/protobuf.ts";
import {
  ELEMENT,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxPort,
  type OnnxTensor,
} from "./model.ts";

/** Numbers of `AttributeProto.AttributeType`. */
const ATTRIBUTE_TYPE = { float: 1, int: 2, text: 3, tensor: 4, floats: 6, ints: 7, texts: 8 } as const;

/**
 * The bytes of an ONNX model; the same model gives the same bytes. Floats are rounded to 32 bits.
 *
 * @throws RangeError for an attribute of kind `other`, and a tensor of a type that is not understood
 */
export function encodeOnnx(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const writer = new ProtobufWriter()
    .integer(1, model.irVersion)
    .text(2, model.producer)
    .text(3, model.producerVersion)
    .message(7, writeGraph(model));
  for (const [domain, version] of model.opsets) {
    const opset = new ProtobufWriter();
    if (domain !== "") opset.text(1, domain);
    writer.message(8, opset.integer(2, version));
  }
  for (const [key, value] of model.metadata) {
    writer.message(14, new ProtobufWriter().text(1, key).text(2, value));
  }
  return writer.finish();
}

function writeGraph({ nodes, name, initializers, inputs, outputs }: OnnxModel): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const node of nodes) writer.message(1, writeNode(node));
  writer.text(2, name);
  for (const tensor of initializers) writer.message(5, writeTensor(tensor));
  for (const port of inputs) writer.message(11, writePort(port));
  for (const port of outputs) writer.message(12, writePort(port));
  return writer;
}

function writeNode({ inputs, outputs, name, op, attributes, domain }: OnnxNode): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const input of inputs) writer.text(1, input);
  for (const output of outputs) writer.text(2, output);
  writer.text(3, name).text(4, op);
  for (const [key, attribute] of attributes) writer.message(5, writeAttribute(key, attribute));
  return domain === "" ? writer : writer.text(7, domain);
}

function writeAttribute(name: string, attribute: OnnxAttribute): ProtobufWriter {
  const writer = new ProtobufWriter().text(1, name);
  switch (attribute.kind) {
    case "float":
      writer.float(2, attribute.value);
      break;
    case "int":
      writer.integer(3, attribute.value);
      break;
    case "text":
      writer.text(4, attribute.value);
      break;
    case "tensor":
      writer.message(5, writeTensor(attribute.value));
      break;
    case "floats":
      for (const value of attribute.value) writer.float(7, value);
      break;
    case "ints":
      for (const value of attribute.value) writer.integer(8, value);
      break;
    case "texts":
      for (const value of attribute.value) writer.text(9, value);
      break;
    case "other":
      throw new RangeError(`Cannot write attribute "${name}": its kind is not known`);
  }
  return writer.integer(20, ATTRIBUTE_TYPE[attribute.kind]);
}

function writeTensor({ name, type, shape, values, texts }: OnnxTensor): ProtobufWriter {
  const writer = new ProtobufWriter().integers(1, shape).integer(2, type);
  if (type === ELEMENT.text) { for (const text of texts) writer.text(6, text); }
  if (name !== "") writer.text(8, name);
  return type === ELEMENT.text ? writer : writer.bytes(9, rawBytes(type, values));
}

/** Little-endian, as `raw_data` wants it. */
function rawBytes(type: number, values: ArrayLike<number>): Uint8Array {
  const width = type === ELEMENT.bool ? 1 : type === ELEMENT.float ? 4 : 8;
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    if (type === ELEMENT.float) view.setFloat32(i * 4, values[i]!, true);
    else if (type === ELEMENT.double) view.setFloat64(i * 8, values[i]!, true);
    else if (type === ELEMENT.bool) view.setUint8(i, values[i]!);
    else if (type === ELEMENT.int64) view.setBigInt64(i * 8, BigInt(values[i]!), true);
    else {throw new RangeError(
        `Cannot write a tensor of type ${type}: float, double, int64, bool or text is wanted`,
      );}
  }
  return bytes;
}

function writePort({ name, type, shape }: OnnxPort): ProtobufWriter {
  const sizes = new ProtobufWriter();
  for (const size of shape) {
    const dimension = new ProtobufWriter();
    sizes.message(1, typeof size === "number" ? dimension.integer(1, size) : dimension.text(2, size));
  }
  const tensor = new ProtobufWriter().integer(1, type).message(2, sizes);
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
}
