/** The README says what the code does. */
import assert from "node:assert/strict";
import { fillReadme, readmeSections } from "../support/readme.ts";

const text = await Deno.readTextFile(new URL("../../README.md", import.meta.url));

Deno.test("the README's flags and schemas are those of the code", async () => {
  const sections = await readmeSections();
  for (const name of Object.keys(sections)) assert.ok(text.includes(`<!-- generated: ${name} -->`), name);
  assert.equal(fillReadme(text, sections), text, "run 'deno task readme'");
});

Deno.test("the two commands stand first and pin the same Deno as CI", async () => {
  const commands = [...text.matchAll(/npx -y deno@(\d+\.\d+\.\d+) task (\w+)/g)];
  assert.deepEqual(commands.slice(0, 2).map((match) => match[2]), ["demo", "test"]);
  const ci = await Deno.readTextFile(new URL("../../.ci/run", import.meta.url));
  const pinned = /^version=(.+)$/m.exec(ci)?.[1];
  for (const match of commands) assert.equal(match[1], pinned);
});
