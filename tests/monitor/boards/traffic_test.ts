import assert from "node:assert/strict";
import { EVENTS_MAX, LINKS_MAX, WINDOWS_MAX } from "../../../src/monitor/boards/limits.ts";
import { TrafficBoard } from "../../../src/monitor/boards/traffic.ts";
import { bytesOf, FakeTraffic, lateLetter } from "../../support/fake_traffic.ts";
import { fill, forecastAt } from "../../support/fake_traffic_board.ts";

const ANY = { link: null, target: null, points: 100 };

Deno.test("TrafficBoard counts what came again once, and what it cannot read by itself", () => {
  const once = fill(new TrafficBoard());
  const twice = fill(fill(new TrafficBoard()));
  const [one, two] = [once, twice].map((board) => board.snapshot(0, ANY));
  assert.deepEqual(two!.chosen!.score, one!.chosen!.score);
  assert.deepEqual([two!.forecasts, two!.raised, two!.anomalyCount], [
    one!.forecasts,
    one!.raised,
    one!.anomalyCount,
  ]);
  assert.equal(two!.repeated, one!.forecasts + one!.raised + one!.cleared + one!.anomalyCount);
  assert.deepEqual(one!.deadLettered, { "late": 2, "?": 1 });
  for (const value of [null, bytesOf("{"), bytesOf({}), bytesOf("7"), bytesOf("null")]) {
    once.addForecast(value);
    once.addAlert(value);
    once.addAnomaly(value);
    once.addProcessed(value);
  }
  assert.equal(once.snapshot(0, ANY).unreadable, 20);
});

Deno.test("TrafficBoard scores the network's forecasts, final windows once, beside the last value", () => {
  const board = new TrafficBoard();
  const scored = (predicted: number, actual: number, by: "network" | "baseline" = "network") => ({
    ...{ predicted: { packets: predicted }, actual: { packets: actual }, baseline: { packets: 10 }, by },
    inside: { packets: predicted === actual },
  });
  const observed = forecastAt(0).observed;
  board.addForecast(bytesOf(forecastAt(0, { scored: scored(99, 7, "baseline") })));
  board.addForecast(bytesOf(forecastAt(1, { scored: scored(12, 12) })));
  board.addForecast(bytesOf(forecastAt(2, { scored: scored(10, 14) })));
  const correction = { ...observed, packets: 5, correction: true };
  board.addForecast(bytesOf(forecastAt(2, { id: "a#5", scored: scored(10, 99), observed: correction })));
  board.addForecast(bytesOf(forecastAt(3, { observed: { ...observed, packets: 1, final: false } })));
  const { score, recentScore, curves } = board.snapshot(0, ANY).chosen!;
  assert.deepEqual(score, recentScore);
  assert.deepEqual([score.scored, score.mse, score.baselineMse, score.coverage], [2, 8, 10, 0.5]);
  assert.deepEqual([score.r2, score.baselineR2, score.mae], [1 - 16 / 2, 1 - 20 / 2, 2]);
  assert.equal(curves.actual[0], 5, "the correction is in the curve");
  assert.equal(curves.actual.length, 4);
  assert.ok(Number.isNaN(curves.actual.at(-1)) && curves.forecast.at(-1)! > 0, "the last one is to come");
});

Deno.test("TrafficBoard keeps two models of one link apart, and other topics' dead letters", () => {
  const board = new TrafficBoard({ inputs: ["packets"] });
  const traffic = new FakeTraffic();
  for (let index = 0; index < 40; index++) {
    for (const one of traffic.window(index).forecasts) {
      board.addForecast(bytesOf(one));
      board.addForecast(bytesOf({ ...one, model: { name: "another", version: "1" } }));
    }
  }
  const letter = {
    ...{ offset: 0, timestampMs: 0, key: null, value: null },
    headers: lateLetter(4).headers!,
  };
  const elsewhere = letter.headers.map((header) =>
    header.key === "streamflow.topic" ? { ...header, value: new TextEncoder().encode("input-data") } : header
  );
  [letter, { ...letter, headers: elsewhere }, { ...letter, headers: [] }].forEach((one) =>
    board.addDeadLetter(one)
  );
  const { links, repeated, deadLetters, otherDeadLetters } = board.snapshot(0, ANY);
  assert.equal(links.length, 6, links.join());
  assert.ok(links.includes("core-7 by another"), links.join());
  assert.deepEqual([repeated, deadLetters, otherDeadLetters], [0, 1, 2]);
  assert.equal(board.snapshot(0, { ...ANY, link: "core-7 by another" }).chosen?.model, "another 1");
});

Deno.test("TrafficBoard leaves gaps between windows open", () => {
  const board = new TrafficBoard();
  const traffic = new FakeTraffic(["a"]);
  Array.from({ length: 9 }, (_, at) => traffic.window(at)).filter((_, at) => at < 2 || at > 5)
    .forEach(({ forecasts }) => board.addForecast(bytesOf(forecasts[0])));
  const { actual } = board.snapshot(0, ANY).chosen!.curves;
  assert.deepEqual(actual.map(Number.isNaN), [...[0, 0, 1, 1, 1, 1, 0, 0, 0, 1].map(Boolean)]);
});

Deno.test("TrafficBoard keeps a bounded number of links and windows, and chooses the busiest link", () => {
  const board = new TrafficBoard();
  const names = Array.from({ length: LINKS_MAX + 5 }, (_, at) => `link-${at}`);
  const traffic = new FakeTraffic(names);
  traffic.window(0).forecasts.forEach((one) => board.addForecast(bytesOf(one)));
  const { links, chosen } = board.snapshot(0, ANY);
  assert.equal(links.length, LINKS_MAX);
  assert.equal(chosen!.link, links[0]);
  assert.ok(!links.includes("link-0"), "the one that was silent longest went");
  assert.equal(board.snapshot(0, { ...ANY, link: "link-50" }).chosen!.link, "link-50");
  assert.equal(
    board.snapshot(0, { ...ANY, link: "link-0" }).chosen!.link,
    links[0],
    "it is not there any more",
  );
  const long = fill(new TrafficBoard(), { windows: WINDOWS_MAX + 50 });
  assert.equal(long.snapshot(0, { ...ANY, points: 10_000 }).chosen!.curves.actual.length, WINDOWS_MAX);
});

Deno.test("TrafficBoard names an alert that holds, however many came and went after it", () => {
  const board = new TrafficBoard();
  const traffic = new FakeTraffic();
  const made = Array.from({ length: 80 }, (_, index) => traffic.window(index).alerts).flat();
  const raised = made.find(({ state }) => state === "raised")!;
  const add = (link: string, state: "raised" | "cleared") =>
    board.addAlert(bytesOf({ ...raised, id: `${link}/${state}`, link, state }));
  add("holds", "raised");
  for (let at = 0; at <= EVENTS_MAX; at++) {
    add(`passes-${at}`, "raised");
    add(`passes-${at}`, "cleared");
  }
  const { alerts, activeAlerts } = board.snapshot(0, ANY);
  assert.deepEqual([alerts.length, activeAlerts], [EVENTS_MAX, 1]);
  assert.deepEqual(alerts.filter(({ state }) => state === "active").map(({ link }) => link), ["holds"]);
});
