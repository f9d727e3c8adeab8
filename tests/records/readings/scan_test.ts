/** The scanner of usual readings against the parser of all of them. */
import assert from "node:assert/strict";
import { Random } from "../../../nn/mod.ts";
import { parseReading } from "../../../src/records/readings/read.ts";
import { ReadingScanner } from "../../../src/records/readings/scan.ts";

const encoder = new TextEncoder();
const good = '{"id":"s-1","timestamp":"2026-02-28T23:59:59.999Z","source":"s","features":{"a":1.25,"b":-0}}';
const features = ["b", "a"];
const scanner = new ReadingScanner(features.map((name) => ({ name, texts: null })));

/** Scans; checks that the parser reads the same, bit for bit, where the scanner read anything. */
function scan(text: string | Uint8Array): boolean {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  const values = new Float64Array(features.length);
  const found = scanner.scan(bytes, values);
  if (found === null) return false;
  const wanted = new Float64Array(features.length);
  const parsed = parseReading(bytes, features, wanted);
  assert.ok(parsed.reason === null, `${text}: scanned, and refused: ${JSON.stringify(parsed)}`);
  const { reading: { id, source, timestamp, label = null }, timestampMs } = parsed;
  assert.deepEqual(found, { id, source, timestampMs, label }, String(text));
  assert.equal(new Date(found.timestampMs).toISOString(), timestamp);
  for (const [index, value] of values.entries()) assert.ok(Object.is(value, wanted[index]), String(text));
  return true;
}

Deno.test("ReadingScanner reads usual readings", () => {
  assert.ok(scan(good));
  assert.ok(scan(good.replace('"a":1.25,"b":-0', '"b":123456789012345,"a":0.0000000000001')));
  assert.ok(scan(good.replace('{"a"', '{"c":5,"a"')));
  assert.ok(scan(good.replace("}}", ',"c":7.5}}')));
  assert.ok(scan(good.replace("}}", ',"c":"a text"}}')));
  assert.ok(scan(good.replace("}}", '},"label":"dos"}')));
});

Deno.test("ReadingScanner leaves everything else to the parser", () => {
  const others = [
    "",
    "{}",
    `${good} `,
    ` ${good}`,
    good.replace('"s-1"', '""'),
    good.replace('"s-1"', '"\\n"'),
    good.replace('"s-1"', '"é"'),
    good.replace('"s-1"', '"\t"'),
    good.replace('"s"', '""'),
    good.replace("1.25", "1e2"),
    good.replace("1.25", "01"),
    good.replace("1.25", "1."),
    good.replace("1.25", ".5"),
    good.replace("1.25", "+1"),
    good.replace("1.25", "null"),
    good.replace("1.25", "-"),
    good.replace("1.25", "1234567890.123456"),
    good.replace('"a":1.25', '"a":1.25,"a":1.5'),
    good.replace('"a":1.25,', ""),
    good.replace('{"a":1.25,"b":-0}', "{}"),
    good.replace("}}", "},}"),
    good.replace("}}", ",}}"),
    good.replace("}}", '},"more":1}'),
    good.replace("}}", '},"label":1}'),
    good.replace("}}", '},"label":""}'),
    good.replace("}}", '},"label":"dos}'),
    good.replace("}}", '},"label":"dos","label":"u2r"}'),
    good.replace("1.25", '"1.25"'),
    good.replace("02-28", "02-29"),
    good.replace("23:59:59", "24:00:00"),
    good.replace('"s-1"', `"${"x".repeat(3_000)}"`),
  ];
  for (const text of others) assert.ok(!scan(text), text);
});

Deno.test("ReadingScanner reads numbers of chance as JSON.parse() does", () => {
  const random = new Random(1);
  let read = 0;
  for (let round = 0; round < 100_000; round++) {
    const whole = random.integer(10 ** (1 + random.integer(9)));
    const decimals = random.integer(10 ** (1 + random.integer(9)));
    const sign = random.integer(2) === 0 ? "" : "-";
    const zeros = "0".repeat(random.integer(4));
    const number = random.integer(5) === 0 ? `${sign}${whole}` : `${sign}${whole}.${zeros}${decimals}`;
    if (scan(good.replace("1.25", number))) read++;
  }
  assert.ok(read > 60_000, `only ${read} were read`);
});

Deno.test("ReadingScanner reads damaged readings as the parser does, or not at all", () => {
  const random = new Random(2);
  const bytes = encoder.encode(good);
  const alphabet = encoder.encode('{}",:.-0123456789abTZ\\ \u0000\u007f');
  for (let round = 0; round < 200_000; round++) {
    const damaged = bytes.slice(0, random.integer(8) === 0 ? random.integer(bytes.length) : bytes.length);
    for (let count = 1 + random.integer(3); count > 0 && damaged.length > 0; count--) {
      damaged[random.integer(damaged.length)] = random.integer(6) === 0
        ? random.integer(256)
        : alphabet[random.integer(alphabet.length)]!;
    }
    scan(damaged);
  }
});

Deno.test("ReadingScanner keeps sources distinct, however many there are", () => {
  for (let round = 0; round < 2; round++) {
    for (let source = 0; source < 5_000; source++) {
      assert.ok(scan(good.replace('"source":"s"', `"source":"source-${source}"`)));
    }
  }
});
