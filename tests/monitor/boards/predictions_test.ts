/** Models that share a topic, each counted by itself. */
import assert from "node:assert/strict";
import { PredictionsBoard, type PredictionsBoardOptions } from "../../../src/monitor/boards/predictions.ts";
import { MODELS_MAX } from "../../../src/monitor/boards/limits.ts";
import { plainLine, summaryLines, toJson } from "../../../src/monitor/terminal/predictions_plain.ts";
import { BOXES_MIN, FULL_MIN } from "../../../src/monitor/terminal/frame.ts";
import { render } from "../../../src/monitor/terminal/predictions_render.ts";
import { widthOf } from "../../../src/monitor/terminal/text.ts";
import { deadLetter } from "../../../src/records/dead_letters/print.ts";
import type { Prediction } from "../../../src/records/predictions/schema.ts";
import { fakeClassification, fakePrediction, fakeRecord } from "../../support/fake_predictions.ts";

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const AT = { topic: "dead-letters", partition: 0 };

type Options = Partial<PredictionsBoardOptions>;

/** A forecast of a model; its error is 1 unless said. */
function forecastOf(
  name: string,
  { id, version = "1", target = "temperature", horizon = 12, error = 1, ageMs = 0 }: {
    id: string;
    version?: string;
    target?: string;
    horizon?: number;
    error?: number;
    ageMs?: number;
  },
): unknown {
  const fake: Prediction = fakePrediction({
    ...{ id, predictedAtMs: NOW_MS - ageMs },
    scored: { predicted: error, baseline: 0, actual: 0 },
  });
  return { ...fake, prediction: { ...fake.prediction, target, horizon }, model: { name, version } };
}

function boardsOf(records: readonly unknown[], options: Options = {}): PredictionsBoard {
  const boards = new PredictionsBoard({ nowMs: NOW_MS, ...options });
  for (const record of records) boards.addPrediction(fakeRecord(record).value, NOW_MS);
  return boards;
}

const MIXED = [
  forecastOf("plant", { id: "a", error: 2 }),
  forecastOf("plant", { id: "b", error: 2 }),
  forecastOf("weather", { id: "a", target: "pressure", error: 1_000, ageMs: 10 }),
  fakeClassification({ id: "a", predicted: "dos", actual: "dos", predictedAtMs: NOW_MS - 20 }),
];

/** Ids of the models that can be chosen. */
function idsOf(boards: PredictionsBoard): string[] {
  return boards.snapshot(NOW_MS).models.map(({ id }) => id);
}

Deno.test("PredictionsBoard counts each model by itself, although the ids of their readings are the same", () => {
  const snapshot = boardsOf(MIXED).snapshot(NOW_MS);
  assert.equal(snapshot.modelId, "plant/temperature/12", "it predicted last");
  assert.deepEqual([snapshot.processed, snapshot.repeated, snapshot.errors.mse], [2, 0, 4]);
  assert.equal(snapshot.classes, null);
  assert.deepEqual(snapshot.otherModels, [
    { id: "ids/class", processed: 1 },
    { id: "weather/pressure/12", processed: 1 },
  ]);
  const classes = boardsOf(MIXED, { model: "ids" }).snapshot(NOW_MS);
  assert.equal(classes.classes?.accuracy, 1);
});

Deno.test("PredictionsBoard takes a newer version for the same model, and another target or horizon for another", () => {
  const boards = boardsOf([
    forecastOf("plant", { id: "a", version: "1" }),
    forecastOf("plant", { id: "b", version: "2" }),
    forecastOf("plant", { id: "b", horizon: 3, ageMs: 5 }),
    forecastOf("plant", { id: "b", target: "humidity", ageMs: 5 }),
  ]);
  const { processed, versions, otherModels } = boards.snapshot(NOW_MS);
  assert.deepEqual([processed, versions], [2, ["1", "2"]]);
  assert.deepEqual(otherModels.map(({ id }) => id), ["plant/humidity/12", "plant/temperature/3"]);
});

Deno.test("PredictionsBoard shows the model that a look chooses, by key or id; an unknown one chooses nothing", () => {
  const boards = boardsOf(MIXED);
  const shownFor = (model: string) => boards.snapshot(NOW_MS, { model }).modelId;
  for (const { key, id } of boards.snapshot(NOW_MS).models) {
    assert.deepEqual([shownFor(key), shownFor(id)], [id, id]);
  }
  assert.equal(shownFor("nobody/nothing"), "plant/temperature/12");
});

Deno.test("PredictionsBoard keeps models distinct whose names look the same once they are harmless", () => {
  const boards = boardsOf([
    forecastOf("模型", { id: "a", error: 1 }),
    forecastOf("气温", { id: "a", error: 3 }),
    forecastOf("x".repeat(80), { id: "a" }),
    forecastOf(`${"x".repeat(79)}y`, { id: "a" }),
  ]);
  assert.equal(idsOf(boards).length, 4);
  assert.equal(
    boardsOf(MIXED.concat(forecastOf("气温", { id: "a", error: 3 })), { model: "气温" })
      .snapshot(NOW_MS).errors.mse,
    9,
  );
});

Deno.test("PredictionsBoard shows the model that was asked for, by name, by id or by the part that says enough", () => {
  const records = [...MIXED, forecastOf("plant", { id: "c", target: "humidity", horizon: 3 })];
  const idsFor = (model: string) => idsOf(boardsOf(records, { model })).toSorted();
  assert.deepEqual(idsFor("weather"), ["weather/pressure/12"]);
  assert.deepEqual(idsFor("plant/temperature/12"), ["plant/temperature/12"]);
  assert.deepEqual(idsFor("plant/humidity"), ["plant/humidity/3"]);
  assert.deepEqual(idsFor("plant"), ["plant/humidity/3", "plant/temperature/12"]);
  assert.deepEqual(idsFor("nobody"), []);
  const nothing = boardsOf(records, { model: "nobody" }).snapshot(NOW_MS);
  assert.deepEqual([nothing.processed, nothing.modelId, nothing.otherModels.length], [0, null, 4]);
});

Deno.test("PredictionsBoard stays with a model that is at work, and goes on when it is silent", () => {
  const boards = boardsOf([forecastOf("plant", { id: "a", ageMs: 30_000 })]);
  assert.equal(boards.snapshot(NOW_MS).modelId, "plant/temperature/12");
  boards.addPrediction(fakeRecord(forecastOf("weather", { id: "b" })).value, NOW_MS);
  assert.equal(boards.snapshot(NOW_MS).modelId, "plant/temperature/12");
  assert.equal(boards.snapshot(NOW_MS + 40_000).modelId, "weather/temperature/12");
  const { models } = boards.snapshot(NOW_MS);
  assert.deepEqual(models.map(({ id }) => id), ["plant/temperature/12", "weather/temperature/12"]);
  const chosen = boards.snapshot(NOW_MS + 90_000, { model: models[0]!.key });
  assert.equal(chosen.modelId, "plant/temperature/12", "somebody chose it");
  assert.equal(boards.snapshot(NOW_MS + 90_000).modelId, "weather/temperature/12", "nobody else did");
});

Deno.test("PredictionsBoard keeps a bounded number of models, and the one that was asked for", () => {
  const many = Array.from({ length: 3 * MODELS_MAX }, (_, at) => forecastOf(`model-${at}`, { id: "a" }));
  assert.equal(idsOf(boardsOf(many)).length, MODELS_MAX);
  assert.deepEqual(idsOf(boardsOf(many, { model: "model-0" })), ["model-0/temperature/12"]);
});

Deno.test("PredictionsBoard counts the dead letters of the topic that the models read", () => {
  const boards = boardsOf(MIXED, { input: "input-data" });
  const letters = [["late", "input-data"], ["late", "packets"], ["not-json", "input-data"]] as const;
  letters.forEach(([reason, topic], offset) => {
    const record = fakeRecord("{", offset);
    const { headers } = deadLetter(record, { reason, detail: "", from: { topic, partition: 0 } });
    boards.addDeadLetter({ ...record, headers: [...headers ?? []] }, AT);
  });
  boards.addDeadLetter(fakeRecord("who wrote this?", 9), AT);
  const { deadLetters, deadLettered, otherDeadLetters } = boards.snapshot(NOW_MS);
  assert.deepEqual([deadLetters, deadLettered, otherDeadLetters], [2, { "late": 1, "not-json": 1 }, 2]);
});

Deno.test("lines, summary, JSON and every screen name the model that is shown and list the others", () => {
  const snapshot = boardsOf(MIXED).snapshot(NOW_MS, { points: 40 });
  assert.match(
    plainLine(snapshot),
    /model plant\/temperature\/12 .*not shown: ids\/class 1, weather\/pressure/,
  );
  const summary = summaryLines(snapshot).join("\n");
  assert.match(summary, /^model {9}plant\/temperature\/12, version 1\n/);
  assert.match(summary, /not shown {5}ids\/class 1, weather\/pressure\/12 1: --model NAME/);
  assert.deepEqual(toJson(snapshot)["otherModels"], snapshot.otherModels);
  assert.equal(toJson(snapshot)["model"], "plant/temperature/12");
  for (const size of [FULL_MIN, { columns: 80, rows: 24 }, BOXES_MIN, { columns: 60, rows: 15 }]) {
    for (const keys of [true, false]) {
      const lines = render(snapshot, {
        ...{ size, keys, color: false, title: "predictions", trouble: null, paused: false },
        ...{ help: false, refreshMs: 1_000 },
      });
      assert.equal(lines.length, size.rows);
      for (const line of lines) assert.ok(widthOf(line) <= size.columns, line);
      assert.match(lines[0]!, /^ streamflow plant\/temper/);
      assert.match(lines.join("\n"), /not shown: ids\/class 1, weather/);
      assert.match(lines.join("\n"), keys ? /next/ : /--model/);
    }
  }
});

Deno.test("the axis of an accuracy never leaves 0 to 100 %", () => {
  for (const right of [true, false]) {
    const actual = right ? "dos" : "normal";
    const boards = boardsOf(
      Array.from({ length: 50 }, (_, at) =>
        fakeClassification({
          ...{ id: String(at), predicted: "dos", actual, predictedAtMs: NOW_MS - at * 100 },
        })),
    );
    const lines = render(boards.snapshot(NOW_MS, { points: 60 }), {
      ...{
        size: { columns: 120, rows: 40 },
        keys: true,
        color: false,
        title: "",
        trouble: null,
        paused: false,
      },
      ...{ help: false, refreshMs: 1_000 },
    });
    const labels = [...lines.join("\n").matchAll(/(-?[\d.]+) % ┤/g)].map(([, value]) => Number(value));
    assert.ok(labels.length >= 2, lines.join("\n"));
    for (const label of labels) assert.ok(label >= 0 && label <= 100, `${label} %`);
  }
});
