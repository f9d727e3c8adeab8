import assert from "node:assert/strict";
import { JobCounters } from "../../src/jobs/counters.ts";
import { SEND_STALLED_MS } from "../../src/jobs/limits.ts";

Deno.test("JobCounters: the oldest send that waits too long is a stalled one, until it is acknowledged or fails", async () => {
  const counters = new JobCounters();
  const beganMs = performance.now();
  const late = () => beganMs + 2 * SEND_STALLED_MS;
  assert.equal(counters.stalled(late()), null);
  const first = Promise.withResolvers<void>(), second = Promise.withResolvers<void>();
  const acknowledged = counters.send("a", first.promise), failed = counters.send("b", second.promise);
  assert.equal(counters.stalled(beganMs + SEND_STALLED_MS), null);
  const stalled = counters.stalled(late());
  assert.equal(stalled?.topic, "a");
  assert.ok(stalled.waitedMs > SEND_STALLED_MS && stalled.waitedMs <= 2 * SEND_STALLED_MS);
  first.resolve();
  await acknowledged;
  assert.equal(counters.stalled(late())?.topic, "b");
  second.reject(new Error("no"));
  await assert.rejects(failed);
  assert.equal(counters.stalled(late()), null);
  assert.deepEqual([...counters.sendDuration.keys()], ["a"]);
});
