import assert from "node:assert/strict";
import { type Header, KafkaError, type OutgoingRecord } from "../../../src/kafka/port.ts";
import { cutToFit, deadLetter, sizeOf } from "../../../src/records/dead_letters/print.ts";
import { sendingLetters } from "../../../src/records/dead_letters/send.ts";
import { DEAD_LETTER_BYTES_MAX } from "../../../src/records/limits.ts";
import { obstacleOf } from "../../../src/records/dead_letters/replay.ts";
import { readDeadLetter } from "../../../src/records/dead_letters/read.ts";

const HUGE = 1_048_400;
const bytes = (size: number) => new Uint8Array(size).fill(120);
const decoder = new TextDecoder();

/** A record with the parts that matter; the rest is small. */
function letterOf(
  parts: { key?: Uint8Array | null; value?: Uint8Array | null; headers?: readonly Header[] },
) {
  const record = {
    ...{
      offset: 7,
      timestampMs: 0,
      key: bytes(3),
      value: bytes(5),
      headers: [{ key: "trace", value: bytes(9) }],
    },
    ...parts,
  };
  const letter = deadLetter(record, {
    reason: "not-json",
    detail: "x",
    from: { topic: "t", partition: 1 },
    nowMs: 0,
  });
  assert.ok(sizeOf(letter) <= DEAD_LETTER_BYTES_MAX, `${sizeOf(letter)} bytes`);
  return letter;
}

function headerOf({ headers = [] }: OutgoingRecord, name: string): string | undefined {
  const found = headers.findLast(({ key }) => key === `streamflow.${name}`);
  return found && decoder.decode(found.value);
}

Deno.test("deadLetter() leaves what fits as it is", () => {
  const { key, value, headers } = letterOf({ value: bytes(900_000) });
  assert.deepEqual([key!.length, value!.length, headers![0]!.key], [3, 900_000, "trace"]);
  assert.ok(!headers!.some((header) => header.key.startsWith("streamflow.truncated")));
});

Deno.test("deadLetter() cuts a huge value, key or header, whole is what is short, and names the sizes", () => {
  const byKey = letterOf({ key: bytes(HUGE) });
  assert.equal(headerOf(byKey, "truncated-key"), String(HUGE));
  assert.deepEqual([byKey.value!.length, byKey.headers![0]!.value.length], [5, 9]);
  assert.ok((byKey.key as Uint8Array).length > 990_000);

  const byValue = letterOf({ value: bytes(HUGE) });
  assert.equal(headerOf(byValue, "truncated"), String(HUGE));
  assert.deepEqual([(byValue.key as Uint8Array).length, byValue.headers![0]!.value.length], [3, 9]);

  const byHeader = letterOf({
    headers: [{ key: "blob", value: bytes(HUGE) }, { key: "trace", value: bytes(9) }],
  });
  assert.match(headerOf(byHeader, "truncated-headers")!, /^2 headers of 10484\d\d bytes$/);
  assert.deepEqual(byHeader.headers!.slice(0, 2).map(({ key }) => key), ["blob", "trace"]);
  assert.equal(byHeader.headers![1]!.value.length, 9);

  const byName = letterOf({ headers: [{ key: "n".repeat(HUGE), value: bytes(2) }] });
  assert.match(headerOf(byName, "truncated-headers")!, /^1 headers of/);
  const byNames = letterOf({ headers: [{ key: "ä€😀".repeat(300_000), value: bytes(2) }] }); // several bytes a sign
  assert.match(headerOf(byNames, "truncated-headers")!, /^1 headers of/);

  const all = letterOf({
    key: bytes(HUGE),
    value: bytes(HUGE),
    headers: [{ key: "blob", value: bytes(HUGE) }],
  });
  assert.ok(
    ["truncated", "truncated-key", "truncated-headers"].every((name) => headerOf(all, name) !== undefined),
  );
  for (const letter of [byKey, byValue, byHeader, byName, all]) {
    assert.deepEqual(["reason", "topic", "partition", "offset"].map((name) => headerOf(letter, name)), [
      ...["not-json", "t", "1", "7"],
    ]);
  }
});

Deno.test("deadLetter() keeps some of very many headers", () => {
  const headers = Array.from({ length: 200_000 }, (_, i) => ({ key: `h${i}`, value: bytes(1) }));
  const letter = letterOf({ headers });
  assert.match(headerOf(letter, "truncated-headers")!, /^200000 headers of \d+ bytes$/);
  assert.equal(letter.headers![99]!.key, "h99");
});

Deno.test("a dead letter that was cut is not replayed", () => {
  for (
    const parts of [{ key: bytes(HUGE) }, { value: bytes(HUGE) }, {
      headers: [{ key: "b", value: bytes(HUGE) }],
    }]
  ) {
    const { key, value, headers = [] } = letterOf(parts);
    const record = { offset: 0, timestampMs: 0, key: key as Uint8Array, value, headers };
    assert.equal(
      obstacleOf(readDeadLetter(record, { topic: "d", partition: 0 }), { again: false }),
      "truncated",
    );
  }
});

Deno.test("cutToFit() cuts again, and says the size that there was at first", () => {
  const letter = cutToFit(letterOf({ value: bytes(HUGE), key: bytes(300_000) }), 10_000);
  assert.ok(sizeOf(letter) <= 10_000);
  assert.deepEqual([headerOf(letter, "truncated"), headerOf(letter, "truncated-key")], [`${HUGE}`, "300000"]);
  assert.equal(letter.headers!.filter(({ key }) => key === "streamflow.truncated").length, 1);
});

Deno.test("sendingLetters() cuts a letter to what its topic takes, and sends the others once", async () => {
  const stored: OutgoingRecord[] = [];
  const other: string[] = [];
  const send = sendingLetters((topic, records) => {
    if (topic !== "dead") return Promise.resolve(void other.push(topic));
    const [record] = records as [OutgoingRecord];
    if (sizeOf(record) > 20_000) return Promise.reject(new KafkaError("record-too-large", "too large"));
    return Promise.resolve(void stored.push(record));
  }, "dead");
  await send("dead", [letterOf({}), letterOf({ value: bytes(HUGE) }), letterOf({ key: bytes(30_000) })]);
  await send("predictions", [letterOf({})]);
  assert.deepEqual(other, ["predictions"]);
  assert.deepEqual(
    stored.map((one) => headerOf(one, "truncated") ?? headerOf(one, "truncated-key") ?? "").sort(),
    [
      ...["", String(HUGE), "30000"].sort(),
    ],
  );
  const refuse = sendingLetters(() => Promise.reject(new KafkaError("record-too-large", "never")), "dead");
  await assert.rejects(refuse("dead", [letterOf({})]), /never/);
});
