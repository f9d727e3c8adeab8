/** Dashboards and rules hold together: what they name is there, and what Grafana needs of a provisioned file. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { METRICS } from "../../src/metrics/table.ts";
import { queriesOf, readDashboards } from "./dashboards.ts";

const ops = new URL("../../ops/", import.meta.url);
const readYaml = async (path: string) => parse(await Deno.readTextFile(new URL(path, ops)));
const dashboards = await readDashboards();
const rules = (await readYaml("prometheus/rules.yml")).groups.flatMap(({ rules }: { rules: Rule[] }) =>
  rules
) as Rule[];

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What Prometheus itself adds to a sample; `command` is in targets.yml. */
const SCRAPED = ["job", "instance", "command"];
const labelsOf = new Map<string, readonly string[]>([
  ["up", []],
  ...Object.values(METRICS).flatMap(({ name, type, labels }): [string, readonly string[]][] =>
    type === "histogram" ? [[`${name}_bucket`, [...labels, "le"]]] : [[name, labels]]
  ),
]);
const recorded = new Set(rules.flatMap(({ record = "" }) => record === "" ? [] : [record]));

/** Every selector: a metric, and the labels that it is chosen by. */
function selectorsIn(expr: string): { name: string; labels: string[] }[] {
  return [...expr.matchAll(/\b((?:streamflow|kafka|process)[\w:]*|up\b)(?:\{([^}]*)\})?/g)].map((found) => ({
    name: found[1]!,
    labels: [...(found[2] ?? "").matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map((label) => label[1]!),
  }));
}

function checkNames(place: string, expr: string): void {
  const selectors = selectorsIn(expr);
  assert.ok(selectors.length > 0, `${place}: no metric in ${expr}`);
  for (const { name, labels } of selectors) {
    if (recorded.has(name)) continue;
    const known = labelsOf.get(name);
    assert.ok(known !== undefined, `${place}: ${name} is not in the table of metrics`);
    for (const label of labels) {
      assert.ok([...known, ...SCRAPED].includes(label), `${place}: ${name} has no label ${label}`);
    }
  }
}

Deno.test("there are five dashboards, which Grafana can provision", async () => {
  assert.deepEqual(
    dashboards.map(({ dashboard }) => dashboard.uid),
    ["broker", "federated", "predictions", "traffic", "youtube"].map((name) => `streamflow-${name}`),
  );
  const { datasources } = await readYaml("grafana/provisioning/datasources/prometheus.yaml");
  for (const { name, dashboard } of dashboards) {
    const { id, refresh, panels, templating, annotations } = dashboard;
    assert.deepEqual([id, refresh, "__inputs" in dashboard], [null, "5s", false], name);
    const sources = [
      ...panels.flatMap((
        { datasource, targets = [] },
      ) => [datasource, ...targets.map((one) => one.datasource)]),
      ...[...templating.list, ...annotations.list].map(({ datasource }) => datasource),
    ].filter((source) => source !== undefined);
    assert.deepEqual(new Set(sources.map(({ uid }) => uid)), new Set([datasources[0].uid]), name);
  }
});

Deno.test("every panel says what it shows, in which unit, and lies beside the others", () => {
  for (const { name, dashboard: { panels } } of dashboards) {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, `${name}: ids`);
    for (const { title, type, description = "", fieldConfig, gridPos: { x, w } } of panels) {
      assert.ok(x + w <= 24, `${name}: ${title}`);
      if (type === "row") continue;
      assert.match(description, /^[A-Z].{10,}\.$/, `${name}: ${title}`);
      assert.ok((fieldConfig?.defaults.unit ?? "") !== "", `${name}: ${title}: unit`);
      assert.ok((fieldConfig?.defaults.thresholds.steps.length ?? 0) > 0, `${name}: ${title}: thresholds`);
    }
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + at % w} ${y + Math.floor(at / w)}`)
    );
    assert.equal(new Set(cells).size, cells.length, `${name}: panels lie over each other`);
  }
});

Deno.test("variables are described and used, and no query asks for one that is not there", () => {
  for (const { name, dashboard } of dashboards) {
    const { list } = dashboard.templating;
    assert.ok(list.length >= 2, name);
    const texts = [
      ...queriesOf({ name, dashboard }).map(({ expr }) => expr),
      ...list.map(({ query }) => query.query),
    ];
    const used = new Set(texts.flatMap((text) => [...text.matchAll(/\$(\w+)/g)].map((found) => found[1]!)));
    used.delete("__rate_interval");
    assert.deepEqual([...used].sort(), list.map((one) => one.name).sort(), name);
    for (const { description } of list) assert.ok(description.length > 5, name);
  }
});

Deno.test("every metric and label of every query is in the table of metrics", () => {
  for (const entry of dashboards) {
    for (const { place, expr } of queriesOf(entry)) checkNames(place, expr);
    for (const { name, query: { query } } of entry.dashboard.templating.list) {
      checkNames(`${entry.name}: $${name}`, query);
      const label = /, (\w+)\)$/.exec(query)![1]!;
      const known = [...labelsOf.get(selectorsIn(query)[0]!.name)!, ...SCRAPED];
      assert.ok(known.includes(label), `${entry.name}: $${name} asks for ${label}`);
    }
  }
  for (const { record, alert, expr } of rules) checkNames(record ?? alert!, expr);
});

Deno.test("every alert says what is wrong and what to do, and has a test; tests have series of today's metrics", async () => {
  const { tests } = await readYaml("prometheus/rules_test.yml") as {
    tests: {
      input_series: { series: string }[];
      alert_rule_test?: { alertname: string; exp_alerts: unknown[] }[];
    }[];
  };
  const fired = new Set(
    tests.flatMap(({ alert_rule_test = [] }) =>
      alert_rule_test.flatMap(({ alertname, exp_alerts }) => exp_alerts.length > 0 ? [alertname] : [])
    ),
  );
  for (const { alert, annotations = {} } of rules.filter((rule) => rule.alert !== undefined)) {
    assert.deepEqual(Object.keys(annotations).sort(), ["description", "runbook", "summary"], alert!);
    assert.ok(fired.has(alert!), `no test lets ${alert} fire`);
  }
  for (const { series } of tests.flatMap(({ input_series }) => input_series)) {
    checkNames("rules_test.yml", series);
  }
});
