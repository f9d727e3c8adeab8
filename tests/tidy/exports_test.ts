/** What is exported is used: by another file, or at least in its own. */
import assert from "node:assert/strict";
import { readScripts, readSources } from "./sources.ts";

/** Used by tests alone: only ever fewer. */
const BY_TESTS_ALONE: readonly string[] = [
  "src/broker/left_out.ts: LEFT_OUT_FEATURES",
  "src/records/predictions/schema.ts: predictionSchema",
  "src/traffic/observed.ts: valuesOfWindow",
  "src/wire/message.ts: readRequestBody",
];

Deno.test("every export is used by the program", async () => {
  const sources = [...await readSources("nn", "src"), ...await readScripts()];
  const words = new Map<string, number>();
  const code = sources.map(({ path, text }) => ({ path, code: text.replace(/\/\*\*[^]*?\*\//g, "") }));
  for (const { code: text } of code) {
    for (const [word] of text.matchAll(/\w+/g)) words.set(word, (words.get(word) ?? 0) + 1);
  }
  const unused = code.flatMap(({ path, code: text }) =>
    [...text.matchAll(
      /^export (?:async )?(?:abstract )?(?:function\*?|class|const|let|interface|type) (\w+)/gm,
    )].filter(([, name]) => words.get(name!) === 1).map(([, name]) => `${path}: ${name}`)
  );
  assert.deepEqual(unused, BY_TESTS_ALONE);
});
