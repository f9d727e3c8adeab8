/** Answers as they are written are answers as they are read. */
import assert from "node:assert/strict";
import { ClassificationPrinter } from "../../../src/records/predictions/classification_print.ts";
import { type Answer, PredictionPrinter } from "../../../src/records/predictions/forecast_print.ts";
import { readPrediction } from "../../../src/records/predictions/read.ts";
import { predictionSchema } from "../../../src/records/predictions/schema.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NOW_MS = 1_700_000_000_123;
const READING = { id: "r-1", timestamp: "2026-01-01T00:00:00.000Z", source: "söurce", features: { t: 1 } };
const input = encoder.encode(JSON.stringify(READING));
const model = { name: "plant\u0007", version: "ab12", target: "t" };

Deno.test("readPrediction() reads forecasts as PredictionPrinter writes them", () => {
  const printer = new PredictionPrinter({ ...model, horizon: 3 });
  const scored = { id: "r-0", predicted: 1.5, baseline: 2, actual: 1.25 };
  const answers: Pick<Answer, "scored" | "byNetwork" | "latencyMs">[] = [
    { scored: null, byNetwork: false, latencyMs: null },
    { scored: { ...scored, byNetwork: true, references: null }, byNetwork: true, latencyMs: 7 },
    {
      scored: { ...scored, byNetwork: false, references: { seasonal: 1, ridge: null } },
      ...{ byNetwork: true, latencyMs: 0.5 },
    },
  ];
  for (const answer of answers) {
    const { scored: due } = answer;
    assert.deepEqual(
      readPrediction(printer.print({ id: "r-1", input, value: 20, baseline: 21, ...answer }, NOW_MS)),
      {
        ...{ id: "r-1", source: "söurce", target: "t", horizon: 3, latencyMs: answer.latencyMs },
        value: 20,
        by: answer.byNetwork ? "network" : "baseline",
        model: { name: "plant\u0007", version: "ab12" },
        ...{ readingMs: Date.parse(READING.timestamp), predictedAtMs: NOW_MS, classification: null },
        outcome: due && {
          ...{ predicted: 1.5, baseline: 2, actual: 1.25, references: due.references },
          by: due.byNetwork ? "network" : "baseline",
        },
      },
    );
  }
});

Deno.test("readPrediction() reads classifications as ClassificationPrinter writes them", () => {
  const probabilities = Float64Array.of(0.25, 0.75);
  const printer = new ClassificationPrinter({
    ...{ ...model, classes: ["normal", "probe"], baseline: "normal", probabilities, byNetwork: true },
  });
  for (const label of [null, "probe", "unheard-of"]) {
    const found = readPrediction(printer.print({ id: "r-1", input, place: 1, label, latencyMs: 2 }, NOW_MS));
    assert.equal(found?.outcome, null);
    assert.deepEqual(found?.classification, {
      ...{ predicted: "probe", classes: ["normal", "probe"], probabilities: [0.25, 0.75] },
      outcome: label && { baseline: "normal", actual: label },
    });
  }
});

Deno.test("readPrediction() refuses what lacks a field that it reads, as predictionSchema does", () => {
  const printer = new PredictionPrinter({ ...model, horizon: 3 });
  const scored = { id: "r-0", predicted: 1.5, baseline: 2, actual: 1.25, byNetwork: true, references: null };
  const answer = { id: "r-1", input, value: 20, byNetwork: true, baseline: 21, scored, latencyMs: 1 };
  const whole = JSON.parse(decoder.decode(printer.print(answer, NOW_MS)));
  assert.ok(predictionSchema.safeParse(whole).success);
  const paths = [["id"], ["input"], ["input", "source"], ["prediction"], ["prediction", "by"], ["scored"]];
  const deeper = [
    ["predictedAt"],
    ["latencyMs"],
    ...Object.keys(whole.scored).map((name) => ["scored", name]),
  ];
  for (const path of [...paths, ...deeper].filter((path) => path.join(".") !== "scored.id")) {
    for (const value of [undefined, true]) {
      const wrong = structuredClone(whole);
      path.slice(0, -1).reduce((at, name) => at[name], wrong)[path.at(-1)!] = value;
      assert.equal(predictionSchema.safeParse(wrong).success, false);
      assert.equal(readPrediction(encoder.encode(JSON.stringify(wrong))), null, path.join("."));
    }
  }
});
