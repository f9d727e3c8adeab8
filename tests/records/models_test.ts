/** Announcements of models: the file itself, or where it is. */
import assert from "node:assert/strict";
import { modelKeyOf, printModel, readModelPlace } from "../../src/records/models.ts";

const encoder = new TextEncoder();

Deno.test("printModel() is the file, or its place when it is too large for a record", () => {
  const place = { file: "/m.safetensors", sha256: "ab12" };
  const small = encoder.encode('{"file":'); // no JSON, whatever it begins with
  assert.deepEqual(printModel(small, place), small);
  assert.equal(readModelPlace(small), null);
  assert.deepEqual(readModelPlace(printModel(new Uint8Array(1_000_000), place)), place);
});

Deno.test("readModelPlace() takes a place that names a file, and nothing else", () => {
  const read = (text: string) => readModelPlace(encoder.encode(text));
  assert.deepEqual(read('{"file":"/m"}'), { file: "/m" });
  // No file has such a hash: it is refused with what was announced.
  assert.deepEqual(read('{"file":"/m","sha256":5}'), { file: "/m", sha256: "5" });
  for (const text of ["", "{}", "[]", "null", '{"file":5}', ' {"file":"/m"}']) assert.equal(read(text), null);
});

Deno.test("modelKeyOf() is the file's name without folder and ending", () => {
  assert.equal(modelKeyOf("/models/plant.v2.safetensors"), "plant.v2");
  assert.equal(modelKeyOf("plant"), "plant");
});
