/** When a cluster is away, and what is said of it. */
import assert from "node:assert/strict";
import { Outage } from "../../src/kafka/outage.ts";

Deno.test("a cluster is away when a broker is lost and no connection is open, not when one node of several is down", () => {
  const said: string[] = [];
  const outage = new Outage((message) => said.push(message));
  assert.equal(outage.isAway, false);
  const closeOne = outage.reached("a:1");
  const closeTwo = outage.reached("b:2");
  closeTwo();
  outage.lost("b:2", "ECONNREFUSED");
  outage.lost("b:2", "ECONNREFUSED");
  assert.equal(outage.isAway, false, "a:1 still answers");
  closeOne();
  closeOne();
  assert.equal(outage.isAway, true);
  outage.lost("a:1", "ECONNREFUSED");
  const closeAgain = outage.reached("a:1");
  assert.equal(outage.isAway, false);
  closeAgain();
  assert.equal(outage.isAway, true, "b:2 is lost still");
  assert.match(
    said.join("\n"),
    /^cannot reach Kafka at b:2 .*\ncannot reach Kafka at a:1 .*\nKafka at a:1 is back/,
  );
  assert.equal(said.length, 3);
});
