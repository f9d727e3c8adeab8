/** Readings from bytes: every refusal, and agreement with the schema. */
import assert from "node:assert/strict";
import { READING_BYTES_MAX } from "../../../src/records/limits.ts";
import { parseReading } from "../../../src/records/readings/read.ts";
import { readingSchema } from "../../../src/records/readings/schema.ts";
import { Random } from "../../../nn/mod.ts";

const good = { id: "1", timestamp: "2026-02-28T23:59:59.999Z", source: "s", features: { a: 1, b: -2.5 } };
const encoder = new TextEncoder();

function parse(value: unknown, features = ["b", "a"]) {
  const bytes = value === null || value instanceof Uint8Array
    ? value
    : encoder.encode(typeof value === "string" ? value : JSON.stringify(value));
  const values = new Float64Array(features.length);
  return { ...parseReading(bytes, features, values), values: [...values] };
}

Deno.test("parseReading() reads the model's features in the model's order", () => {
  const { reason, values } = parse(good);
  assert.equal(reason, null);
  assert.deepEqual(values, [-2.5, 1]);
  assert.equal(parse(`\n ${JSON.stringify({ ...good, more: [1] })} \t`).reason, null);
  assert.equal(parse({ ...good, id: 'ü\u0000"\\', source: "日本\uFFFD" }).reason, null);
});

const refusals: readonly (readonly [string, string, unknown])[] = [
  ["a tombstone", "tombstone", null],
  ["an empty value", "not-json", ""],
  ["a word", "not-json", "junk"],
  ["half a reading", "not-json", JSON.stringify(good).slice(0, -3)],
  ["a byte order mark", "not-json", `\uFEFF${JSON.stringify(good)}`],
  ["bytes that are not UTF-8", "not-json", Uint8Array.of(0x22, 0xff, 0x22)],
  ["a value above the limit", "too-large", JSON.stringify({ ...good, id: "x".repeat(READING_BYTES_MAX) })],
  ["null", "not-a-reading", "null"],
  ["a number", "not-a-reading", "5"],
  ["an array", "not-a-reading", [good]],
  ["no id", "not-a-reading", { ...good, id: undefined }],
  ["an empty id", "not-a-reading", { ...good, id: "" }],
  ["an id that is a number", "not-a-reading", { ...good, id: 5 }],
  ["no source", "not-a-reading", { ...good, source: undefined }],
  ["an empty source", "not-a-reading", { ...good, source: "" }],
  ["no timestamp", "not-a-reading", { ...good, timestamp: undefined }],
  ["a timestamp that is a number", "not-a-reading", { ...good, timestamp: 1_700_000_000_000 }],
  ["no features", "not-a-reading", { ...good, features: undefined }],
  ["features that are null", "not-a-reading", { ...good, features: null }],
  ["features that are an array", "not-a-reading", { ...good, features: [1, 2] }],
  ["a missing feature", "missing-feature", { ...good, features: { a: 1 } }],
  ["a feature that is a string", "not-a-number", { ...good, features: { a: "1", b: 2 } }],
  ["a feature that is null", "not-a-number", { ...good, features: { a: null, b: 2 } }],
  ["a label that is a number", "not-a-reading", { ...good, label: 3 }],
  ["another feature that is true", "not-a-number", { ...good, features: { a: 1, b: 2, c: true } }],
  ["NaN, as Python writes it", "not-a-number", JSON.stringify(good).replace("-2.5", "NaN")],
  ["-Infinity, as Python writes it", "not-a-number", JSON.stringify(good).replace("-2.5", "-Infinity")],
  ["a number beyond all numbers", "not-a-number", JSON.stringify(good).replace("-2.5", "1e999")],
  ["a timestamp that is no date", "bad-timestamp", { ...good, timestamp: "yesterday" }],
  ["a timestamp without milliseconds", "bad-timestamp", { ...good, timestamp: "2026-02-28T23:59:59Z" }],
  ["a timestamp of another zone", "bad-timestamp", { ...good, timestamp: "2026-02-28T23:59:59.999+01:00" }],
  ["a day that does not exist", "bad-timestamp", { ...good, timestamp: "2026-02-29T23:59:59.999Z" }],
  ["an hour that does not exist", "bad-timestamp", { ...good, timestamp: "2026-02-28T24:00:00.000Z" }],
];

for (const [what, reason, value] of refusals) {
  Deno.test(`parseReading() refuses ${what} as ${reason}`, () => {
    const found = parse(value);
    assert.equal(found.reason, reason);
    assert.ok("detail" in found && found.detail.length > 0);
  });
}

Deno.test("parseReading() without wanted features agrees with readingSchema", () => {
  for (const [what, reason, value] of refusals) {
    if (value === null || value instanceof Uint8Array || reason === "too-large" || reason === "not-json") {
      continue;
    }
    let json: unknown = value;
    try {
      if (typeof value === "string") json = JSON.parse(value);
      else json = JSON.parse(JSON.stringify(value));
    } catch {
      continue; // NaN: the schema never sees it
    }
    assert.equal(readingSchema.safeParse(json).success, parse(value, []).reason === null, what);
  }
});

Deno.test("parseReading() agrees with readingSchema on readings with fields of chance", () => {
  const random = new Random(3);
  const pick = <T>(values: readonly T[]) => values[random.integer(values.length)]!;
  const odd = [undefined, null, 0, "", "x", [], {}, true, { a: 1 }, { a: "1" }, { a: null }, [1]];
  for (let round = 0; round < 2_000; round++) {
    const json = JSON.parse(JSON.stringify({
      id: pick(["1", "é", ...odd]),
      timestamp: pick([good.timestamp, good.timestamp, "2026-01-01", ...odd]),
      source: pick(["s", "s", ...odd]),
      features: pick([good.features, {}, { a: 1e308, "": -0 }, ...odd]),
      label: pick([undefined, "x", ...odd]),
    }));
    assert.equal(
      parse(json, []).reason === null,
      readingSchema.safeParse(json).success,
      JSON.stringify(json),
    );
  }
});
