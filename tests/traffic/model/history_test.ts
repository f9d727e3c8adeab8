import assert from "node:assert/strict";
import { TrafficHistory } from "../../../src/traffic/model/history.ts";
import { emptyWindow, TRAFFIC_FEATURES } from "../../../src/traffic/observed.ts";

const SHAPE = { windows: 5, windowUs: 10 };
const window = (bytes: number) => ({ ...emptyWindow(10), bytes });
const held = (history: TrafficHistory) =>
  Array.from(
    { length: history.length },
    (_, i) => history.values[(history.end - history.length + i) * TRAFFIC_FEATURES.length],
  );

Deno.test("TrafficHistory holds the last windows in a row, however many came", () => {
  const history = new TrafficHistory(SHAPE);
  assert.equal(history.newest, null);
  for (let i = 0; i < 40; i++) {
    history.push(window(i), i * 10);
    assert.deepEqual(
      held(history),
      Array.from({ length: Math.min(5, i + 1) }, (_, k) => Math.max(0, i - 4) + k),
    );
    assert.equal(history.ready, i >= 4);
    assert.equal(history.newestUs, i * 10);
    assert.deepEqual(history.newest, window(i));
  }
});

Deno.test("TrafficHistory corrects a window that it holds, leaves older ones, and starts over behind a gap", () => {
  const history = new TrafficHistory(SHAPE);
  for (let i = 0; i < 7; i++) history.push(window(i), i * 10);
  history.push(window(40), 40);
  history.push(window(10), 10);
  assert.deepEqual(held(history), [2, 3, 40, 5, 6]);
  assert.equal(history.newestUs, 60);
  history.push(window(9), 90);
  assert.deepEqual(held(history), [9]);
  history.push(window(8), 85);
  assert.deepEqual(held(history), [8], "a window of another grid");
});

Deno.test("TrafficHistory goes on from its JSON as if nothing had happened, also at another length", () => {
  for (let cut = 0; cut < 14; cut++) {
    const whole = new TrafficHistory(SHAPE);
    let parted = new TrafficHistory(SHAPE);
    for (let i = 0; i < 14; i++) {
      if (i === cut) parted = TrafficHistory.from(JSON.parse(JSON.stringify(parted.toJson())), SHAPE);
      for (const history of [whole, parted]) history.push(window(i), i * 10);
    }
    assert.deepEqual(parted.toJson(), whole.toJson());
    assert.deepEqual(held(TrafficHistory.from(whole.toJson(), { windows: 3, windowUs: 10 })), [11, 12, 13]);
    const longer = TrafficHistory.from(whole.toJson(), { windows: 8, windowUs: 10 });
    assert.deepEqual([longer.ready, ...held(longer)], [false, 9, 10, 11, 12, 13]);
  }
});
