/** What a partition remembers of idempotent producers. */
import assert from "node:assert/strict";
import { ProducerStates } from "../../src/broker/log/producer_states.ts";
import { readBatchHeader } from "../../src/wire/record_batch.ts";
import { idempotentBatch } from "../support/batches.ts";

const LAST_SEQUENCE = 2 ** 31 - 1;

function header(place: readonly [number, number, number], records = 1) {
  return readBatchHeader(idempotentBatch(place, Array.from({ length: records }, () => "x")));
}

function errorOf(
  states: ProducerStates,
  place: readonly [number, number, number],
  records = 1,
): string | number {
  const verdict = states.check(header(place, records));
  return verdict.ok ? verdict.duplicateOf ?? "new" : verdict.error;
}

Deno.test("check() goes on with sequence 0 after the last one, inside a batch too", () => {
  const states = new ProducerStates();
  states.add(header([1, 0, LAST_SEQUENCE]), { baseOffset: 0, nowMs: 0 });
  assert.equal(errorOf(states, [1, 0, 0]), "new");
  states.add(header([2, 0, LAST_SEQUENCE - 1], 5), { baseOffset: 1, nowMs: 0 });
  assert.equal(errorOf(states, [2, 0, 3]), "new");
  assert.equal(errorOf(states, [2, 0, 4]), "OUT_OF_ORDER_SEQUENCE_NUMBER");
  assert.equal(errorOf(states, [2, 0, LAST_SEQUENCE - 1], 5), 1);
});

Deno.test("check() knows the last five batches of a producer again, by both ends", () => {
  const states = new ProducerStates();
  for (let at = 0; at < 6; at++) {
    states.add(header([1, 0, 2 * at], 2), { baseOffset: 100 + 2 * at, nowMs: 0 });
  }
  assert.equal(errorOf(states, [1, 0, 0], 2), "OUT_OF_ORDER_SEQUENCE_NUMBER");
  for (let at = 1; at < 6; at++) assert.equal(errorOf(states, [1, 0, 2 * at], 2), 100 + 2 * at);
  assert.equal(errorOf(states, [1, 0, 10], 1), "OUT_OF_ORDER_SEQUENCE_NUMBER");
  assert.equal(errorOf(states, [1, 0, 12], 2), "new");
});

Deno.test("check() lets a new epoch begin at 0 only, and forgets the batches of the old", () => {
  const states = new ProducerStates();
  states.add(header([1, 4, 0]), { baseOffset: 0, nowMs: 0 });
  assert.equal(errorOf(states, [1, 3, 1]), "INVALID_PRODUCER_EPOCH");
  assert.equal(errorOf(states, [1, 5, 1]), "OUT_OF_ORDER_SEQUENCE_NUMBER");
  states.add(header([1, 5, 0]), { baseOffset: 9, nowMs: 0 });
  assert.equal(errorOf(states, [1, 5, 0]), 9);
  assert.equal(errorOf(states, [1, 4, 1]), "INVALID_PRODUCER_EPOCH");
});

Deno.test("add() keeps to its limit: who was heard of least recently is evicted", () => {
  const states = new ProducerStates(3);
  for (const producerId of [1, 2, 3]) {
    states.add(header([producerId, 0, 0]), { baseOffset: producerId, nowMs: 0 });
  }
  states.add(header([1, 0, 1]), { baseOffset: 4, nowMs: 0 });
  states.add(header([4, 0, 0]), { baseOffset: 5, nowMs: 0 });
  assert.equal(states.size, 3);
  assert.equal(errorOf(states, [2, 0, 77]), "new");
  assert.equal(errorOf(states, [1, 0, 0]), 1);
});

Deno.test("expire() forgets producers that were silent for a day", () => {
  const states = new ProducerStates();
  states.add(header([1, 0, 0]), { baseOffset: 0, nowMs: 0 });
  states.add(header([2, 0, 0]), { baseOffset: 1, nowMs: 1000 });
  states.expire(86_400_500);
  assert.equal(states.size, 1);
  assert.equal(errorOf(states, [2, 0, 0]), 1);
});
