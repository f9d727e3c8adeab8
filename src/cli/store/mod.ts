/** `streamflow store …`: what was copied from the topics, as tables. */
import { defineGroup } from "../command.ts";
import { storeQueryCommand } from "./query.ts";
import { storeCopyCommand } from "./copy.ts";
import { storeExportCommand } from "./export.ts";
import { storeInitCommand } from "./init.ts";

/** The commands under `store`. */
export const storeCommand = defineGroup({
  name: "store",
  summary: "Tables of devices, rounds, models, predictions and anomalies: SQL, files, dashboards",
  commands: [storeInitCommand, storeCopyCommand, storeQueryCommand, storeExportCommand],
});
