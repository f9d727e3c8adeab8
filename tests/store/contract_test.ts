/** One contract, every kind of store. */
import { join } from "node:path";
import { openStore } from "../../src/store/open.ts";
import { withFolder } from "../support/folder.ts";
import { testStore } from "./contract.ts";

testStore({
  name: "SQLite",
  missing: null,
  with: (use) => withFolder((folder) => use(() => openStore(join(folder, "fl.sqlite")))),
});
