import assert from "node:assert/strict";
import kafkajs from "kafkajs";
import { Buffer } from "node:buffer";
import {
  assignRoundRobin,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from "../../src/wire/consumer_protocol.ts";
import { WireError } from "../../src/wire/reader.ts";

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

Deno.test("encodeSubscription() is what kafkajs reads, and back", () => {
  const bytes = encodeSubscription(["readings", "тема"]);
  assert.deepEqual(MemberMetadata.decode(Buffer.from(bytes))?.topics, ["readings", "тема"]);
  const theirs = MemberMetadata.encode({ version: 1, topics: ["a", "b"], userData: Buffer.from("u") });
  assert.deepEqual(decodeSubscription(theirs), ["a", "b"]);
});

Deno.test("encodeAssignment() is what kafkajs reads, and back", () => {
  const partitions = [{ topic: "a", partition: 0 }, { topic: "a", partition: 300_000 }, {
    topic: "b",
    partition: 1,
  }];
  const decoded = MemberAssignment.decode(Buffer.from(encodeAssignment(partitions)));
  assert.deepEqual(decoded?.assignment, { a: [0, 300_000], b: [1] });
  const theirs = MemberAssignment.encode({
    version: 0,
    assignment: { a: [0, 300_000], b: [1] },
    userData: Buffer.alloc(0),
  });
  assert.deepEqual(decodeAssignment(theirs), partitions);
  assert.deepEqual(decodeAssignment(new Uint8Array(0)), []);
});

Deno.test("decodeAssignment() throws at garbage instead of looping", () => {
  assert.throws(() => decodeAssignment(Uint8Array.of(0, 0, 127, 255, 255, 255, 0, 1)), WireError);
  assert.throws(() => decodeAssignment(Uint8Array.of(0, 0, 0, 0, 0, 1)), WireError);
});

Deno.test("assignRoundRobin() deals in turn, to those who read the topic", () => {
  const partitions = [0, 1, 2, 3].map((partition) => ({ topic: "a", partition }));
  const both = [{ memberId: "y", topics: ["a"] }, { memberId: "x", topics: ["a"] }];
  const dealt = assignRoundRobin(both, partitions);
  assert.deepEqual(dealt.get("x")?.map((one) => one.partition), [0, 2]);
  assert.deepEqual(dealt.get("y")?.map((one) => one.partition), [1, 3]);
  const mixed = [{ memberId: "x", topics: ["a"] }, { memberId: "y", topics: ["b"] }];
  assert.equal(assignRoundRobin(mixed, partitions).get("x")?.length, 4);
  assert.deepEqual(assignRoundRobin(mixed, partitions).get("y"), []);
  assert.equal(assignRoundRobin([], partitions).size, 0);
});
