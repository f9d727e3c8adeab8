/** Times of records: the quick way agrees with `Date`. */
import assert from "node:assert/strict";
import { parseUtcTime } from "../../../src/records/formats/utc_time.ts";

Deno.test("parseUtcTime() is Date.parse() on every day of 1,600 years, and strict", () => {
  for (let day = -300_000; day < 300_000; day += 1) {
    const ms = day * 86_400_000 + (day & 0xffff) * 999;
    if (parseUtcTime(new Date(ms).toISOString()) !== ms) assert.fail(new Date(ms).toISOString());
  }
  assert.equal(parseUtcTime("0000-01-01T00:00:00.000Z"), Date.parse("0000-01-01T00:00:00.000Z"));
  assert.equal(parseUtcTime("0000-12-31T00:00:00.000Z"), Date.parse("0000-12-31T00:00:00.000Z"));
  assert.equal(parseUtcTime("9999-12-31T23:59:59.999Z"), Date.parse("9999-12-31T23:59:59.999Z"));
  for (
    const text of [
      "2026-13-01T00:00:00.000Z",
      "2026-00-01T00:00:00.000Z",
      "2026-01-00T00:00:00.000Z",
      "2026-04-31T00:00:00.000Z",
      "1900-02-29T00:00:00.000Z",
      "2026-01-01T00:60:00.000Z",
      "2026-01-01T00:00:60.000Z",
      "2026-01-01T00:00:00.0a0Z",
      "2026-01-01T00:00:00.00aZ",
      "2026-01-01t00:00:00.000Z",
      "２026-01-01T00:00:00.000Z",
      "",
    ]
  ) assert.ok(Number.isNaN(parseUtcTime(text)), text);
});
