import assert from "node:assert/strict";
import { Freshness } from "../../../src/monitor/boards/freshness.ts";

Deno.test("Freshness says how long nothing has come, where that is longer than usual", () => {
  const freshness = new Freshness(0);
  assert.deepEqual([freshness.silentMs(9_999), freshness.silentMs(12_000)], [null, 12_000]);
  for (let nowMs = 0; nowMs <= 60_000; nowMs += 500) freshness.take(nowMs);
  assert.deepEqual([freshness.silentMs(69_000), freshness.silentMs(120_000)], [
    null,
    60_000,
  ]);
  // Windows of a minute: a minute without a record is as it should be.
  freshness.usualMs = 60_000;
  assert.deepEqual([freshness.silentMs(170_000), freshness.silentMs(185_000)], [
    null,
    125_000,
  ]);
  // So it is where pauses were as long, and not for ever.
  const slow = new Freshness(0);
  slow.take(60_000);
  assert.equal(slow.silentMs(170_000), null);
  for (let nowMs = 60_000; nowMs < 80_000; nowMs += 2_000) slow.take(nowMs);
  assert.equal(slow.silentMs(90_000), 12_000);
});
