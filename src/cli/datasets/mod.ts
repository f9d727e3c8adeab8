/** `streamflow datasets …`: what there is under which terms, downloaded, cleaned. */
import { defineGroup } from "../command.ts";
import { datasetsFetchCommand } from "./fetch.ts";
import { datasetsListCommand } from "./list.ts";
import { datasetsPrepareCommand } from "./prepare.ts";

/** The commands under `datasets`. */
export const datasetsCommand = defineGroup({
  name: "datasets",
  summary: "Data sets: what there is under which terms, downloaded, cleaned",
  commands: [datasetsListCommand, datasetsFetchCommand, datasetsPrepareCommand],
});
