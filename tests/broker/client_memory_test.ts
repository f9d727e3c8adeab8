/** Who has to go when clients make the broker hold too much. */
import assert from "node:assert/strict";
import { ClientMemory } from "../../src/broker/client_memory.ts";

Deno.test("past the limit whoever holds most goes, and the others keep what they have", () => {
  const budget = new ClientMemory(100);
  const gone: string[] = [];
  const newHolder = (name: string) => ({ evict: () => void gone.push(name) });
  const [small, large, last] = [newHolder("small"), newHolder("large"), newHolder("last")];
  budget.set(small, 10);
  budget.set(large, 60);
  budget.set(last, 30);
  assert.deepEqual([gone, budget.heldBytes, budget.freeBytes], [[], 100, 0]);
  budget.set(last, 31);
  assert.deepEqual([gone, budget.heldBytes], [["large"], 41]);
  budget.set(small, 0);
  budget.set(last, 101);
  assert.deepEqual([gone, budget.heldBytes], [["large", "last"], 0]);
});
