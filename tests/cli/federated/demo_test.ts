/** `federated demo`: all of federated learning in one process, and what its last line says. */
import assert from "node:assert/strict";
import { runStreamflow } from "../../support/run.ts";

Deno.test("a demo ends with the errors on unseen time, those of two rounds below the last value's", async () => {
  const { code, stdout, stderr } = await runStreamflow(["federated", "demo", "--rounds", "2", "--json"]);
  assert.equal(code, 0, stderr);
  const { mse, ...counts } = JSON.parse(stdout.trim().split("\n").at(-1)!);
  assert.deepEqual(counts, { devices: 18, rounds: 2, rejected: 0 });
  assert.deepEqual(Object.keys(mse), ["lastValue", "local", "global", "personalised", "centralised"]);
  for (const who of ["local", "global", "personalised", "centralised"]) {
    assert.ok(mse[who] < mse.lastValue, `${who}: ${mse[who]}, last value: ${mse.lastValue}`);
  }
  assert.match(stderr, /round 1: 18 updates of 18 devices/);
});

Deno.test("a demo of more rounds than there are examples is refused before anything starts", async () => {
  const { code, stderr } = await runStreamflow(["federated", "demo", "--rounds", "9000"]);
  assert.equal(code, 2);
  assert.match(stderr, /choose fewer --rounds/);
});
