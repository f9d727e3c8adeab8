/** Watermarks over partitions that are slow, idle, new or gone. */
import assert from "node:assert/strict";
import { Watermarks } from "../../src/stream/watermark.ts";

const two = () => {
  const watermarks = new Watermarks({ lateness: 5, idleTimeoutMs: 100 });
  watermarks.join("0", 0);
  watermarks.join("1", 0);
  return watermarks;
};

Deno.test("Watermarks.at() is the slowest partition's highest time less the lateness", () => {
  const watermarks = two();
  assert.equal(watermarks.at(0), -Infinity);
  watermarks.observe("0", 50, 1);
  assert.equal(watermarks.at(1), -Infinity);
  watermarks.observe("1", 30, 2);
  assert.equal(watermarks.at(2), 25);
  watermarks.observe("1", 20, 3);
  assert.equal(watermarks.at(3), 25);
  watermarks.observe("1", 70, 4);
  assert.equal(watermarks.at(4), 45);
});

Deno.test("Watermarks.at() goes on without an idle partition and waits for it when it comes back", () => {
  const watermarks = two();
  watermarks.observe("0", 50, 10);
  assert.equal(watermarks.at(99), -Infinity);
  assert.deepEqual(watermarks.idle(100), ["1"]);
  assert.equal(watermarks.at(100), 45);
  watermarks.observe("1", 20, 105);
  watermarks.observe("0", 80, 105);
  assert.equal(watermarks.at(105), 45, "it never goes back, and the one that is back holds it");
  watermarks.observe("1", 60, 106);
  assert.equal(watermarks.at(106), 55);
  assert.equal(watermarks.at(206), 75, "all idle: the highest counts");
});

Deno.test("Watermarks.leave() ends the waiting for a partition", () => {
  const watermarks = two();
  watermarks.observe("0", 50, 1);
  watermarks.leave("1");
  assert.equal(watermarks.at(1), 45);
  watermarks.leave("0");
  assert.equal(watermarks.at(1), 45);
});

Deno.test("Watermarks.toJson() is the whole state", () => {
  const options = { lateness: 5, idleTimeoutMs: 100 };
  const watermarks = two();
  watermarks.observe("0", 50, 7);
  const again = new Watermarks(options, JSON.parse(JSON.stringify(watermarks.toJson())));
  assert.deepEqual(again.toJson(), watermarks.toJson());
  assert.equal(again.at(99), -Infinity);
  assert.equal(again.at(100), 45);
});
