/** JSON values of records, and the reasons why they are none. */
import assert from "node:assert/strict";
import { z } from "zod";
import { jsonRecord, readAs, readJson } from "../../../src/records/formats/json.ts";

const encoder = new TextEncoder();

Deno.test("readJson() is the value, or the reason why there is none", () => {
  const reasonOf = (value: Uint8Array | null) => {
    const found = readJson(value, 8);
    return "json" in found ? found : found.reason;
  };
  assert.deepEqual(reasonOf(encoder.encode("[1,2.5]")), { json: [1, 2.5] });
  assert.deepEqual(reasonOf(encoder.encode("null")), { json: null });
  assert.equal(reasonOf(null), "tombstone");
  assert.equal(reasonOf(encoder.encode("[1,2,3,4]")), "too-large");
  for (const bytes of [[], [0x22, 0xff, 0x22], [0x7b]]) {
    assert.equal(reasonOf(Uint8Array.from(bytes)), "not-json");
  }
});

Deno.test("readAs() reads what jsonRecord() writes, and nothing that the schema does not say", () => {
  const schema = z.object({ id: z.string().min(1), n: z.int() });
  const record = jsonRecord("kéy", { id: "é", n: 1 });
  assert.equal(record.key, "kéy");
  assert.deepEqual(readAs(schema, record.value), { id: "é", n: 1 });
  for (const wrong of [{ id: "", n: 1 }, { id: "a", n: 1.5 }, { id: "a" }, [], null]) {
    assert.equal(readAs(schema, encoder.encode(JSON.stringify(wrong))), null);
  }
  assert.equal(readAs(schema, null), null);
  assert.equal(readAs(schema, encoder.encode('{"id":"a","n":1')), null);
});
