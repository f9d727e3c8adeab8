import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { compressionsAlgorithms } from "@platformatic/kafka";
import { decompress } from "../../src/wire/compression.ts";
import { WireError } from "../../src/wire/reader.ts";

const codecs = ["gzip", "snappy", "lz4", "zstd"] as const;
const texts = [
  "a",
  "repeat ".repeat(50_000),
  JSON.stringify(Array.from({ length: 9_000 }, (_, i) => Math.sin(i))),
];

codecs.forEach((name, i) => {
  const codec = i + 1;
  // @platformatic/kafka 2.12.1 compresses.
  const compress = (text: string) =>
    new Uint8Array(compressionsAlgorithms[name].compressSync(Buffer.from(text)));

  Deno.test(`decompress() reads ${name}`, () => {
    for (const text of texts) {
      const bytes = decompress(compress(text), { codec, maxBytes: 1_000_000 });
      assert.equal(new TextDecoder().decode(bytes), text);
    }
  });

  Deno.test(`decompress() of ${name} gives no more than it is allowed`, () => {
    const bytes = compress(texts[1]!);
    assert.equal(decompress(bytes, { codec, maxBytes: texts[1]!.length }).length, texts[1]!.length);
    const less = { codec, maxBytes: texts[1]!.length - 1 };
    assert.throws(() => decompress(bytes, less), /holds more than 349,999 bytes/);
  });

  Deno.test(`decompress() of broken ${name} throws nothing but WireError`, () => {
    const whole = compress(texts[2]!.slice(0, 3_000));
    for (let at = 0; at < whole.length; at += 3) {
      for (const bytes of [whole.subarray(0, at), whole.map((byte, j) => j === at ? byte ^ 0x55 : byte)]) {
        try {
          decompress(bytes, { codec, maxBytes: 1_000_000 });
        } catch (error) {
          assert.ok(error instanceof WireError, `${at}: ${error}`);
        }
      }
    }
  });
});

Deno.test("decompress() reads snappy in the frames of Java's stream", () => {
  const part = new Uint8Array(compressionsAlgorithms.snappy.compressSync(Buffer.from("framed ".repeat(9))));
  const header = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1];
  const frame = [0, 0, 0, part.length, ...part];
  const bytes = decompress(new Uint8Array([...header, ...frame, ...frame]), { codec: 2, maxBytes: 1_000 });
  assert.equal(new TextDecoder().decode(bytes), "framed ".repeat(18));
});
