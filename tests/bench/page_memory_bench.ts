/**
 * Memory of tabs that are open: `deno task bench page-memory [MINUTES]`. `streamflow web --interval 0.1` reads from the
 * embedded broker what comes ten times a second; Overview, Traffic and Likes are open, each in a tab of its own. Every
 * half minute the garbage of each is collected, and what is left is measured.
 */
/// <reference lib="dom" />
import type { Page } from "playwright-core";
import { fakeRecord, madeUp } from "../support/fake_predictions.ts";
import { openBrowser, startWeb, type Tab } from "../web/browser/browser.ts";
import { FedCluster } from "../web/browser/fed.ts";
import { measureTab } from "../web/browser/tab_memory.ts";

const TICK_MS = 100;
const MEASURE_EVERY_MS = 30_000;

/** Ten times a second: ten predictions, a window of each link, a poll of each video. */
async function feed(cluster: FedCluster, signal: AbortSignal): Promise<void> {
  for (let index = 0; !signal.aborted;) {
    const startedMs = Date.now();
    const predictions = Array.from({ length: 10 }, () => ({
      key: null,
      value: fakeRecord(madeUp(index++, startedMs)).value,
    }));
    await Promise.all([cluster.send("predictions", predictions), cluster.traffic(1), cluster.likes(1)]);
    const restMs = TICK_MS - (Date.now() - startedMs);
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
  }
}

/** How often the page was drawn since it was asked last. */
async function drawsOf(page: Page): Promise<number> {
  return await page.evaluate(() => {
    const counted = globalThis as unknown as { changes?: number };
    if (counted.changes === undefined) {
      counted.changes = 0;
      new MutationObserver(() => counted.changes!++)
        .observe(document.querySelector(".tiles")!, { subtree: true, characterData: true, childList: true });
    }
    const { changes } = counted;
    counted.changes = 0;
    return changes!;
  });
}

async function main(minutes: number): Promise<void> {
  const ended = new AbortController();
  await using cluster = new FedCluster();
  await using web = await startWeb(cluster.bootstrapServer, ["--interval", "0.1"]);
  const feeding = feed(cluster, ended.signal);
  try {
    await using browser = await openBrowser();
    const tabs: [string, Tab][] = [];
    for (const path of ["/", "/traffic", "/likes"]) {
      const tab = await browser.open(`${web.url}${path}`);
      await tab.page.getByText("Live", { exact: true }).waitFor();
      await drawsOf(tab.page);
      tabs.push([path, tab]);
    }
    console.log(
      "| minute | page | heap, MB | nodes | listeners | changes of tiles |\n|---|---|---|---|---|---|",
    );
    for (let ms = 0; ms <= minutes * 60_000; ms += MEASURE_EVERY_MS) {
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, MEASURE_EVERY_MS));
      for (const [path, { page }] of tabs) {
        const { heapBytes, nodes, listeners } = await measureTab(page);
        const heap = (heapBytes / 1e6).toFixed(2);
        console.log(
          `| ${ms / 60_000} | ${path} | ${heap} | ${nodes} | ${listeners} | ${await drawsOf(page)} |`,
        );
      }
    }
    for (const [, tab] of tabs) await tab[Symbol.asyncDispose]();
  } finally {
    ended.abort();
    await feeding;
  }
}

if (import.meta.main) {
  await main(Number(Deno.args[0] ?? 10));
  Deno.exit(0); // playwright-core keeps a pipe open
}
