/** The table of handlers: what its files say of themselves, and what ApiVersions says of it. */
import assert from "node:assert/strict";
import { HANDLERS } from "../../src/broker/handlers.ts";
import { LEFT_OUT_APIS } from "../../src/broker/left_out.ts";

const FOLDER = new URL("../../src/broker/handle/", import.meta.url);
const files = [...Deno.readDirSync(FOLDER)].map(({ name }) => name);

Deno.test("each API has a file of its own, and a handler stands in each file", () => {
  const keys = files.map((name) => Number(name.slice(0, 2)));
  assert.deepEqual(keys.sort((a, b) => a - b), [...HANDLERS.keys()].sort((a, b) => a - b));
});

Deno.test("each handler's first comment names its API, its key and the versions that are served", async () => {
  for (const { api, versions: [first, last] } of HANDLERS.values()) {
    const name = files.find((one) => Number(one.slice(0, 2)) === api.key)!;
    const text = await Deno.readTextFile(new URL(name, FOLDER));
    const versions = first === last ? `version ${first}` : `versions ${first}–${last}`;
    const contract = text.replace(/^(\/\/ Not pure: .*\n)?\/\*\*\s+(\* )?/, "");
    assert.ok(
      contract.startsWith(`${api.name}, key ${api.key}, ${versions}`),
      `${name}: ${contract.slice(0, 60)}`,
    );
  }
});

Deno.test("handlers serve only what the tables of messages describe, and nothing that is left out", () => {
  const leftOut = new Set(LEFT_OUT_APIS.flatMap(({ keys }) => keys));
  for (const { api, versions: [first, last] } of HANDLERS.values()) {
    assert.ok(first >= api.versions[0] && last <= api.versions[1] && first <= last, api.name);
    assert.ok(!leftOut.has(api.key), api.name);
  }
});
