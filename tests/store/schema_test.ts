/** Tables and views of an SQLite store, and files of other versions. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openStore } from "../../src/store/open.ts";
import { APPLICATION_ID, SCHEMA_VERSION, tablesSql } from "../../src/store/sqlite/schema.ts";
import { StoreError } from "../../src/store/store.ts";
import { withFolder } from "../support/folder.ts";
import { globalRow, readingRow, roundRow, statisticsRow } from "./rows.ts";

function schemaOf(place: string): unknown[] {
  using database = new DatabaseSync(place, { readOnly: true });
  return database.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name").all();
}

Deno.test("a store of the first version gets what came after, and keeps its rows", () =>
  withFolder(async (folder) => {
    const [old, fresh] = [join(folder, "old.sqlite"), join(folder, "fresh.sqlite")];
    {
      using database = new DatabaseSync(old);
      for (const statement of tablesSql()) database.exec(statement);
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`);
      database.exec("INSERT INTO offsets VALUES ('sink', 't', NULL, 0, 0, 7)");
    }
    await using store = await openStore(old);
    assert.deepEqual(await store.init(), { created: false, from: 1, version: SCHEMA_VERSION });
    assert.equal((await store.offsets("sink"))[0]?.offset, 7);
    await using other = await openStore(fresh);
    await other.init();
    assert.deepEqual(schemaOf(old), schemaOf(fresh));
  }));

Deno.test("a file of a later version, and one that is no store, are left as they are", () =>
  withFolder(async (folder) => {
    const later = join(folder, "later.sqlite"), foreign = join(folder, "foreign.sqlite");
    const text = join(folder, "text.sqlite");
    {
      using database = new DatabaseSync(later);
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
      using others = new DatabaseSync(foreign);
      others.exec("CREATE TABLE mine (a)");
      await Deno.writeTextFile(text, "hello, this is no database at all, but a text\n".repeat(50));
    }
    for (
      const [place, said] of [[later, /later version/], [foreign, /no store/], [text, /no SQLite/]] as const
    ) {
      const before = await Deno.readFile(place);
      await using store = await openStore(place);
      await assert.rejects(
        store.init(),
        (error) => error instanceof StoreError && error.kind === "foreign" && said.test(error.message),
      );
      assert.deepEqual(await Deno.readFile(place), before);
    }
  }));

Deno.test("views show the newest incarnation of rounds, times as text, and numbers out of JSON", () =>
  withFolder(async (folder) => {
    const place = join(folder, "fl.sqlite");
    await using store = await openStore(place);
    await store.init();
    const metrics = { "mse.lastValue": 0.5, "mse.global": 0.25 };
    await store.write({
      rows: {
        rounds: [
          roundRow({ round: 1, offset: 0 }),
          roundRow({ round: 7, offset: 1 }),
          roundRow({ incarnation: 1, closed_ms: 1_700_000_002_500, metrics, refused: { a: 2, b: 3 } }),
        ],
        device_data: [readingRow()],
        global_models: [globalRow()],
        device_statistics: [statisticsRow()],
      },
    });
    using database = new DatabaseSync(place, { readOnly: true });
    const [row, ...more] = database.prepare("SELECT * FROM v_rounds").all();
    assert.equal(more.length, 0);
    const { round, opened, seconds, refused, mse_last_value, mse_global, mse_local } = row!;
    assert.deepEqual({ round, opened, seconds, refused, mse_last_value, mse_global, mse_local }, {
      ...{ round: 1, opened: "2023-11-14 22:13:20.000", seconds: 2.5, refused: 5 },
      ...{ mse_last_value: 0.5, mse_global: 0.25, mse_local: null },
    });
    const [statistics] = database.prepare('SELECT start, "end", mean FROM v_statistics').all();
    assert.deepEqual({ ...statistics }, {
      ...{ start: "1970-01-01 00:00:00.000", end: "1970-01-01 00:01:00.000", mean: 2 },
    });
  }));
