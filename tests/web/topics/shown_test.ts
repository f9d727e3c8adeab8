/** Paths, filters, shown records and batches of a tail: pure. */
import assert from "node:assert/strict";
import type { IncomingRecord } from "../../../src/kafka/port.ts";
import {
  KEY_BYTES_MAX,
  TAIL_BEHIND_MAX,
  TAIL_RECORDS_MAX,
  VALUE_BYTES_MAX,
} from "../../../src/web/topics/limits.ts";
import { parseJsonPath, valueAt } from "../../../src/web/topics/shown/json_path.ts";
import { recordFilter, type WantedRecords } from "../../../src/web/topics/shown/record_filter.ts";
import { shownBytes, shownRecord } from "../../../src/web/topics/shown/shown_record.ts";
import { positionsIn, positionsText, takeBatch } from "../../../src/web/topics/shown/tail_batch.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function record(offset: number, value: unknown, key: string | null = null): IncomingRecord {
  return {
    ...{ offset, timestampMs: 1_000 + offset, headers: [] },
    key: key === null ? null : bytes(key),
    value: value === null ? null : bytes(typeof value === "string" ? value : JSON.stringify(value)),
  };
}

Deno.test("a path names members and elements; what is none is refused with a sentence", () => {
  const value = { a: { "b c": [1, { d: null }], ключ: true }, "": 5 };
  const found = (text: string) => {
    const path = parseJsonPath(text);
    assert.ok(typeof path !== "string", String(path));
    return valueAt(value, path);
  };
  assert.equal(found("$"), value);
  assert.equal(found('$.a["b c"][0]'), 1);
  assert.equal(found("$.a['b c'][1].d"), null);
  assert.equal(found("$.a.ключ"), true);
  assert.equal(found('$[""]'), 5);
  for (
    const text of [
      "$.a.x",
      "$.a[0]",
      '$.a["b c"].length',
      "$.a['b c'][2]",
      "$.toString",
      "$.__proto__",
      "$.a.constructor",
    ]
  ) {
    assert.equal(found(text), undefined, text);
  }
  for (
    const text of [
      "",
      "a",
      "$a",
      "$.",
      "$..a",
      "$.a[",
      "$.a[-1]",
      "$.a[*]",
      "$[?(@.a)]",
      '$["\\x"]',
      "$".padEnd(201, ".a"),
    ]
  ) {
    assert.equal(typeof parseJsonPath(text), "string", text);
  }
});

Deno.test("filters: key, text, path with equals and contains, all at once", () => {
  const passes = (wanted: WantedRecords, one: IncomingRecord) => {
    const filter = recordFilter(wanted);
    assert.ok(typeof filter === "function", String(filter));
    return filter(one);
  };
  const one = record(0, { n: 20, s: "Kettle on", list: ["x", 3], no: false, nil: null }, "k-1");
  const yes: WantedRecords[] = [
    { key: "k-1" },
    { key: "k-*" },
    { key: "*" },
    { text: "KETTLE" },
    { text: "K-1" },
    { path: "$.nil" },
    { path: "$.n", equals: "20.0" },
    { path: "$.no", equals: "false" },
    { path: "$.nil", equals: "null" },
    { path: "$.s", contains: "ttle" },
    { path: "$.list", contains: "3" },
    { path: "$.list", contains: "x" },
    { path: "$.list", equals: '["x",3]' },
    { key: "k*", text: "on", path: "$.n", equals: "20", contains: "2" },
  ];
  for (const wanted of yes) assert.ok(passes(wanted, one), JSON.stringify(wanted));
  const no: WantedRecords[] = [
    { key: "k" },
    { key: "K-1" },
    { text: "tea" },
    { path: "$.x" },
    { path: "$.n", equals: "" },
    { path: "$.n", equals: "2" },
    { path: "$.s", equals: "Kettle" },
    { path: "$.list", contains: "[" },
    { key: "k-1", text: "tea" },
  ];
  for (const wanted of no) assert.ok(!passes(wanted, one), JSON.stringify(wanted));
  for (const odd of [record(0, null), record(0, "{broken")]) {
    assert.ok(!passes({ path: "$" }, odd));
    assert.ok(!passes({ key: "*" }, odd));
  }
  assert.equal(recordFilter({}), null);
  assert.equal(typeof recordFilter({ path: "n" }), "string");
  assert.ok(passes({ equals: "7" }, record(0, "7")));
});

Deno.test("bytes are shown as JSON, text, hex or base64, and cut between characters", () => {
  const shown = (value: Uint8Array | null, max = VALUE_BYTES_MAX) => shownBytes(value, max);
  assert.deepEqual(shown(null), { kind: "none", text: null, cut: false });
  assert.deepEqual(shown(bytes("")), { kind: "text", text: "", cut: false });
  assert.deepEqual(shown(bytes('{"a": 1}')), { kind: "json", text: '{"a": 1}', cut: false });
  assert.deepEqual(shown(bytes("{broken")), { kind: "text", text: "{broken", cut: false });
  assert.deepEqual(shown(bytes("<b>&amp;</b>")).text, "<b>&amp;</b>");
  assert.deepEqual(shown(Uint8Array.of(0, 255)), { kind: "hex", text: "00ff", cut: false });
  assert.deepEqual(shown(bytes("a\u0000b")).kind, "hex");
  assert.equal(shown(new Uint8Array(300)).kind, "base64");
  assert.deepEqual(shown(bytes("aéé"), 4), { kind: "text", text: "aé", cut: true });
  const long = shownRecord({
    ...record(3, "v".repeat(VALUE_BYTES_MAX + 1), "k".repeat(KEY_BYTES_MAX)),
    headers: Array.from({ length: 30 }, (_, i) => ({ key: `h${i}`, value: Uint8Array.of(1) })),
  }, 2);
  assert.deepEqual([long.partition, long.offset, long.timeMs, long.cut], [2, 3, 1_003, true]);
  assert.deepEqual([long.key.cut, long.value.cut, long.headers.length], [false, true, 20]);
  assert.equal(long.sizes.value, VALUE_BYTES_MAX + 1);
  const broken = shownRecord({
    ...{ ...record(7, null), timestampMs: -1 },
    undecodable: {
      lastOffset: 9,
      reason: "batch at offsets 7-9 could not be decoded: x",
      bytes: Uint8Array.of(1, 2),
    },
  }, 0);
  assert.deepEqual([broken.timeMs, broken.value.text, broken.sizes.value], [null, "0102", 2]);
  assert.match(broken.undecodable ?? "", /could not be decoded/);
});

function chunk(
  partition: number,
  { from, count, highWatermark }: { from: number; count: number; highWatermark: number },
) {
  return {
    ...{
      partition,
      isOutOfRange: false as const,
      nextOffset: from + count,
      highWatermark,
      logStartOffset: 0,
    },
    records: Array.from({ length: count }, (_, i) => record(from + i, `${partition}-${from + i}`)),
  };
}

Deno.test("a live tail keeps the newest and counts the rest; one from the beginning leaves nothing out", () => {
  const begin = { offsets: new Map([[0, 0], [1, 0]]), isLive: true };
  const many = takeBatch(begin, [chunk(0, { from: 0, count: 80, highWatermark: 80 })], null);
  assert.deepEqual([many.records.length, many.skipped, many.behind], [TAIL_RECORDS_MAX, 30, 0]);
  assert.equal(many.records.at(-1)?.record.offset, 79);
  const far = takeBatch(
    begin,
    [chunk(0, { from: 0, count: 10, highWatermark: 10 + TAIL_BEHIND_MAX + 1 })],
    null,
  );
  assert.deepEqual([far.records.length, far.skipped, far.state.offsets.get(0)], [
    10,
    TAIL_BEHIND_MAX + 1 - 50,
    TAIL_BEHIND_MAX + 11 - 50,
  ]);
  let state: Parameters<typeof takeBatch>[0] = { offsets: new Map([[0, 0]]), isLive: false };
  const offsets: number[] = [];
  for (let round = 0; round < 3; round++) {
    const from = state.offsets.get(0)!;
    const batch = takeBatch(state, [chunk(0, { from, count: 120 - from, highWatermark: 120 })], null);
    offsets.push(...batch.records.map(({ record }) => record.offset));
    assert.equal(batch.skipped, 0);
    assert.equal(batch.behind, 120 - offsets.length);
    state = batch.state;
  }
  assert.deepEqual(offsets, Array.from({ length: 120 }, (_, i) => i));
  assert.equal(state.isLive, true);
  const gone = takeBatch(begin, [{ partition: 1, isOutOfRange: true }], null);
  assert.deepEqual([gone.outOfRange, gone.state.offsets.get(1)], [[1], 0]);
  const none = takeBatch(begin, [chunk(0, { from: 0, count: 5, highWatermark: 5 })], () => false);
  assert.deepEqual([none.records.length, none.searched], [0, 5]);
});

Deno.test("positions go into an event's id and come back, for the same topic alone", () => {
  const text = positionsText("ab", new Map([[0, 12], [3, 7]]));
  assert.deepEqual(positionsIn(text, "ab"), [{ partition: 0, offset: 12 }, { partition: 3, offset: 7 }]);
  for (
    const [wrong, id] of [[text, "cd"], [text, null], ["", "ab"], ["ab 1", "ab"], ["ab x:1", "ab"]] as const
  ) {
    assert.equal(positionsIn(wrong, id), null, wrong);
  }
});
