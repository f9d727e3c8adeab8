/** `streamflow datasets list`: what there is. */
import { CATALOG } from "../../datasets/catalog/catalog.ts";
import { tableLines } from "../../runtime/text_table.ts";
import { defineCommand } from "../command.ts";
import { sizeText } from "./entries.ts";

/** Shows the catalogue. */
export const datasetsListCommand = defineCommand({
  name: "list",
  summary: "Show every data set that the program knows: rows, size, how it comes, what it is",
  examples: ["datasets list", "datasets list --json"],
  settings: ["json"],
  run({ json }, { out }) {
    if (json) out(JSON.stringify(CATALOG));
    else {
      const rows = CATALOG.map((entry) => [
        entry.name,
        entry.rows,
        sizeText(entry),
        entry.shipped ? "shipped" : "fetch",
        entry.what,
      ]);
      const isText = (column: number) => column === 0 || column > 2;
      tableLines([["name", "rows", "size", "how", "what"], ...rows], isText).forEach(out);
    }
    return Promise.resolve(0);
  },
});
