/** The wire format of Protocol Buffers: its documentation's bytes, round trips, and lies about lengths. */
import assert from "node:assert/strict";
import { ProtobufError, ProtobufReader, ProtobufWriter } from "../../nn/files/protobuf.ts";
import { Random } from "../../nn/random.ts";

function hex(writer: ProtobufWriter): string {
  return writer.finish().toHex();
}

function readerOf(text: string): ProtobufReader {
  return new ProtobufReader(Uint8Array.fromHex(text.replaceAll(" ", "")));
}

function firstOf(text: string): ProtobufReader {
  const reader = readerOf(text);
  assert.ok(reader.next());
  return reader;
}

Deno.test("ProtobufWriter writes the bytes of the encoding's documentation", () => {
  assert.equal(hex(new ProtobufWriter().integer(1, 150)), "089601");
  assert.equal(hex(new ProtobufWriter().text(2, "testing")), "120774657374696e67");
  assert.equal(hex(new ProtobufWriter().message(3, new ProtobufWriter().integer(1, 150))), "1a03089601");
  assert.equal(hex(new ProtobufWriter().integers(6, [3, 270, 86942])), "3206038e029ea705");
  assert.equal(hex(new ProtobufWriter().integer(1, -2)), "08feffffffffffffffff01");
  assert.equal(hex(new ProtobufWriter().float(1, 1.5).double(2, -2)), "0d0000c03f1100000000000000c0");
  assert.equal(hex(new ProtobufWriter().floats(1, [1]).doubles(2, [1])), "0a040000803f1208000000000000f03f");
});

const INTEGERS: readonly (number | bigint)[] = [
  ...[0, 1, 127, 128, 16383, 16384, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 35, 2 ** 53 - 1],
  ...[-1, -128, -(2 ** 31), -(2 ** 53) + 1],
];

Deno.test("ProtobufReader gives back the integers that were written, to 64 bits", () => {
  for (const value of INTEGERS) {
    const bytes = new ProtobufWriter().integer(7, value).integers(8, [value, value]).finish();
    const reader = new ProtobufReader(bytes);
    assert.ok(reader.next());
    assert.equal(reader.field, 7);
    assert.equal(reader.integer(), value);
    const many: number[] = [];
    assert.ok(reader.next());
    reader.integers(many);
    assert.deepEqual(many, [value, value]);
    assert.ok(!reader.next());
  }
  for (const value of [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n]) {
    const bytes = new ProtobufWriter().integer(1, value).finish();
    const [whole, safe] = [new ProtobufReader(bytes), new ProtobufReader(bytes)];
    assert.ok(whole.next() && safe.next());
    assert.equal(whole.int64(), value);
    assert.throws(() => safe.integer(), /beyond 2\^53/);
  }
});

Deno.test("ProtobufWriter keeps large pieces and small fields in their order", () => {
  const large = Uint8Array.from({ length: 5_000 }, (_, i) => i % 251);
  const inner = new ProtobufWriter().integer(1, 5).bytes(2, large).text(3, "after");
  const bytes = new ProtobufWriter().text(1, "before").message(2, inner).integer(3, 1).finish();
  const reader = new ProtobufReader(bytes);
  assert.ok(reader.next());
  assert.equal(reader.text(), "before");
  assert.ok(reader.next());
  const message = reader.message();
  assert.ok(message.next() && message.integer() === 5);
  assert.ok(message.next());
  assert.deepEqual(message.bytes(), large);
  assert.ok(message.next() && message.text() === "after");
  assert.ok(!message.next());
  assert.ok(reader.next() && reader.bool());
  assert.ok(!reader.next());
});

Deno.test("ProtobufReader skips the fields whose values nobody takes", () => {
  const bytes = new ProtobufWriter().integer(1, 2 ** 40).float(2, 1).double(3, 1).text(4, "x").integer(5, 9)
    .finish();
  const reader = new ProtobufReader(bytes);
  const fields: [number, number][] = [];
  while (reader.next()) fields.push([reader.field, reader.wireType]);
  assert.deepEqual(fields, [[1, 0], [2, 5], [3, 1], [4, 2], [5, 0]]);
});

Deno.test("ProtobufReader takes repeated values packed and one by one", () => {
  const numbers: number[] = [];
  const reader = readerOf("0a 02 01 02 08 03 15 0000803f 12 08 00000040 00004040 19 000000000000f03f");
  assert.ok(reader.next());
  reader.integers(numbers);
  assert.ok(reader.next());
  reader.integers(numbers);
  assert.ok(reader.next());
  reader.floats(numbers);
  assert.ok(reader.next());
  reader.floats(numbers);
  assert.ok(reader.next());
  reader.doubles(numbers);
  assert.deepEqual(numbers, [1, 2, 3, 1, 2, 3, 1]);
});

const REFUSED: readonly (readonly [string, () => unknown, RegExp])[] = [
  ["a field without a number", () => readerOf("00").next(), /byte 0: it has no number/],
  ["a field number beyond 29 bits", () => readerOf("8080808010").next(), /it has no number/],
  ["a group", () => readerOf("0b").next(), /field 1 at byte 0: wire type 3/],
  ["a tag that is cut off", () => readerOf("80").next(), /cut off/],
  ["an integer that is cut off", () => firstOf("08ff").integer(), /field 1: its integer is cut off/],
  ["an integer of 65 bits", () => firstOf("08ffffffffffffffffff02").integer(), /more than 64 bits/],
  ["an integer of 11 bytes", () => firstOf("088080808080808080808001").integer(), /more than 64 bits/],
  ["a length past the end", () => firstOf("0a05616263").bytes(), /5 bytes are announced, 3 follow/],
  ["a length of 2^63", () => firstOf("0a80808080808080808001").bytes(), /announced, 0 follow/],
  ["a length past the end that is skipped", () => firstOf("0a05616263").next(), /5 bytes are announced/],
  ["a float that is cut off", () => firstOf("0d0000").float(), /4 bytes are announced, 2 follow/],
  ["a double that is cut off", () => firstOf("090000").double(), /8 bytes are announced/],
  [
    "packed floats that are cut off",
    () => firstOf("0a03000000").floats([]),
    /3 bytes are no whole number of 4/,
  ],
  ["packed integers that are cut off", () => firstOf("0a0180").integers([]), /integer is cut off/],
  ["text that is no UTF-8", () => firstOf("0a01ff").text(), /text is no UTF-8/],
  ["a value of another type", () => firstOf("0801").text(), /as wire type 2: it is of wire type 0/],
];

for (const [what, read, message] of REFUSED) {
  Deno.test(`ProtobufReader refuses ${what}`, () => {
    assert.throws(read, (error) => error instanceof ProtobufError && message.test(error.message));
  });
}

Deno.test("ProtobufReader gives a value once", () => {
  const reader = firstOf("0801");
  assert.equal(reader.integer(), 1);
  assert.throws(() => reader.integer(), /it was read before/);
});

Deno.test("ProtobufWriter keeps every byte when its room grows in the middle of a field", () => {
  for (let before = 0; before < 200; before++) {
    const writer = new ProtobufWriter();
    for (let i = 0; i < before; i++) writer.integer(1, 1);
    writer.integer(2, 300).text(3, "a".repeat(50)).message(4, new ProtobufWriter().integer(5, 1));
    assert.equal(hex(writer), `${"0801".repeat(before)}10ac021a32${"61".repeat(50)}22022801`);
  }
});

Deno.test("ProtobufWriter refuses what no integer holds, and fields without a number", () => {
  assert.throws(() => new ProtobufWriter().integer(1, 1.5), /Cannot write 1.5/);
  assert.throws(() => new ProtobufWriter().integer(1, 2n ** 64n), /more than 64 bits/);
  assert.throws(() => new ProtobufWriter().integer(0, 1), /field 0: 1 to 536870911/);
});

/** Takes every field as its wire type says, as deep as `depth` messages. */
function readAll(reader: ProtobufReader, depth: number): number {
  let count = 0;
  while (reader.next()) {
    count++;
    if (reader.wireType === 0) reader.int64();
    else if (reader.wireType === 1) reader.double();
    else if (reader.wireType === 5) reader.float();
    else {
      const bytes = reader.bytes();
      if (depth > 0) {
        try {
          count += readAll(new ProtobufReader(bytes), depth - 1);
        } catch (error) {
          assert.ok(error instanceof ProtobufError); // it was text
        }
      }
    }
  }
  return count;
}

Deno.test("ProtobufReader reads random bytes or says why not", () => {
  const random = new Random(1);
  for (let round = 0; round < 5_000; round++) {
    const bytes = Uint8Array.from({ length: random.integer(40) }, () => random.integer(256));
    try {
      readAll(new ProtobufReader(bytes), 3);
    } catch (error) {
      assert.ok(error instanceof ProtobufError, String(error));
    }
  }
});
