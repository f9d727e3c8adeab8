/** One contract, every kind of store. */
import { join } from "node:path";
import { openStore } from "../../src/store/open.ts";
import { uniqueName } from "../support/cluster.ts";
import { withFolder } from "../support/folder.ts";
import { testMongos } from "../support/mongodb.ts";
import { testStore } from "./contract.ts";

testStore({
  name: "SQLite",
  missing: null,
  with: (use) => withFolder((folder) => use(() => openStore(join(folder, "fl.sqlite")))),
});

for (const { name, missing, validates, open } of await testMongos()) {
  testStore({
    ...{ name, missing, validates },
    with: async (use) => {
      await using mongo = await open();
      const database = uniqueName("streamflow");
      await use(() => openStore(`${mongo.url}/${database}`));
    },
  });
}
