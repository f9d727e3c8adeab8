/** The table of error codes, the broker's and the clients', beside Kafka's own. */
import assert from "node:assert/strict";
import { ErrorCode, errorName, isRetriable } from "../../src/wire/error_code.ts";
import golden from "../golden/wire/error_codes.json" with { type: "json" };

/** Code, name, whether it is retriable. */
const CODES = golden.codes as [number, string, boolean][];

Deno.test("error codes are Kafka's, by name and by number, and as retriable", () => {
  for (const [code, name, retriable] of CODES) {
    assert.equal(errorName(code), name);
    assert.equal(isRetriable(code), retriable, name);
  }
  assert.deepEqual(
    new Map<string, number>(Object.entries(ErrorCode)),
    new Map(CODES.map(([code, name]) => [name, code])),
  );
  assert.equal(errorName(9999), "error code 9999");
  assert.equal(isRetriable(9999), false);
});
