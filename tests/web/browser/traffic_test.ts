/** The Traffic page in a real browser, fed by `streamflow web` from the embedded broker. */
/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { eventually } from "../../support/until.ts";
import { browserTest, startWeb, type Tab, untilText } from "./browser.ts";
import { FedCluster } from "./fed.ts";
import { card, looksRight, tile, tileValue } from "./looks.ts";

async function fed(windows = 150): Promise<FedCluster> {
  const cluster = new FedCluster();
  await cluster.traffic(windows);
  return cluster;
}

/** The chart of forecasts says in words what it shows. */
async function untilShown({ page }: Tab): Promise<void> {
  await page.getByText("Live", { exact: true }).waitFor();
  await page.locator("figure[aria-label^='Actual against forecast'][aria-label*='upper bound']").waitFor();
}

/** The snapshot that the page has, from the same server. */
async function boardOf(url: string) {
  return (await (await fetch(`${url}/api/v1/boards/traffic`)).json()).board;
}

/** Alerts, anomalies and the top talkers. */
// deno-lint-ignore no-explicit-any
async function untilAsOnTheBoard(page: Page, board: any): Promise<void> {
  const { alerts, anomalyCount, anomalies, talkers } = board;
  const active = alerts.filter(({ state }: { state: string }) => state === "active");
  await untilText(tileValue(page, "Active alerts"), String(active.length));
  await untilText(tileValue(page, "Anomalies"), String(anomalyCount));
  await untilText(card(page, "Alerts").first().locator("tbody tr").first(), /[▲△▽]/);
  const [{ kind, detector, evidence, score }] = anomalies;
  const row = card(page, "Anomalies").first().locator("tbody tr").first();
  for (const hasText of [kind, detector, evidence, score.toFixed(2)]) await row.filter({ hasText }).waitFor();
  await eventually(async () => {
    const shown = await card(page, "Top talkers").locator("li").allInnerTexts();
    assert.equal(shown.length, talkers.top.length);
    assert.ok(shown[0]!.includes(talkers.top[0].source), String(shown[0]));
  });
}

browserTest("traffic shows what the board knows, moves on, and everybody can use it", async (browser) => {
  await using cluster = await fed();
  await using web = await startWeb(cluster.bootstrapServer);
  const path = `${web.url}/traffic`;
  await looksRight(browser, path, { name: "traffic", untilShown });
  await using tab = await browser.open(path);
  const { page } = tab;
  await untilShown(tab);
  await untilAsOnTheBoard(page, await boardOf(web.url));
  await card(page, "Dead letters by reason").filter({ hasText: /late\s*5/ }).waitFor();
  await eventually(async () =>
    assert.equal(
      await card(page, "Links").locator("tbody tr").count(),
      6,
      "three links with two targets each",
    )
  );
  await eventually(async () => {
    const scores = await card(page, "Score of the chosen link").locator("tbody tr").allInnerTexts();
    assert.equal(scores.length, 8);
    assert.match(scores.join("\n"), /R²[^]*MSE[^]*MAE[^]*In interval[^]*of 90.0 %/);
  });
  const before = await page.locator("figure[aria-label^='Actual against forecast']").getAttribute(
    "aria-label",
  );
  await cluster.traffic(3);
  await page.locator(`figure[aria-label^='Actual against forecast']:not([aria-label="${before}"])`).waitFor();
});

browserTest("every control of the traffic page works, and a choice survives a reload", async (browser) => {
  await using cluster = await fed();
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(`${web.url}/traffic`);
  const { page } = tab;
  await untilShown(tab);
  const link = page.getByRole("combobox", { name: "Link", exact: true }),
    target = page.getByRole("combobox", { name: "Target", exact: true });
  await eventually(async () => assert.equal(await link.inputValue(), "core-7", "the busiest one"));
  await link.selectOption("uplink-2");
  await tile(page, "Packets per second").getByText("over uplink-2").waitFor();
  await target.selectOption("bytes");
  await tile(page, "Next window").getByText(/^bytes, /).waitFor();
  await page.reload();
  await untilShown(tab);
  await eventually(async () =>
    assert.deepEqual([await link.inputValue(), await target.inputValue()], ["uplink-2", "bytes"])
  );
  const chart = page.locator("figure").filter({ has: page.getByRole("heading", { name: "Actual against" }) });
  await chart.getByRole("button", { name: /lower bound/ }).click();
  await chart.getByRole("button", { name: /lower bound/, pressed: false }).waitFor();
  await chart.getByRole("button", { name: /as a table/ }).click();
  await eventually(async () => assert.equal(await chart.locator("tbody tr").count(), 20));
  await untilText(chart.locator("tbody tr").nth(1), /kB/);
  await chart.locator("[role=group][tabindex]").focus();
  await page.keyboard.press("+");
  await chart.getByRole("button", { name: "Reset zoom" }).click();
  await chart.getByRole("button", { name: "Reset zoom" }).waitFor({ state: "hidden" });
  for (const range of ["5 min", "1 h", "6 h", "24 h", "all", "15 min"]) {
    await page.getByRole("button", { name: range, exact: true }).click();
  }
  for (const title of ["Alerts", "Anomalies", "Links", "Score of the chosen link"]) {
    const table = card(page, title).first();
    for (const head of await table.getByRole("columnheader").getByRole("button").all()) {
      await head.click();
      const sorted = table.locator("th[aria-sort='ascending'], th[aria-sort='descending']");
      await eventually(async () => assert.equal(await sorted.count(), 1));
    }
    await table.getByRole("searchbox").fill("nothing has this");
    await table.getByText("No row matches the filter.").waitFor();
    await table.getByRole("searchbox").fill("");
    await table.locator("tbody tr").first().waitFor();
    assert.match(
      await savedText(page, () => table.getByRole("button", { name: /CSV/ }).click()),
      /\r\n.+\r\n/,
    );
  }
  const alerts = card(page, "Alerts").first();
  const shown = await alerts.locator("tbody tr").count();
  await alerts.getByRole("button", { name: /Show more/ }).click();
  await alerts.locator("tbody tr").nth(shown).waitFor();
});

async function savedText(page: Page, press: () => Promise<void>): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent("download"), press()]);
  return await Deno.readTextFile(await download.path());
}

browserTest("no traffic: the page says what to run, and shows it when it comes", async (browser) => {
  await using cluster = new FedCluster();
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(`${web.url}/traffic`, { width: 360, height: 740 });
  const { page } = tab;
  await page.getByText("No traffic yet").waitFor();
  const here = ` --bootstrap-server ${cluster.bootstrapServer}`;
  await page.getByText(`streamflow traffic capture --simulate --rate 500${here}`, { exact: true }).waitFor();
  const commands = await page.locator(".steps code").allInnerTexts();
  assert.ok(
    commands.every((one) =>
      /^streamflow traffic (capture|train|forecast|watch)\b/.test(one) && one.endsWith(here)
    ),
  );
  await tab.fits();
  await tab.accessible();
  await tab.shoot("traffic-empty");
  await cluster.traffic(20);
  await untilShown(tab);
  await page.getByText("No traffic yet").waitFor({ state: "hidden" });
});

browserTest("traffic: cluster and server go away and come back, the page goes on", async (browser) => {
  await using cluster = await fed(60);
  let web = await startWeb(cluster.bootstrapServer);
  const { url } = web;
  try {
    await using tab = await browser.open(`${url}/traffic`, {
      expected: /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|Failed to fetch/,
    });
    const { page } = tab;
    await untilShown(tab);
    await cluster.stop();
    await page.getByText(/Cluster: disconnected, retrying/).waitFor();
    const link = page.getByRole("combobox", { name: "Link", exact: true });
    await eventually(async () => assert.equal(await link.inputValue(), "core-7", "what was seen stays"));
    await tab.shoot("traffic-cluster-away");
    cluster.restart();
    await untilShown(tab);
    await web[Symbol.asyncDispose]();
    await page.getByText("Disconnected, retrying").waitFor();
    await tab.shoot("traffic-disconnected");
    await cluster.traffic(30);
    web = await startWeb(cluster.bootstrapServer, [], new URL(url).host);
    await untilShown(tab);
    const board = await boardOf(url);
    await tile(page, "Anomalies").locator(".value", { hasText: String(board.anomalyCount) }).waitFor();
  } finally {
    await web[Symbol.asyncDispose]();
  }
});
