import assert from "node:assert/strict";
import { WireError, WireReader } from "../../src/wire/reader.ts";
import { WireWriter } from "../../src/wire/writer.ts";

function written(write: (writer: WireWriter) => void): Uint8Array {
  const writer = new WireWriter();
  write(writer);
  return writer.bytes();
}

Deno.test("WireReader reads what WireWriter writes", () => {
  const bytes = written((writer) => {
    writer.int8(-3);
    writer.int16(-300);
    writer.int32(-70_000);
    writer.int64(-1);
    writer.int64(Number.MAX_SAFE_INTEGER);
    writer.uvarint(0);
    writer.uvarint(127);
    writer.uvarint(128);
    writer.uvarint(2 ** 32 - 1);
    writer.uuid("00112233445566778899aabbccddeeff");
    writer.text("größer", true);
    writer.text(null, false);
  });
  const reader = new WireReader(bytes);
  assert.equal(reader.int8(), -3);
  assert.equal(reader.int16(), -300);
  assert.equal(reader.int32(), -70_000);
  assert.equal(reader.int64(), -1);
  assert.equal(reader.int64(), Number.MAX_SAFE_INTEGER);
  assert.deepEqual([reader.uvarint(), reader.uvarint(), reader.uvarint(), reader.uvarint()], [
    0,
    127,
    128,
    2 ** 32 - 1,
  ]);
  assert.equal(reader.uuid(), "00112233445566778899aabbccddeeff");
  assert.equal(reader.text(reader.length("string", true)), "größer");
  assert.equal(reader.length("string", false), -1);
  assert.equal(reader.remaining, 0);
});

Deno.test("WireWriter takes large bytes as they are and keeps the order", () => {
  const large = new Uint8Array(5000).fill(7);
  const writer = new WireWriter();
  writer.int32(1);
  writer.raw(large);
  writer.int32(2);
  const chunks = writer.chunks();
  assert.ok(chunks.includes(large));
  assert.equal(writer.size, 5008);
  assert.equal(chunks.reduce((sum, { length }) => sum + length, 0), 5008);
  assert.deepEqual([...writer.bytes().subarray(5004)], [0, 0, 0, 2]);
});

Deno.test("WireReader never reads past the end", () => {
  for (const read of ["int8", "int16", "int32", "int64", "uvarint", "uuid"] as const) {
    assert.throws(() => new WireReader(new Uint8Array(0))[read](), WireError);
  }
  assert.throws(() => new WireReader(Uint8Array.of(1, 2, 3), 0, 2).raw(3), WireError);
  assert.throws(() => new WireReader(new Uint8Array(6).fill(0xff)).uvarint(), /longer than 5 bytes/);
  assert.throws(
    () => new WireReader(Uint8Array.of(0x7f, 0xff, 0xff, 0xff)).length("array", false),
    WireError,
  );
  assert.throws(() => new WireReader(Uint8Array.of(0xff, 0xfe)).length("string", false), WireError);
  assert.throws(() => new WireReader(Uint8Array.of(0xc3, 0x28)).text(2), /not UTF-8/);
});

Deno.test("an int64 beyond 2^53 is refused rather than rounded", () => {
  const bytes = Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 1);
  assert.throws(() => new WireReader(bytes).int64(), /beyond 2\^53/);
});
