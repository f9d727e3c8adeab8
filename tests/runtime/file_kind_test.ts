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
