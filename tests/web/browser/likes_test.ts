/** The Likes page in a real browser, fed by `streamflow web` from the embedded broker. */
/// <reference lib="dom" />
import assert from "node:assert/strict";
import { eventually } from "../../support/until.ts";
import { browserTest, startWeb, type Tab, untilText } from "./browser.ts";
import { FedCluster } from "./fed.ts";
import { card, looksRight, tileValue } from "./looks.ts";

async function fed(polls = 60): Promise<FedCluster> {
  const cluster = new FedCluster();
  await cluster.likes(polls);
  return cluster;
}

async function untilShown({ page }: Tab): Promise<void> {
  await page.getByText("Live", { exact: true }).waitFor();
  await page.locator("figure[aria-label^='Likes over time'][aria-label*='Despacito']").waitFor();
}

browserTest("likes shows the ranking, moves on, and everybody can use it", async (browser) => {
  await using cluster = await fed();
  await using web = await startWeb(cluster.bootstrapServer);
  const path = `${web.url}/likes`;
  await looksRight(browser, path, { name: "likes", untilShown });
  await using tab = await browser.open(path);
  const { page } = tab;
  await untilShown(tab);
  const { board } = await (await fetch(`${web.url}/api/v1/boards/likes`)).json();
  await untilText(tileValue(page, "Most liked"), board.ranking[0].title);
  await untilText(tileValue(page, "Events"), String(board.events));
  await untilText(tileValue(page, "Likes per minute"), String(board.gains.at(-2)));
  await eventually(async () => {
    const rows = await card(page, "Videos").locator("tbody tr").allInnerTexts();
    assert.deepEqual(
      rows.map((row) => row.split("\t")[0]),
      board.ranking.map(({ title }: { title: string }) => title),
    );
    assert.ok(rows[0]!.includes(board.ranking[0].likes.toLocaleString("en-US")), String(rows[0]));
  });
  await card(page, "Most liked comments").filter({ hasText: "every day anew" }).waitFor();
  await cluster.likes(5);
  await tileValue(page, "Events").filter({ hasNotText: new RegExp(`^${board.events}$`) }).waitFor();
});

browserTest("every control of the likes page works", async (browser) => {
  await using cluster = await fed();
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(`${web.url}/likes`);
  const { page } = tab;
  await untilShown(tab);
  const chart = page.locator("figure").filter({
    has: page.getByRole("heading", { name: "Likes over time" }),
  });
  await chart.getByRole("button", { name: /as a table/ }).click();
  await untilText(chart.locator("tbody tr").first(), /\d\d,\d{3}/);
  await chart.getByRole("button", { name: "Only what came in this time" }).click();
  await chart.getByRole("button", { name: "Only what came in this time", pressed: true }).waitFor();
  await chart.getByRole("button", { name: /^Despacito/ }).click();
  await chart.getByRole("button", { name: /Log axis/ }).click();
  await chart.getByRole("button", { name: /Log axis/ }).click();
  await page.locator("tbody tr td", { hasText: /^0$/ }).first().waitFor();
  for (const title of ["Videos", "Most liked comments"]) {
    const table = card(page, title);
    for (const head of await table.getByRole("columnheader").getByRole("button").all()) {
      await head.click();
      const sorted = table.locator("th[aria-sort]:not([aria-sort='none'])");
      await eventually(async () => assert.equal(await sorted.count(), 1));
    }
    await table.getByRole("searchbox").fill("Me at the zoo");
    await table.locator("tbody tr", { hasText: "Despacito" }).first().waitFor({ state: "detached" });
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      table.getByRole("button", { name: /CSV/ }).click(),
    ]);
    assert.match(await Deno.readTextFile(await download.path()), /Me at the zoo/);
  }
});

browserTest("no likes: the page says what to run, and shows them when they come", async (browser) => {
  await using cluster = new FedCluster();
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(`${web.url}/likes`, { width: 360, height: 740, dark: true });
  const { page } = tab;
  await page.getByText("No likes yet").waitFor();
  await eventually(async () =>
    assert.deepEqual(await page.locator(".steps code").allInnerTexts(), [
      `streamflow youtube produce VIDEO --bootstrap-server ${cluster.bootstrapServer}`,
      `streamflow youtube consume --bootstrap-server ${cluster.bootstrapServer}`,
    ])
  );
  await tab.fits();
  await tab.accessible();
  await tab.shoot("likes-empty");
  await cluster.likes(10);
  await untilShown(tab);
});

browserTest("likes: cluster and server go away and come back, the page goes on", async (browser) => {
  await using cluster = await fed(20);
  let web = await startWeb(cluster.bootstrapServer);
  const { url } = web;
  try {
    await using tab = await browser.open(`${url}/likes`, {
      expected: /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|Failed to fetch/,
    });
    const { page } = tab;
    await untilShown(tab);
    await cluster.stop();
    await page.getByText(/Cluster: disconnected, retrying/).waitFor();
    cluster.restart();
    await untilShown(tab);
    await web[Symbol.asyncDispose]();
    await page.getByText("Disconnected, retrying").waitFor();
    await tab.shoot("likes-disconnected");
    await cluster.likes(40);
    web = await startWeb(cluster.bootstrapServer, [], new URL(url).host);
    await untilShown(tab);
    const { board } = await (await fetch(`${url}/api/v1/boards/likes`)).json();
    await tileValue(page, "Events").filter({ hasText: new RegExp(`^${board.events}$`) }).waitFor();
  } finally {
    await web[Symbol.asyncDispose]();
  }
});
