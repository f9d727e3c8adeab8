/** `streamflow store init`: makes a store, or brings its tables to this version. */
import { formatCount } from "../../runtime/progress.ts";
import { TABLE_NAMES } from "../../store/tables.ts";
import { defineCommand } from "../command.ts";
import { openNamedStore, STORE_KEYS } from "./open_store.ts";

/** Makes a store. */
export const storeInitCommand = defineCommand({
  name: "init",
  summary: "Make a store, or bring the tables of an older one to this version",
  examples: ["store init", "store init --store mongodb://127.0.0.1:27017/streamflow"],
  settings: [...STORE_KEYS, "json"],
  async run(settings, { out }) {
    const { store, state } = await openNamedStore(settings);
    await using _open = store;
    const { created, from, version } = state;
    if (settings.json) {
      out(JSON.stringify({ store: store.name, created, from, version, tables: TABLE_NAMES }));
    } else if (created) out(`made the store ${store.name}: ${formatCount(TABLE_NAMES.length)} tables`);
    else if (from < version) out(`brought the store ${store.name} from version ${from} to ${version}`);
    else out(`the store ${store.name} is there already, with version ${version}: nothing to do`);
    return 0;
  },
});
