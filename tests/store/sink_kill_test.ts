/** `kill -9` of a copying process at random moments: every record is one row in the end. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Random } from "../../nn/mod.ts";
import { openStore } from "../../src/store/open.ts";
import { withFolder } from "../support/folder.ts";
import { killAtOnce, runStreamflow, startStreamflow } from "../support/run.ts";
import { until } from "../support/until.ts";
import { idsTo, readingIds, readings, send, withClient } from "./sinks.ts";

const KILLS = Deno.env.get("STREAMFLOW_CHAOS") === "full" ? 20 : 4;
const READINGS = 60_000;

/** Rows that are committed now; 0 where the store is not made yet. */
function countRows(place: string): number {
  try {
    using database = new DatabaseSync(place, { readOnly: true });
    return Number(database.prepare("SELECT count(*) AS rows FROM device_data").get()!["rows"]);
  } catch {
    return 0; // no file, or no table in it yet
  }
}

Deno.test("kill -9 of 'store copy' loses no record and doubles none", () =>
  withClient((client, { bootstrapServer }) =>
    withFolder(async (folder) => {
      const random = new Random(5);
      const place = join(folder, "fl.sqlite");
      const args = ["store", "copy", "--store", place, "--bootstrap-server", bootstrapServer];
      await send(client, "input-data", readings(0, READINGS));
      for (let at = 0; at < KILLS; at++) {
        const wanted = countRows(place) + random.uniform(0, (READINGS - countRows(place)) / 2);
        await using running = await startStreamflow(args);
        await until(() => countRows(place) > wanted);
        await killAtOnce(running);
      }
      const before = countRows(place);
      const { code, stdout, stderr } = await runStreamflow([...args, "--until-idle", "2s", "--json"]);
      assert.equal(code, 0, stderr);
      await using store = await openStore(place);
      assert.deepEqual(await readingIds(store), idsTo(READINGS));
      // What was written before the last kill is not written again: rows and offsets go together.
      assert.equal(JSON.parse(stdout).rows.device_data ?? 0, READINGS - before);
    })
  ));
