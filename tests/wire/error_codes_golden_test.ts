/** Both tables of error codes, the broker's and the clients', beside Kafka's own. */
import assert from "node:assert/strict";
import { codeName, passesByItself } from "../../src/kafka/error_codes.ts";
import { CODE } from "../../src/kafka/protocol_errors.ts";
import { ErrorCode, errorMeaning } from "../../src/wire/error_code.ts";
import golden from "../golden/wire/error_codes.json" with { type: "json" };

/** Code, name, whether it is retriable. */
const CODES = golden.codes as [number, string, boolean][];

Deno.test("clients know Kafka's error codes by their names, and which pass by themselves", () => {
  for (const [code, name, retriable] of CODES) {
    assert.equal(codeName(code), name);
    assert.equal(passesByItself(code), retriable, name);
  }
  assert.equal(codeName(9999), "error code 9999");
  const byName = new Map(CODES.map(([code, name]) => [name, code]));
  for (const [name, code] of Object.entries(CODE)) assert.equal(code, byName.get(name), name);
});

Deno.test("the broker's error codes are Kafka's, and as retriable", () => {
  const golden = new Map(CODES.map(([code, name, retriable]) => [name, { code, retriable }]));
  for (const [name, code] of Object.entries(ErrorCode)) {
    const meaning = errorMeaning(code);
    assert.deepEqual({ code, retriable: meaning?.retriable }, golden.get(name), name);
    assert.equal(meaning?.name, name);
  }
});
