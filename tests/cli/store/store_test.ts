/** `store query` and `store export` with the real program. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openStore } from "../../../src/store/open.ts";
import { withFolder } from "../../support/folder.ts";
import { pythonHas, runPython } from "../../support/python.ts";
import { interrupt, runStreamflow, startStreamflow } from "../../support/run.ts";
import { globalRow, readingRow, roundRow, statisticsRow } from "../../store/rows.ts";

const ROWS = 25_000;
const NASTY = ['a,"b"\r\nc', "", "=1+1", "Zähler ☃ 👩‍🚀", "\u001b[31mred"];

/** Runs with a store that has rows of every type of column. */
async function withStore(use: (place: string, folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const place = join(folder, "fl.sqlite");
    {
      await using store = await openStore(place);
      await store.init();
      const statistics = Array.from({ length: ROWS }, (_, at) =>
        statisticsRow({
          ...{
            start_ms: at,
            end_ms: 2 ** 52 + at,
            device: NASTY[at % NASTY.length]!,
            mean: at / 7,
            count: at,
          },
          ...{ sd: at % 3 === 0 ? null : 1e-300 * at, model_version: at % 2 === 0 ? null : `v${at}` },
        }));
      const readings = NASTY.map((label, offset) =>
        readingRow({ offset, label, features: { x: 0.1, label } })
      );
      await store.write({
        rows: {
          ...{ device_statistics: statistics, device_data: readings, global_models: [globalRow()] },
          rounds: [roundRow(), roundRow({ round: 2, offset: 1 })],
        },
      });
    }
    await use(place, folder);
  });
}

Deno.test("store query answers a SELECT as a table or JSON, and steers no terminal", () =>
  withStore(async (store) => {
    const table = await runStreamflow([
      ...["store", "query", "SELECT round, state FROM v_rounds ORDER BY round DESC", "--store", store],
    ]);
    assert.equal(table.stdout, "round  state\n    2  open\n    1  open\n");
    const json = await runStreamflow([
      ...[
        "store",
        "query",
        'SELECT "offset", label FROM device_data',
        "--store",
        store,
        "--json",
        "--limit",
        "4",
      ],
    ]);
    const { columns, rows, isCut } = JSON.parse(json.stdout);
    assert.deepEqual([columns, isCut], [["offset", "label"], true]);
    assert.deepEqual(rows.map(({ label }: { label: string }) => label), NASTY.slice(0, 4));
    assert.match(json.stderr, /more rows than the 4 shown/);
    const nasty = await runStreamflow(["store", "query", "SELECT label FROM device_data", "--store", store]);
    assert.ok(!nasty.stdout.includes("\u001b"));
    assert.equal(nasty.stdout.trimEnd().split("\n").length, NASTY.length + 1);
  }));

Deno.test("store query refuses what is no SELECT, and what fails in the middle is a failure", () =>
  withStore(async (store) => {
    const before = await Deno.readFile(store);
    const refused = [
      "DELETE FROM rounds",
      "DROP TABLE rounds",
      "SELECT 1; DELETE FROM rounds",
      "SELECT 1) ; DELETE FROM rounds; --",
      "ATTACH '/tmp/other.sqlite' AS other",
      "PRAGMA user_version = 9",
      "SELECT json(CASE WHEN \"offset\" = 3 THEN '{' ELSE '1' END) FROM device_data",
      "SELECT zeroblob(100000000)",
    ];
    for (const sql of refused) {
      const { code, stdout, stderr } = await runStreamflow(["store", "query", sql, "--store", store]);
      assert.deepEqual([code, stdout], [1, ""], sql);
      assert.match(stderr, /^error: query: /, sql);
    }
    assert.deepEqual(await Deno.readFile(store), before);
    const none = await runStreamflow(["store", "query", "SELECT 1", "--store", `${store}.none`]);
    assert.match(none.stderr, /^error: store: there is no store at/);
  }));

Deno.test("store query that would go on for ever ends with Ctrl-C", () =>
  withStore(async (store) => {
    const sql = "WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t) SELECT count(*) FROM t";
    await using running = await startStreamflow(["store", "query", sql, "--store", store, "--verbose"], {
      watchOutput: true,
    });
    await running.watched!.getReader().read();
    const { code } = await interrupt(running);
    assert.equal(code, 130);
  }));

Deno.test("store export writes CSV and JSON lines with every row and every letter", () =>
  withStore(async (store, folder) => {
    const run = async (format: string, table: string) => {
      const out = join(folder, `${table}.${format}`);
      const args = ["store", "export", "--store", store, "--format", format, "--table", table, "--out", out];
      const { code, stderr } = await runStreamflow(args);
      assert.equal(code, 0, stderr);
      return await Deno.readTextFile(out);
    };
    const lines = (await run("ndjson", "device_statistics")).trimEnd().split("\n").map((line) =>
      JSON.parse(line)
    );
    assert.equal(lines.length, ROWS);
    const found = lines.find(({ count }) => count === 1_234);
    assert.deepEqual([found.mean, found.end_ms, found.device], [
      1_234 / 7,
      2 ** 52 + 1_234,
      NASTY[1_234 % 5],
    ]);
    const csv = await run("csv", "device_data");
    assert.ok(csv.startsWith("topic,incarnation,partition,offset,device,id,time_ms,features,label\r\n"));
    assert.ok(csv.includes('"a,""b""\r\nc"\r\n'));
    assert.ok(csv.includes(',""\r\n'), "an empty text is no missing value");
    const unknown = await runStreamflow(["store", "export", "--store", store, "--table", "device-data"]);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /did you mean --table device_data/);
  }));

Deno.test({
  name: "store export writes Parquet that pyarrow reads with every type and every value",
  ignore: !await pythonHas("pyarrow"),
  fn: () =>
    withStore(async (store, folder) => {
      const script = `
import json, sys, pyarrow.parquet as pq
file = pq.ParquetFile(sys.argv[1])
table = file.read()
columns = {}
for name in table.column_names:
    # Times as numbers: Python's own end with the year 9999.
    isTime = str(table.schema.field(name).type).startswith("timestamp")
    values = (table.column(name).cast("int64") if isTime else table.column(name)).to_pylist()
    columns[name] = [value.hex() if isinstance(value, bytes) else value for value in values]
print(json.dumps({"types": {f.name: str(f.type) for f in table.schema}, "groups": file.num_row_groups, "columns": columns}))
`;
      const source = await openStore(store);
      await using _source = source;
      for (
        const table of ["device_statistics", "device_data", "global_models", "rounds", "anomalies"] as const
      ) {
        const out = join(folder, `${table}.parquet`);
        const args = [
          "store",
          "export",
          "--store",
          store,
          "--format",
          "parquet",
          "--table",
          table,
          "--out",
          out,
        ];
        const { code, stderr } = await runStreamflow(args);
        assert.equal(code, 0, stderr);
        const { types, groups, columns } = JSON.parse(await runPython(script, out));
        const rows = (await Array.fromAsync(source.rows(table))).flat() as unknown as Record<
          string,
          unknown
        >[];
        for (const [name, values] of Object.entries<unknown[]>(columns)) {
          const wanted = rows.map((row) => {
            const value = row[name];
            if (value instanceof Uint8Array) return value.toHex();
            return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
          });
          assert.deepEqual(values, wanted, `${table}.${name}`);
        }
        if (table !== "device_statistics") continue;
        assert.equal(groups, 2);
        const { start_ms, count, mean, device, model_version } = types;
        assert.deepEqual({ start_ms, count, mean, device, model_version }, {
          ...{ start_ms: "timestamp[ms, tz=UTC]", count: "int64", mean: "double", device: "string" },
          model_version: "string",
        });
      }
    }),
});
