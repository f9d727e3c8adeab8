/** The Federated page in a real browser, fed by `streamflow web` from the embedded broker. */
/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { formatCount, formatNumber } from "../../../src/web/pages/format.js";
import { eventually } from "../../support/until.ts";
import { runStreamflow, startStreamflow, untilSaid } from "../../support/run.ts";
import { readScrape } from "../../support/scrape.ts";
import { browserTest, startWeb, type Tab, untilText } from "./browser.ts";
import { FedCluster } from "./fed.ts";
import { card, figure, looksRight } from "./looks.ts";

const tile = (page: Page, name: string) =>
  page.locator(".tile").filter({ has: page.getByText(name, { exact: true }) }).locator(".value");

async function fed(rounds = 12): Promise<FedCluster> {
  const cluster = new FedCluster();
  await cluster.rounds(rounds);
  await cluster.updates(4);
  return cluster;
}

/** The charts have as many rounds as there are. */
async function untilShown({ page }: Tab): Promise<void> {
  await page.getByText("Live", { exact: true }).waitFor();
  await page.locator("figure[aria-label^='Loss by round'][aria-label*='loss 0.']").waitFor();
}

browserTest(
  "the federation's page shows rounds and devices, moves on, and everybody can use it",
  async (browser) => {
    await using cluster = await fed();
    await using web = await startWeb(cluster.bootstrapServer);
    const path = `${web.url}/federated`;
    await looksRight(browser, path, {
      ...{ name: "federated", untilShown },
      more: { "4k": { width: 3840, height: 2160 } },
    });
    await using tab = await browser.open(path);
    const { page } = tab;
    await untilShown(tab);
    await untilText(tile(page, "Updates of the round"), "4 of 18");
    await untilText(tile(page, "Devices"), "18");
    await cluster.updates(3);
    await untilText(tile(page, "Updates of the round"), "7 of 18");
    await cluster.rounds(1);
    await untilText(tile(page, "Updates of the round"), "0 of 18");
    await card(page, "Rounds").locator("tbody tr").filter({ hasText: /^12\s*published\s*quorum/ }).waitFor();
    await card(page, "Refused updates").locator("tbody tr").filter({ hasText: "weight 17 of 433 is NaN" })
      .first()
      .waitFor();
  },
);

browserTest("every control of the federation's page works", async (browser) => {
  await using cluster = await fed();
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(`${web.url}/federated`);
  const { page } = tab;
  await untilShown(tab);
  const errors = figure(page, "Squared error by round");
  await errors.getByRole("button", { name: /as a table/ }).click();
  await errors.locator("tbody tr").nth(11).waitFor();
  await errors.getByRole("button", { name: /^personalised/ }).click();
  await errors.locator("button[aria-pressed='false']", { hasText: "personalised" }).waitFor();
  await errors.getByRole("button", { name: /Log axis/ }).click();
  // The axis is rounds, not time: the cursor says which one.
  const box = errors.locator("[tabindex='0']").first();
  await box.focus();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  await errors.getByText(/round 10\b/).first().waitFor({ state: "attached" });
  const [chart] = await Promise.all([
    page.waitForEvent("download"),
    figure(page, "Loss by round").getByRole("button", { name: /CSV/ }).click(),
  ]);
  assert.equal((await Deno.readTextFile(await chart.path())).trim().split("\r\n").length, 13);
  const devices = card(page, "Devices");
  for (const title of ["Devices", "Refused updates", "Rounds"]) {
    const table = card(page, title);
    for (const head of await table.getByRole("columnheader").getByRole("button").all()) {
      await head.click();
      await eventually(async () => {
        assert.equal(await table.locator("th[aria-sort]:not([aria-sort='none'])").count(), 1);
      });
    }
  }
  await devices.getByRole("button", { name: "MSE, global" }).click();
  await untilText(devices.locator("tbody tr").first().locator("td").first(), /meter-1[5-8]/);
  await devices.getByRole("searchbox").fill("meter-18");
  await eventually(async () => assert.equal(await devices.locator("tbody tr").count(), 1));
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    devices.getByRole("button", { name: /CSV/ }).click(),
  ]);
  assert.match(await Deno.readTextFile(await download.path()), /^Device,Participant[^]*\r\nmeter-18,site-3,/);
});

browserTest("no federation: the page says what to run, and shows it when it comes", async (browser) => {
  await using cluster = new FedCluster();
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(`${web.url}/federated`, { width: 360, height: 740, dark: true });
  const { page } = tab;
  await page.getByText("No devices learn together yet").waitFor();
  const commands = await page.locator(".steps code").allInnerTexts();
  assert.match(commands[0]!, /^streamflow federated server/);
  assert.ok(commands.every((one) => one.endsWith(`--bootstrap-server ${cluster.bootstrapServer}`)));
  await tab.fits();
  await tab.accessible();
  await tab.shoot("federated-empty");
  await cluster.rounds(2);
  await untilShown(tab);
});

browserTest(
  "a federation whose server is gone, and names of 256 letters: the page says so and holds",
  async (browser) => {
    const long = "d".repeat(256);
    await using cluster = new FedCluster({ devices: [long, "<b>b</b>", "שלום"], deadlineMs: -60_000 });
    await cluster.rounds(2);
    await cluster.updates(2);
    await using web = await startWeb(cluster.bootstrapServer);
    for (const [name, width] of [["federated-gone-phone", 360], ["federated-gone", 1280]] as const) {
      await using tab = await browser.open(`${web.url}/federated`, { width });
      const { page } = tab;
      await page.getByText(/is the server gone\?/).waitFor();
      await page.getByText(/doubt: trims nothing of 3 updates/).first().waitFor();
      await tab.fits();
      await tab.accessible();
      await tab.shoot(name);
    }
  },
);

browserTest("the federation's page and the terminal have the same numbers", async (browser) => {
  await using cluster = await fed(7);
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(`${web.url}/federated`);
  const { page } = tab;
  await untilShown(tab);
  const { stdout } = await runStreamflow([
    ...["monitor", "--view", "federated", "--once", "--json"],
    ...["--bootstrap-server", cluster.bootstrapServer],
  ]);
  const json = JSON.parse(stdout);
  await untilText(tile(page, "Round"), formatCount(json.round.round));
  await untilText(tile(page, "Updates of the round"), `${json.round.counted} of ${json.round.wanted}`);
  await untilText(tile(page, "Error of the global model"), formatNumber(json.mse.global));
  await untilText(tile(page, "Refused updates"), formatCount(json.refused));
  const rows = card(page, "Devices").locator("tbody tr");
  await eventually(async () => assert.equal(await rows.count(), json.devices.length));
  for (const { device, updates, refused, numExamples, mse, loss, anomalies } of json.devices) {
    const figures = [mse.lastValue, mse.local, mse.global, mse.personalised, loss].map(formatNumber);
    const cells = [...[updates, refused, numExamples].map(formatCount), ...figures, formatCount(anomalies)];
    const row = rows.filter({ has: page.getByRole("cell", { name: device, exact: true }) });
    await untilText(row, new RegExp(cells.map((cell) => cell.replaceAll(".", "\\.")).join("\\s*")));
  }
  const { board } = await (await fetch(`${web.url}/api/v1/boards/federated`)).json();
  assert.deepEqual([board.updates, board.published, board.mse], [json.updates, json.published, json.mse]);
});

browserTest(
  "a real server: its /metrics, the page and the terminal have the same numbers",
  async (browser) => {
    await using cluster = new FedCluster();
    const at = ["--bootstrap-server", cluster.bootstrapServer];
    await using server = await startStreamflow(
      [
        "federated",
        "server",
        "--dataset",
        "sensors",
        "--min-participants",
        "2",
        "--listen",
        "127.0.0.1:0",
        ...at,
      ],
      { watchOutput: true },
    );
    const [, url] = /ready on (\S+)/.exec(await untilSaid(server, /ready on \S+/))!;
    server.watched!.cancel();
    const send = async (device: string, body: BodyInit, metrics = {}) => {
      const answer = await fetch(`${url}/api/v1/local-update?device=${device}&round=0&examples=10`, {
        method: "POST",
        headers: { "content-type": "application/octet-stream", "x-metrics": JSON.stringify(metrics) },
        body,
      });
      await answer.body?.cancel();
      return answer.status;
    };
    const model = await (await fetch(`${url}/api/v1/global-model`)).arrayBuffer();
    assert.equal(await send("bad", "no model"), 422);
    for (const [device, error] of [["a", 0.25], ["b", 0.75]] as const) {
      assert.equal(await send(device, model, { loss: error, "mse.global": error, "mse.lastValue": 1 }), 202);
    }
    await using web = await startWeb(cluster.bootstrapServer);
    await using tab = await browser.open(`${web.url}/federated`);
    const { page } = tab;
    await untilText(tile(page, "Round"), "1");
    await untilText(tile(page, "Error of the global model"), formatNumber(0.5));
    await untilText(tile(page, "Refused updates"), "1");
    const { stdout } = await runStreamflow(["monitor", "--view", "federated", "--once", "--json", ...at]);
    const json = JSON.parse(stdout);
    const { values } = readScrape(await (await fetch(`${url}/metrics`)).text());
    const found = (name: string) => values.get(`streamflow_federated_${name}`);
    assert.deepEqual([json.round.round, found("round")], [1, 1]);
    assert.deepEqual([json.round.wanted, found("round_updates_wanted")], [2, 2]);
    assert.deepEqual([json.updates, found('updates_total{outcome="accepted"}')], [2, 2]);
    assert.deepEqual(json.refusedBy, { safetensors: found('refused_total{reason="safetensors"}') });
    assert.deepEqual([json.mse.global, found('device_mse{by="global"}')], [0.5, 0.5]);
    assert.deepEqual([json.loss, found("loss")], [0.5, 0.5]);
    assert.deepEqual([json.deviceCount, found("devices")], [2, 2]);
    assert.equal(found(`model_info{round="1",version="${json.model.version}",strategy="fedavg"}`), 1);
  },
);
