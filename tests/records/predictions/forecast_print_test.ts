/** Predictions as JSON bytes: the schema's, and the same as printed the object way. */
import assert from "node:assert/strict";
import { trimJson } from "../../../src/records/formats/json_writer.ts";
import { type Answer, PredictionPrinter } from "../../../src/records/predictions/forecast_print.ts";
import { forecastSchema } from "../../../src/records/predictions/schema.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();
const printer = new PredictionPrinter({ name: 'm"1"', version: "ab", target: "température", horizon: 12 });

const awkward = [
  "plain",
  'quo"te',
  "back\\slash",
  "new\nline",
  "\u0000",
  "日本語",
  "😀",
  "\ud800",
  "x".repeat(300_000),
];
const numbers = [0, -0, 27.93, -1e-7, 1e21, 5e-324, Number.MAX_VALUE, 0.1 + 0.2];

Deno.test("PredictionPrinter prints what forecastSchema describes, for awkward texts and numbers", () => {
  for (const id of awkward) {
    for (const value of numbers) {
      const input = {
        id: id,
        timestamp: "2026-01-01T00:00:00.000Z",
        source: id,
        features: { [id]: value === 0 ? 0 : value },
      };
      const answer: Answer = {
        id,
        input: encoder.encode(` \r\n${JSON.stringify(input, null, 1)}\t`),
        value,
        byNetwork: true,
        baseline: -value,
        scored: {
          id,
          predicted: value,
          baseline: value / 3,
          actual: -value,
          byNetwork: false,
          references: null,
        },
        latencyMs: 3,
      };
      const printed = JSON.parse(decoder.decode(printer.print(answer, 1_700_000_000_123)));
      const positive = (x: number) => x === 0 ? 0 : x;
      const { scored } = answer;
      const expected = {
        id,
        input,
        prediction: { target: "température", horizon: 12, value: positive(value), by: "network" },
        baseline: positive(-value),
        scored: {
          id,
          predicted: positive(scored!.predicted),
          baseline: positive(scored!.baseline),
          actual: positive(scored!.actual),
          by: "baseline",
        },
        model: { name: 'm"1"', version: "ab" },
        predictedAt: "2023-11-14T22:13:20.123Z",
        latencyMs: 3,
      };
      assert.deepEqual(printed, expected);
      assert.deepEqual(forecastSchema.parse(printed), expected);
      assert.deepEqual(Object.keys(printed), Object.keys(forecastSchema.shape));
    }
  }
});

Deno.test("PredictionPrinter never writes over what it returned", () => {
  const print = (id: string) =>
    printer.print({
      id,
      input: encoder.encode("{}"),
      value: 1,
      byNetwork: false,
      baseline: 1,
      scored: null,
      latencyMs: 0,
    }, 0);
  const printed = Array.from({ length: 3_000 }, (_, index) => print(String(index)));
  printed.forEach((bytes, index) => assert.equal(JSON.parse(decoder.decode(bytes)).id, String(index)));
});

Deno.test("trimJson() takes off JSON's white space alone", () => {
  assert.equal(decoder.decode(trimJson(encoder.encode(" \t\r\n{ }\n "))), "{ }");
  assert.equal(trimJson(encoder.encode("  ")).length, 0);
});
