/** What the catalogue says of files is true of those that are here. */
import assert from "node:assert/strict";
import { CATALOG } from "../../src/datasets/catalog/catalog.ts";
import { fileSha256 } from "../../src/datasets/fetch/sums.ts";
import { sharedFile } from "../support/shared_data.ts";

const known = CATALOG.flatMap(({ name, files }) => files.map((file) => ({ name, file })))
  .filter(({ file }) => file.sha256 !== undefined);

Deno.test({
  name: `sizes and SHA-256 of ${known.length} files are those of the copies that are here`,
  ignore: sharedFile("README.md") === null,
  async fn() {
    assert.ok(known.length >= 40);
    for (const one of known) {
      const path = sharedFile(`${one.name}/${one.file.path}`);
      if (path === null) throw new Error(`${one.name} ${one.file.path} is not here`);
      const { size } = await Deno.stat(path);
      assert.deepEqual(
        { bytes: size, sha256: await fileSha256(path) },
        { bytes: one.file.bytes, sha256: one.file.sha256 },
        one.file.path,
      );
    }
  },
});

Deno.test("names, paths and addresses are unique, and sizes are those of all files together", () => {
  const unique = (values: readonly string[]) => assert.equal(new Set(values).size, values.length);
  unique(CATALOG.map(({ name }) => name));
  for (const { name, bytes, files } of CATALOG) {
    unique(files.map(({ path }) => path));
    unique(files.map(({ url }) => url));
    const sizes = files.map((file) => file.bytes);
    const isKnown = sizes.length > 0 && sizes.every((size) => size !== undefined);
    if (isKnown) assert.equal(bytes, sizes.reduce((sum, size) => sum + size!, 0), name);
  }
});

Deno.test("the size of what is shipped is that of its file", async () => {
  const shipped = {
    meters: "opengrid-meters/electricity_18meters_1h.csv",
    sensors: "sensors/telosb-single-hop.csv",
  };
  for (const [name, path] of Object.entries(shipped)) {
    const { size } = await Deno.stat(new URL(`../../data/${path}`, import.meta.url));
    assert.equal(CATALOG.find((entry) => entry.name === name)!.bytes, size, name);
  }
});
