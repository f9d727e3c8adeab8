import assert from "node:assert/strict";
import { type IdleOptions, type IdleWatch, watchIdle } from "../../src/jobs/idle.ts";
import type { JobClock } from "../../src/jobs/clock.ts";

/** A clock that goes on when the test says so. */
class Time implements JobClock {
  now = 0;
  #alarms: { atMs: number; ring: () => void }[] = [];

  nowMs(): number {
    return this.now;
  }

  after(delayMs: number, ring: () => void): () => void {
    const alarm = { atMs: this.now + delayMs, ring };
    this.#alarms.push(alarm);
    return () => this.#alarms = this.#alarms.filter((one) => one !== alarm);
  }

  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.#alarms.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > end) break;
      this.#alarms = this.#alarms.filter((one) => one !== next);
      this.now = next.atMs;
      next.ring();
    }
    this.now = end;
  }
}

/** When the watch ends what it watches; `null` where it does not. */
function endOf(
  script: (watch: IdleWatch, time: Time) => void,
  options: Partial<IdleOptions> = {},
): number | null {
  const time = new Time();
  let ended: number | null = null;
  const watch = watchIdle({
    ...{ untilIdleMs: 1_000, sessionTimeoutMs: 30_000, clock: time },
    stop: () => ended ??= time.now,
    ...options,
  });
  script(watch, time);
  time.pass(100_000);
  watch.cancel();
  return ended;
}

Deno.test("watchIdle() counts from the assignment, and from what came last", () => {
  assert.equal(endOf(() => {}), null); // the group is joined only when a dead member is missed
  assert.equal(
    endOf((watch, time) => {
      time.pass(31_000);
      watch.assigned(2);
    }),
    32_000,
  );
  assert.equal(
    endOf((watch, time) => {
      watch.assigned(2);
      time.pass(900);
      watch.restart();
      time.pass(900);
      watch.restart();
    }),
    2_800,
  );
  assert.equal(endOf((watch) => watch.assigned(1), { untilIdleMs: undefined }), null);
});

Deno.test("watchIdle() does not count while partitions are taken away, or the cluster is", () => {
  assert.equal(
    endOf((watch, time) => {
      watch.assigned(1);
      time.pass(900);
      watch.revoked();
      watch.restart(); // what was in hand
      time.pass(50_000);
      watch.assigned(1);
    }),
    51_900,
  );
  let isAway = true;
  const options = { isAway: () => isAway };
  const ended = endOf((watch, time) => {
    watch.assigned(1);
    time.pass(10_500);
    isAway = false;
  }, options);
  assert.equal(ended, 11_000);
});

Deno.test("watchIdle() waits for records that are there and have not come, for a session's time at most", () => {
  assert.equal(endOf((watch) => watch.assigned(1), { isBehind: () => true }), 31_000);
  let isBehind = true;
  const ended = endOf((watch, time) => {
    watch.assigned(1);
    time.pass(7_250); // a slow machine
    watch.restart();
    isBehind = false;
  }, { isBehind: () => isBehind });
  assert.equal(ended, 8_250);
});

Deno.test("watchIdle() waits for a session's time where others own every partition", () => {
  assert.equal(endOf((watch) => watch.assigned(0)), 31_000);
  assert.equal(
    endOf((watch, time) => {
      watch.assigned(0);
      time.pass(29_000);
      watch.assigned(3); // a member had died
    }),
    30_000,
  );
});
