/** What is remembered of figures: against a plain list of everything that was added. */
import assert from "node:assert/strict";
import { Random } from "../../../nn/mod.ts";
import { History } from "../../../src/web/boards/history.ts";
import { COARSE, FINE, MARKERS_MAX, NAMES_MAX } from "../../../src/web/boards/limits.ts";

const START_MS = 1_800_000_000_000;

/** The same by keeping everything: rows of a step, the newest figure of each name in it. */
function courseOf(
  added: readonly (readonly [timeMs: number, figures: ReadonlyMap<string, number | null>])[],
  { stepMs, pointsMax }: { readonly stepMs: number; readonly pointsMax: number },
): Map<number, Map<string, number>> {
  const rows = new Map<number, Map<string, number>>();
  for (const [timeMs, figures] of added) {
    const at = Math.floor(timeMs / stepMs) * stepMs;
    const row = rows.get(at) ?? new Map<string, number>();
    rows.set(at, row);
    for (const [name, value] of figures) if (value !== null) row.set(name, value);
  }
  return new Map([...rows].slice(-pointsMax));
}

for (const seed of [1, 2, 3, 4, 5]) {
  Deno.test(`an hour by the second and a day by ten are what a list of everything has (seed ${seed})`, () => {
    const random = new Random(seed);
    const below = (max: number) => Math.floor(random.uniform() * max);
    const history = new History();
    const added: [number, Map<string, number | null>][] = [];
    const names = ["mse", "lag", "lag.0", "lag.1", "f1.normal"];
    let timeMs = START_MS + below(10_000);
    for (let round = 0; round < 6_000; round++) {
      const figures = new Map(
        names.filter(() => random.uniform() < 0.9).map((name): [string, number | null] => [
          name,
          random.uniform() < 0.1 ? null : below(1_000_000),
        ]),
      );
      history.add(timeMs, figures);
      added.push([timeMs, figures]);
      // Usually a second later, at times less, at times after a long pause.
      timeMs += [1_000, 1_000, 1_000, 400, below(30_000)][below(5)]!;
    }
    const view = history.view();
    assert.deepEqual(view.names.toSorted(), names.toSorted());
    for (const [course, kind] of [[view.fine, FINE], [view.coarse, COARSE]] as const) {
      const expected = courseOf(added, kind);
      assert.equal(course.stepMs, kind.stepMs);
      assert.deepEqual(course.times, [...expected.keys()]);
      for (const [at, name] of view.names.entries()) {
        assert.deepEqual(course.columns[at], [...expected.values()].map((row) => row.get(name) ?? NaN), name);
      }
    }
    // Rows that are asked for by themselves are the last ones of the whole.
    for (const back of [0, 1, 7, 5_000]) {
      const from = Math.max(0, view.fine.times.length - back);
      const sinceMs = from === 0 ? -Infinity : view.fine.times[from - 1]!;
      assert.deepEqual(
        history.rowsSince(sinceMs),
        view.fine.times.slice(from).map((time, row) => [
          time,
          ...view.fine.columns.map((column) => column[from + row]!),
        ]),
      );
    }
  });
}

Deno.test("names that were absent for a day go, and of too many the one that was absent longest", () => {
  const history = new History();
  history.add(START_MS, new Map([["stays", 1], ["goes", 2]]));
  const before = history.names;
  history.add(START_MS + 1_000, new Map([["stays", 1]]));
  assert.equal(history.names, before);
  const dayMs = COARSE.stepMs * COARSE.pointsMax;
  history.add(START_MS + dayMs + 1, new Map([["stays", 1]]));
  assert.deepEqual(history.names, ["stays"]);

  let timeMs = START_MS + dayMs + 1_001;
  const names = Array.from({ length: NAMES_MAX - 1 }, (_, at) => `video ${at}`);
  for (const name of names) history.add(timeMs += 1_000, new Map([["stays", 1], [name, 1]]));
  assert.equal(history.names.length, NAMES_MAX);
  history.add(timeMs += 1_000, new Map([["stays", 1], ["one more", 1]]));
  assert.deepEqual(history.names, ["stays", ...names.slice(1), "one more"]);
  // There are never more than that, however many come at once.
  history.add(timeMs += 1_000, new Map(Array.from({ length: 1_000 }, (_, at) => [`many ${at}`, at])));
  assert.equal(history.names.length, NAMES_MAX);
  const view = history.view();
  assert.ok(view.fine.columns.every((column) => column.length === view.fine.times.length));
});

Deno.test("figures keep six digits, whole numbers all of them", () => {
  const history = new History();
  history.add(START_MS, new Map([["mse", 0.123456789], ["likes", 54_123_457]]));
  assert.deepEqual(history.rowsSince(-Infinity), [[START_MS, 0.123457, 54_123_457]]);
});

Deno.test("a clock that is set back changes nothing that is remembered", () => {
  const history = new History();
  history.add(START_MS, new Map([["lag", 1]]));
  history.add(START_MS - 60_000, new Map([["lag", 2]]));
  assert.deepEqual(history.rowsSince(-Infinity), [[START_MS, 1]]);
});

Deno.test("markers: the newest are remembered, each goes out once, and a day later they are gone", () => {
  const history = new History();
  const none = new Map<string, number>();
  history.add(START_MS, none, ["version 2 predicts"]);
  const { markerCount } = history;
  assert.deepEqual(history.markersSince(markerCount), []);
  history.add(START_MS + 1_000, none, ["a", "b\u001b[31m"]);
  assert.deepEqual(history.markersSince(markerCount), [
    { timeMs: START_MS + 1_000, text: "a" },
    { timeMs: START_MS + 1_000, text: "b[31m" },
  ]);
  history.add(START_MS + 2_000, none, Array.from({ length: 1_000 }, (_, at) => `${at}`));
  assert.equal(history.view().events.length, MARKERS_MAX);
  assert.equal(history.markersSince(markerCount).length, MARKERS_MAX);
  assert.equal(history.view().events.at(-1)!.text, "999");
  history.add(START_MS + 2_000 + COARSE.stepMs * COARSE.pointsMax, none);
  assert.deepEqual(history.view().events, []);
});
