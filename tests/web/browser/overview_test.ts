/** The Overview page in a real browser, fed by `streamflow web` from the embedded broker. */
/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { fakeDeadLetter, fakeRecord, madeUp, madeUpClass } from "../../support/fake_predictions.ts";
import { eventually } from "../../support/until.ts";
import { browserTest, startWeb, type Tab, untilText } from "./browser.ts";
import { RecordedBoard } from "./recorded_board.ts";
import { startScriptedLive } from "./scripted_live.ts";
import { FedCluster } from "./fed.ts";
import { figure, looksRight, tileValue } from "./looks.ts";

/** So many predictions, made until now. */
async function predict(cluster: FedCluster, count: number, first = 0): Promise<void> {
  const nowMs = Date.now();
  await cluster.send(
    "predictions",
    Array.from({ length: count }, (_, n) => ({
      key: null,
      value: fakeRecord(madeUp(first + n, nowMs - (count - n) * 20)).value,
    })),
  );
}

async function fed(): Promise<FedCluster> {
  const cluster = new FedCluster();
  await cluster.send("input-data", [{ key: null, value: fakeRecord("{}").value }]);
  await predict(cluster, 3_000);
  const letter = fakeDeadLetter("a field is missing");
  await cluster.send("dead-letters", [{ key: null, value: letter.value, headers: letter.headers }]);
  return cluster;
}

async function untilLive({ page }: Tab): Promise<void> {
  await page.getByText("Live", { exact: true }).waitFor();
  await page.locator("figure[aria-label^='Squared error'][aria-label*='network']").waitFor();
}

browserTest(
  "the overview shows what is on the cluster, moves on, and everybody can use it",
  async (browser) => {
    await using cluster = await fed();
    await using web = await startWeb(cluster.bootstrapServer);
    await looksRight(browser, web.url, {
      name: "overview",
      untilShown: async (tab) => {
        await untilLive(tab);
        await untilText(tileValue(tab.page, "Predictions").first(), "3,000");
      },
    });
    await using tab = await browser.open(web.url);
    await untilLive(tab);
    await untilText(tileValue(tab.page, "Dead letters"), "1");
    await tab.page.locator(".tile").filter({ hasText: "Dead letters" }).getByText("a field is missing")
      .waitFor();
    await tab.page.locator(".tile", { hasText: /of input-data, read by the group streamflow/ }).waitFor();
    await predict(cluster, 500, 3_000);
    await tab.page.locator(".tile .value", { hasText: "3,500" }).waitFor();
  },
);

browserTest("every control of a chart and a table works", async (browser) => {
  await using cluster = await fed();
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(web.url);
  const { page } = tab;
  await untilLive(tab);
  const chart = figure(page, "Squared error");
  await chart.getByRole("button", { name: /last value/ }).click();
  await chart.getByRole("button", { name: /last value/, pressed: false }).waitFor();
  await chart.getByRole("button", { name: /Log axis/ }).click();
  await chart.getByRole("button", { name: /as a table/ }).click();
  await chart.getByRole("table").locator("tbody tr").first().waitFor();
  const csv = await saved(page, () => chart.getByRole("button", { name: /CSV/ }).click());
  assert.match(csv.name, /^streamflow-squared-error-mse-.*\.csv$/);
  const [head, ...rows] = new TextDecoder().decode(csv.bytes).trimEnd().split("\r\n");
  assert.equal(head, "time,network", "the curve that is switched off is left out");
  assert.ok(rows.length > 0 && rows.every((row) => /^\d{4}-.*Z,[\d.e-]*$/.test(row)), String(rows[0]));
  const png = await saved(page, () => chart.getByRole("button", { name: /PNG/ }).click());
  assert.deepEqual([...png.bytes.slice(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
  for (const range of ["5 min", "1 h", "6 h", "24 h", "all", "15 min"]) {
    await page.getByRole("button", { name: range, exact: true }).click();
    await page.getByRole("button", { name: range, exact: true, pressed: true }).waitFor();
  }
  const box = (await chart.locator(".u-over").boundingBox())!;
  await page.mouse.move(box.x + box.width / 3, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + 40, { steps: 4 });
  await page.mouse.up();
  await chart.getByRole("button", { name: "Reset zoom" }).click();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("Paused").waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByLabel("Source", { exact: true }).selectOption("mote-3");
  await untilLive(tab);
  await eventually(async () =>
    assert.equal(await page.getByLabel("Source", { exact: true }).inputValue(), "mote-3")
  );
  const sources = page.locator("section").filter({ has: page.getByRole("heading", { name: "Sources" }) });
  await sources.getByRole("button", { name: "Source", exact: true }).click();
  await sources.locator("th:first-child[aria-sort='ascending']").waitFor();
  await sources.getByRole("searchbox").fill("mote-2");
  await eventually(async () => assert.equal(await sources.locator("tbody tr").count(), 1));
  const table = await saved(page, () => sources.getByRole("button", { name: /CSV/ }).click());
  assert.match(new TextDecoder().decode(table.bytes), /^Source,Predictions,[^]*\r\nmote-2,750,/);
  for (const theme of ["dark", "light", "auto"]) {
    await page.getByLabel("Theme").selectOption(theme);
    await page.locator(theme === "auto" ? "html:not([data-theme])" : `html[data-theme='${theme}']`).waitFor();
  }
});

async function saved(page: Page, press: () => Promise<void>): Promise<{ name: string; bytes: Uint8Array }> {
  const [download] = await Promise.all([page.waitForEvent("download"), press()]);
  return { name: download.suggestedFilename(), bytes: await Deno.readFile(await download.path()) };
}

browserTest("the keyboard alone is enough", async (browser) => {
  await using cluster = await fed();
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(web.url, { reducedMotion: true });
  const { page } = tab;
  await untilLive(tab);
  await page.keyboard.press("Tab");
  await page.locator(":focus", { hasText: "Skip to the charts" }).waitFor();
  await page.keyboard.press("Enter");
  await page.locator("#page:focus").waitFor();
  const plot = figure(page, "Squared error").getByRole("group");
  // Everything that can be pressed is reached by Tab, and what has focus is seen.
  const reached = new Set<string>();
  for (let i = 0; i < 150; i++) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => {
      const one = document.activeElement;
      if (one === null || one === document.body) return null;
      if (getComputedStyle(one).outlineStyle === "none") {
        throw new Error(`focus cannot be seen: ${one.outerHTML}`);
      }
      return one.getAttribute("aria-label") ?? one.textContent;
    });
    if (name === null) break;
    reached.add(name);
  }
  for (const wanted of ["Save as CSV: Latency", "Save as PNG: Lag", "Filter Sources"]) {
    assert.ok(reached.has(wanted), wanted);
  }
  await plot.focus();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  const spoken = figure(page, "Squared error").locator("[aria-live]");
  await spoken.filter({ hasText: /network/ }).waitFor({ state: "attached" });
  await page.keyboard.press("+");
  await figure(page, "Squared error").getByRole("button", { name: "Reset zoom" }).waitFor();
  await page.keyboard.press("0");
  await figure(page, "Squared error").getByRole("button", { name: "Reset zoom" }).waitFor({
    state: "hidden",
  });
});

browserTest("a cluster without predictions: the page says what to run", async (browser) => {
  await using cluster = new FedCluster();
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(web.url);
  await tab.page.getByText(/waiting for topic predictions/).waitFor();
  await tab.page.getByRole("heading", { name: /^Nothing is predicted on this cluster yet/ }).waitFor();
  await tab.page.getByText("streamflow demo", { exact: true }).waitFor();
  const consume = `streamflow consume --bootstrap-server ${cluster.bootstrapServer}`;
  await tab.page.getByText(consume, { exact: true }).waitFor();
  await tab.fits();
  await tab.accessible();
  await tab.shoot("overview-empty");
});

browserTest("the cluster goes away and comes back: the page says so, and goes on", async (browser) => {
  await using cluster = await fed();
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(web.url);
  await untilLive(tab);
  await cluster.stop();
  await tab.page.getByText(/Cluster: disconnected, retrying/).waitFor();
  await tab.shoot("overview-cluster-away");
  cluster.restart();
  await untilLive(tab);
  await predict(cluster, 100, 3_000);
  await tab.page.locator(".tile .value", { hasText: "3,100" }).waitFor();
});

browserTest("the server goes away and another one comes: the page says so, and goes on", async (browser) => {
  await using cluster = await fed();
  let web = await startWeb(cluster.bootstrapServer);
  const { url } = web;
  try {
    await using tab = await browser.open(url, {
      expected: /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|Failed to fetch/,
    });
    await untilLive(tab);
    await untilText(tileValue(tab.page, "Predictions").first(), "3,000");
    await web[Symbol.asyncDispose]();
    await tab.page.getByText("Disconnected, retrying").waitFor();
    assert.equal(
      await tileValue(tab.page, "Predictions").first().textContent(),
      "3,000",
      "what was seen stays",
    );
    await tab.shoot("overview-disconnected");
    web = await startWeb(cluster.bootstrapServer, [], new URL(url).host);
    await untilLive(tab);
  } finally {
    await web[Symbol.asyncDispose]();
  }
});

browserTest("of several models one is chosen; of a classifier the accuracy is shown", async (browser) => {
  await using cluster = await fed();
  const nowMs = Date.now();
  await cluster.send(
    "predictions",
    Array.from({ length: 500 }, (_, n) => ({
      key: null,
      value: fakeRecord(madeUpClass(n, nowMs - 10_000 + n * 20)).value,
    })),
  );
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(web.url);
  const { page } = tab;
  const model = page.getByLabel("Model", { exact: true });
  await model.selectOption("ids/class");
  await page.locator(".tile:first-child .value", { hasText: /^500$/ }).waitFor();
  await figure(page, "Accuracy").waitFor();
  await figure(page, "Squared error").waitFor({ state: "hidden" });
  await tab.accessible();
  await tab.shoot("overview-classes");
  await model.selectOption("sensors/temperature/12");
  await page.locator(".tile:first-child .value", { hasText: /^3,000$/ }).waitFor();
  await figure(page, "Squared error").waitFor();
  await figure(page, "Accuracy").waitFor({ state: "hidden" });
});

browserTest("a value alone is a point: after the first epoch both losses can be seen", async (browser) => {
  const recorded = new RecordedBoard({ nowMs: Date.now(), seconds: 1 });
  const losses = { trainingLoss: [0.6], validationLoss: [0.5], baselineLoss: [0.9] };
  const training = { about: "A network learns.", done: 1, total: 12, leftMs: 9_000, ...losses };
  const message = recorded.message();
  await using live = startScriptedLive({ ...message, board: { ...recorded.board(), training } });
  await using tab = await browser.open(live.url);
  await tab.page.locator("figure[aria-label^='Loss by epoch'][aria-label*='last value 0.9']").waitFor();
  await eventually(async () => {
    const seen = await figure(tab.page, "Loss by epoch").locator("canvas").evaluate(pixelsOfCurves);
    assert.ok(seen.every((pixels) => pixels > 4), `pixels of either colour: ${seen}`);
  });
  await tab.shoot("training-first-epoch");
});

/** How many pixels of a canvas have the colours of the first two curves; runs in the page. */
function pixelsOfCurves(element: Element): number[] {
  const canvas = element as HTMLCanvasElement;
  const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
  const style = getComputedStyle(document.documentElement);
  return ["--series-1", "--series-2"].map((name) => {
    const hex = style.getPropertyValue(name).trim();
    const wanted = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
    let pixels = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (wanted.every((value, channel) => data[at + channel] === value) && data[at + 3] === 255) pixels++;
    }
    return pixels;
  });
}
