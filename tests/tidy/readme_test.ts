/** The README says what the code does. */
import assert from "node:assert/strict";
import { documentUrl, fillReadme, GENERATED, readmeSections } from "../support/readme.ts";

const text = await Deno.readTextFile(documentUrl("README.md"));

Deno.test("flags and schemas in the documents are those of the code", async () => {
  const sections = await readmeSections();
  assert.deepEqual(Object.values(GENERATED).flat().toSorted(), Object.keys(sections).toSorted());
  for (const [path, names] of Object.entries(GENERATED)) {
    const document = await Deno.readTextFile(documentUrl(path));
    for (const name of names) assert.ok(document.includes(`<!-- generated: ${name} -->`), `${path}: ${name}`);
    assert.equal(fillReadme(document, sections), document, `${path}: run 'deno task readme'`);
  }
});

Deno.test("the two commands stand first and pin the same Deno as CI", async () => {
  const commands = [...text.matchAll(/npx -y deno@(\d+\.\d+\.\d+) task (\w+)/g)];
  assert.deepEqual(commands.slice(0, 2).map((match) => match[2]), ["demo", "test"]);
  const ci = await Deno.readTextFile(new URL("../../.ci/run", import.meta.url));
  const pinned = /^version=(.+)$/m.exec(ci)?.[1];
  for (const match of commands) assert.equal(match[1], pinned);
});
