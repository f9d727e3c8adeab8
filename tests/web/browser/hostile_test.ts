/** What comes from topics is text on every page, whatever it says. */
/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { withFile } from "../../support/folder.ts";
import { browserTest, startWeb, type TestBrowser } from "./browser.ts";
import { FedCluster } from "./fed.ts";
import { HOSTILE, hostileModelBytes, hostileRecords } from "./hostile.ts";

/** Waits until the page says this, in what is seen or in what a chart says of itself. */
async function untilSaid(page: Page, text: string): Promise<void> {
  await page.waitForFunction(
    (text) =>
      [...document.querySelectorAll("main, main [aria-label], main option")].some((one) =>
        one.textContent?.includes(text) || one.getAttribute("aria-label")?.includes(text)
      ),
    text,
  );
}

/** Nothing of the page is what the texts would make, were they taken for HTML. */
async function untouched(page: Page): Promise<void> {
  // An image's error comes later than the element: wait for a whole turn of the page.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50))));
  const found = await page.evaluate(() => ({
    hacked: "hacked" in globalThis,
    elements: [...document.querySelectorAll("main img, main script, main iframe, [onerror], [onload]")]
      .map((one) => one.outerHTML),
  }));
  assert.deepEqual(found, { hacked: false, elements: [] });
}

browserTest("texts of topics that are HTML stay texts, on every page", async (browser, t) => {
  await using cluster = new FedCluster();
  const records = hostileRecords(Date.now());
  for (const [topic, own] of Object.entries(records)) await cluster.send(topic, own);
  await withFile(hostileModelBytes(), async (model) => {
    await using web = await startWeb(cluster.bootstrapServer, ["--model", model]);
    await untouchedEverywhere(web.url, { browser, cluster, records, t });
  }, "model.safetensors");
});

/** Everything that the pages show of the topics, and of the model. */
async function untouchedEverywhere(
  url: string,
  { browser, cluster, records, t }: {
    readonly browser: TestBrowser;
    readonly cluster: FedCluster;
    readonly records: ReturnType<typeof hostileRecords>;
    readonly t: Deno.TestContext;
  },
): Promise<void> {
  const [image, script, svg] = HOSTILE as [string, string, string];
  /** What each page has to show of them: all three where sources, links and titles are named. */
  const pages: Readonly<Record<string, readonly string[]>> = {
    "/": [image, script],
    "/classes": [image, script],
    "/traffic": [image, script, svg],
    "/likes": [image, script, svg],
    "/federated": [image, script, svg],
    "/topics": [],
    "/models": [image, script, svg],
  };
  for (const [path, texts] of Object.entries(pages)) {
    await t.step(path, async () => {
      await using tab = await browser.open(`${url}${path}`);
      const { page } = tab;
      for (const text of texts) await untilSaid(page, text);
      await page.getByRole("heading", { level: 1 }).waitFor();
      for (const button of await page.getByRole("button", { name: /as a table/ }).all()) await button.click();
      // Every value of every choice: what is shown of one link, source or model may not be shown of another.
      await page.evaluate(() => {
        for (const select of document.querySelectorAll<HTMLSelectElement>("main select")) {
          for (const { value } of [...select.options]) {
            select.value = value;
            select.dispatchEvent(new Event("change", { bubbles: true }));
          }
        }
      });
      await untouched(page);
      await tab.shoot(`hostile${path.replace("/", "-")}`);
    });
  }
  for (const topic of ["input-data", "predictions", "dead-letters", "topic_yt"]) {
    await t.step(`the tail of ${topic}`, async () => {
      await using tab = await browser.open(`${url}/topics?topic=${topic}`);
      const { page } = tab;
      await page.getByRole("button", { name: "Stop" }).waitFor();
      await cluster.send(topic, records[topic]!);
      await untilSaid(page, image);
      for (const summary of (await page.locator("main summary").all()).slice(0, 5)) await summary.click();
      await untouched(page);
    });
  }
}
