import assert from "node:assert/strict";
import { fileKind } from "../../src/runtime/file_kind.ts";

Deno.test("fileKind() knows safetensors files whatever the length of their header begins with", () => {
  for (const length of [640, 896, 0x8b1f, 0x4b50, 0x685a42, 0xffff]) {
    const bytes = new Uint8Array(8 + length).fill(0x20);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
    bytes[8] = "{".charCodeAt(0);
    assert.equal(fileKind(bytes), "a safetensors file", String(length));
  }
  assert.match(fileKind(Uint8Array.of(0x80, 2, 0x7d, 0x71, 0, 0x2e)) ?? "", /Python pickle/);
});

Deno.test("fileKind() knows models of other tools, and a sentence from a table", () => {
  const kindOf = (text: string) => fileKind(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
  assert.equal(kindOf("GGUF\x03\0\0\0"), "a GGUF model");
  assert.equal(kindOf("\x93NUMPY\x01\0v\0"), "a NumPy array");
  assert.equal(kindOf("\x1c\0\0\0TFL3\x14\0"), "a TensorFlow Lite model");
  assert.equal(kindOf("hello world, this is text\n"), "a text file");
  assert.equal(kindOf("time,level\n1,2\n"), "a CSV file");
});
