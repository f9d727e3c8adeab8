/** The page, the terminal's `--json` and `/metrics` say the same of the same records. */
/// <reference lib="dom" />
import assert from "node:assert/strict";
import { formatCount, formatMs, formatNumber, formatPercent } from "../../../src/web/pages/format.js";
import { formatTarget } from "../../../src/web/pages/traffic_figures.js";
import { fakeDeadLetter, fakeRecord, madeUp } from "../../support/fake_predictions.ts";
import { runStreamflow } from "../../support/run.ts";
import { browserTest, startWeb, untilText } from "./browser.ts";
import { FedCluster } from "./fed.ts";

/** Values of `/metrics` by name and labels, as they stand there. */
async function scrape(url: string): Promise<Map<string, number>> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split("\n");
  return new Map(
    lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** The last digits of a sum depend on its order. */
function assertSame(actual: number | undefined, expected: number, what: string): void {
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= 1e-9 * Math.abs(expected),
    `${what}: ${actual}, ${expected}`,
  );
}

browserTest("the page, the terminal and /metrics have the same numbers", async (browser) => {
  await using cluster = new FedCluster();
  const nowMs = Date.now();
  const records = Array.from({ length: 2_000 }, (_, at) => fakeRecord(madeUp(at, nowMs + at)));
  await cluster.send("input-data", records.slice(0, 7).map(({ value }) => ({ key: null, value })));
  await cluster.send("predictions", records.map(({ value }) => ({ key: null, value })));
  const { value, headers } = fakeDeadLetter("not JSON");
  await cluster.send("dead-letters", [{ key: null, value, headers }]);
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(web.url);
  const tile = (name: string) => tab.page.locator(".tile").filter({ hasText: name });
  await tile("Predictions").first().locator(".value", { hasText: "2,000" }).waitFor();
  await tile("Lag").locator(".value", { hasText: "7" }).waitFor();
  await tile("Dead letters").locator(".value", { hasText: "1" }).waitFor();
  const [metrics, shown] = await Promise.all([scrape(web.url), tab.page.locator(".tiles").innerText()]);
  const { stdout } = await runStreamflow([
    ...["monitor", "--once", "--json", "--bootstrap-server", cluster.bootstrapServer],
  ]);
  const json = JSON.parse(stdout);
  const model = `model="${json.model}"`;
  const observed = (name: string, rest: string) =>
    metrics.get(`streamflow_observed_${name}{${model},${rest}}`);
  for (const by of ["network", "baseline"]) {
    assert.equal(observed("predictions_total", `by="${by}"`), json.predicted[by]);
    assert.ok(shown.includes(`${json.predicted[by].toLocaleString("en-US")} by the ${by}`), shown);
  }
  assertSame(observed("mse", 'by="network"'), json.mse, "MSE");
  assertSame(observed("mse", 'by="baseline"'), json.baselineMse, "MSE of the last value");
  assertSame(observed("mae", 'by="network"'), json.mae, "MAE");
  assert.ok(shown.includes(`\n${formatNumber(json.mse)}\n`), shown);
  for (const [quantile, name] of [["0.5", "p50"], ["0.95", "p95"], ["0.99", "p99"]] as const) {
    assertSame(observed("latency_seconds", `quantile="${quantile}"`), json.latencyMs[name] / 1_000, name);
    assert.ok(shown.includes(formatMs(json.latencyMs[name])), `${name} in ${shown}`);
  }
  assert.deepEqual(json.deadLettered, { "not JSON": 1 });
  assert.equal(metrics.get('streamflow_observed_dead_letters_total{reason="not JSON"}'), 1);
  assert.ok(shown.includes("1 not JSON"), shown);
  const lags = [...metrics].filter(([name]) => name.startsWith("kafka_consumergroup_lag{"));
  assert.deepEqual(
    lags.filter(([name]) => name.includes('topic="input-data"')).map(([, lag]) => lag),
    json.lag.map(({ lag }: { lag: number }) => lag),
  );
});

browserTest("the traffic page and the terminal have the same numbers", async (browser) => {
  await using cluster = new FedCluster();
  await cluster.traffic(120);
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(`${web.url}/traffic`);
  const { page } = tab;
  const rows = page.locator("section").filter({ has: page.getByRole("heading", { name: "Links" }) }).locator(
    "tbody tr",
  );
  const { stdout } = await runStreamflow([
    ...["monitor", "--view", "traffic", "--once", "--json", "--bootstrap-server", cluster.bootstrapServer],
  ]);
  const json = JSON.parse(stdout);
  for (const { link, targets } of json.links) {
    for (
      const [target, { next, scored, r2, baselineR2, mae, baselineMae, coverage }] of Object.entries<Figures>(
        targets,
      )
    ) {
      const cells = [
        ...[link, target, formatTarget(target, next.value), formatTarget(target, next.lower)],
        ...[
          formatTarget(target, next.upper),
          formatCount(scored),
          formatNumber(r2),
          formatNumber(baselineR2),
        ],
        ...[formatTarget(target, mae), formatTarget(target, baselineMae), formatPercent(coverage)],
      ];
      const pattern = cells.map((cell) => cell.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("[^]*");
      await rows.filter({ hasText: new RegExp(pattern) }).waitFor();
    }
  }
  const tile = (name: string) => page.locator(".tile").filter({ hasText: name }).locator(".value");
  await untilText(tile("Anomalies"), String(json.anomalies.count));
  await untilText(tile("Active alerts"), String(json.alerts.active));
});

/** What is compared of a target. */
interface Figures {
  readonly next: { readonly value: number; readonly lower: number; readonly upper: number };
  readonly scored: number;
  readonly r2: number;
  readonly baselineR2: number;
  readonly mae: number;
  readonly baselineMae: number;
  readonly coverage: number;
}
