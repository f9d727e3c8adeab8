/** The bundle for Superset: its columns are those of the store's views, and nothing in it leads nowhere. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { parse } from "yaml";
import { schemaSql } from "../../src/store/sqlite/schema.ts";

const root = new URL("../../ops/superset/streamflow/", import.meta.url);

// deno-lint-ignore no-explicit-any
type Yaml = any;

async function read(folder: string): Promise<Yaml[]> {
  const files: Yaml[] = [];
  for await (const { name } of Deno.readDir(new URL(folder, root))) {
    files.push(parse(await Deno.readTextFile(new URL(`${folder}${name}`, root))));
  }
  return files;
}

/** An empty store. */
function openEmpty(): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  for (const statement of schemaSql()) database.exec(statement);
  return database;
}

const [[database], datasets, charts, dashboards] = await Promise.all([
  ...[read("databases/"), read("datasets/streamflow/"), read("charts/"), read("dashboards/")],
]) as [Yaml[], Yaml[], Yaml[], Yaml[]];

Deno.test("every view of the store is a data set, with the view's columns", () => {
  using store = openEmpty();
  const views = store.prepare("SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name").all();
  assert.deepEqual(datasets.map(({ table_name }) => table_name).sort(), views.map(({ name }) => name));
  for (const { table_name, columns, main_dttm_col, database_uuid } of datasets) {
    const found = store.prepare("SELECT name FROM pragma_table_info(?)").all(table_name);
    const names = columns.map(({ column_name }: Yaml) => column_name);
    assert.deepEqual(names, found.map(({ name }) => name), table_name);
    const time = columns.find(({ column_name }: Yaml) => column_name === main_dttm_col);
    assert.equal(time?.is_dttm, true, table_name);
    assert.equal(database_uuid, database.uuid);
  }
});

Deno.test("every chart asks for what its data set has", () => {
  using store = openEmpty();
  for (const { slice_name, dataset_uuid, params } of charts) {
    const dataset = datasets.find(({ uuid }) => uuid === dataset_uuid);
    assert.ok(dataset !== undefined, slice_name);
    const orders = (params.order_by_cols ?? []).map((order: string) => JSON.parse(order)[0]);
    const columns = [...params.all_columns ?? [], ...params.groupby ?? [], ...orders];
    if (params.x_axis !== undefined) columns.push(params.x_axis);
    const names = dataset.columns.map(({ column_name }: Yaml) => column_name);
    for (const column of columns) assert.ok(names.includes(column), `${slice_name}: ${column}`);
    const metrics = [...params.metrics ?? [], ...params.metric === undefined ? [] : [params.metric]];
    assert.ok(columns.length + metrics.length > 0, slice_name);
    for (const { sqlExpression } of metrics) {
      assert.equal(store.prepare(`SELECT ${sqlExpression} FROM ${dataset.table_name}`).all().length, 1);
    }
  }
});

Deno.test("three dashboards show every chart, each where it is", () => {
  assert.deepEqual(dashboards.map(({ slug }) => slug).sort(), [
    ...["streamflow-anomalies", "streamflow-devices", "streamflow-global-model"],
  ]);
  const shown = dashboards.flatMap(({ position }) =>
    Object.values<Yaml>(position).filter(({ type }) => type === "CHART").map(({ meta }) => meta)
  );
  assert.deepEqual(shown.map(({ uuid }) => uuid).sort(), charts.map(({ uuid }) => uuid).sort());
  for (const { uuid, sliceName } of shown) {
    assert.equal(charts.find((chart) => chart.uuid === uuid)?.slice_name, sliceName);
  }
  for (const { position } of dashboards) {
    const rows = Object.values<Yaml>(position).filter(({ type }) => type === "ROW");
    for (const { children } of rows) {
      const widths = children.map((id: string) => position[id].meta.width);
      assert.equal(widths.reduce((sum: number, width: number) => sum + width, 0), 12);
    }
  }
});

Deno.test("the store is opened to be read, and a query writes nothing", () => {
  assert.match(database.sqlalchemy_uri, /\?mode=ro&uri=true$/);
  assert.deepEqual([database.allow_dml, database.allow_ctas, database.allow_cvas], [false, false, false]);
});
