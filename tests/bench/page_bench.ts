/// <reference lib="dom" />
/**
 * What an open page costs: `deno task bench page [SECONDS [ROUNDS]]`. The Overview of a real Chromium with 3,600 points
 * of past in each chart and ten deltas a second: CPU of all of Chromium's processes and of the page's main thread, the
 * time until the first curve is drawn, beside that of a page that is nothing but a chart, and the size of what is loaded.
 */
import { type CDPSession, chromium, type Page } from "playwright-core";
import { ASSETS, INDEX } from "../../src/web/pages/assets.ts";
import { type RunningServer, serveHttp } from "../../src/web/frame/serve.ts";
import { testApp } from "../support/web_app.ts";
import { chromiumPath } from "../web/browser/browser.ts";
import { RecordedBoard } from "../web/browser/recorded_board.ts";
import { type ScriptedLive, startScriptedLive } from "../web/browser/scripted_live.ts";
import { medianAndRounds, printTable } from "./report.ts";

const POINTS = 3_600;
const DELTAS_PER_SECOND = 10;

interface Cost {
  /** CPU seconds per second. */
  readonly all: number;
  readonly mainThread: number;
  readonly heapMB: number;
}

async function processSeconds(browser: CDPSession): Promise<number> {
  const { processInfo } = await browser.send("SystemInfo.getProcessInfo");
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

async function pageMetrics(page: CDPSession): Promise<Map<string, number>> {
  const { metrics } = await page.send("Performance.getMetrics");
  return new Map(metrics.map(({ name, value }) => [name, value]));
}

/** Sends what has happened, ten times a second, for so long. */
async function stream(live: ScriptedLive, board: RecordedBoard, seconds: number): Promise<void> {
  let { nowMs } = board;
  for (let n = 0; n < seconds * DELTAS_PER_SECOND; n++) {
    if (n % DELTAS_PER_SECOND === 0) board.step();
    nowMs += 1_000 / DELTAS_PER_SECOND;
    const delta = board.delta() as { points: number[][] };
    live.send("delta", { ...delta, points: delta.points.map(([, ...values]) => [nowMs, ...values]) });
    await new Promise((resolve) => setTimeout(resolve, 1_000 / DELTAS_PER_SECOND));
  }
}

async function measure(
  { browser, page, work, seconds }: {
    readonly browser: CDPSession;
    readonly page: CDPSession;
    readonly work: () => Promise<void>;
    readonly seconds: number;
  },
): Promise<Cost> {
  const [beforeAll, before, startMs] = [
    await processSeconds(browser),
    await pageMetrics(page),
    performance.now(),
  ];
  await work();
  const elapsed = Math.max(seconds, (performance.now() - startMs) / 1_000);
  const after = await pageMetrics(page);
  return {
    all: (await processSeconds(browser) - beforeAll) / elapsed,
    mainThread: (after.get("TaskDuration")! - before.get("TaskDuration")!) / elapsed,
    heapMB: after.get("JSHeapUsedSize")! / 1e6,
  };
}

/** When the first curve was drawn, in ms. */
interface First {
  readonly sinceNavigation: number;
  readonly sinceLoad: number;
}

async function firstCurve(page: Page, url: string): Promise<First> {
  await page.goto(url);
  await page.waitForFunction(() => (globalThis as { firstCurveMs?: number }).firstCurveMs);
  return await page.evaluate(() => {
    const sinceNavigation = (globalThis as { firstCurveMs?: number }).firstCurveMs!;
    const [{ loadEventStart }] = performance.getEntriesByType("navigation") as [PerformanceNavigationTiming];
    return { sinceNavigation, sinceLoad: Math.max(0, sinceNavigation - loadEventStart) };
  });
}

/** Notes when the first curve is drawn. */
async function watchCurves(page: Page): Promise<void> {
  await page.addInitScript(() => {
    localStorage.setItem("streamflow.range", "3600000");
    const { stroke } = CanvasRenderingContext2D.prototype;
    const seen = globalThis as { firstCurveMs?: number };
    CanvasRenderingContext2D.prototype.stroke = function (path?: Path2D) {
      if (path === undefined) return stroke.apply(this, [] as never);
      stroke.call(this, path);
      seen.firstCurveMs ??= performance.now();
    };
  });
}

/** A page that is uPlot with one curve of as many points: what the same browser and the same server need at least. */
function serveBarePage(): RunningServer {
  const { type, text } = ASSETS["uplot.js"]!;
  const app = testApp();
  app.get(
    "/",
    (c) =>
      c.html(`<!doctype html><link rel="icon" href="data:,"><script type="module" src="/bare.js"></script>`),
  );
  app.get("/bare.js", (c) =>
    c.body(
      `${text}const x = Array.from({ length: ${POINTS} }, (_, i) => i);
      new uPlot({ width: 1200, height: 300, series: [{}, { stroke: "red" }] }, [x, x.map(Math.sin)], document.body);`,
      200,
      { "content-type": type },
    ));
  return serveHttp(app, "127.0.0.1:0");
}

async function gzipSize(text: string): Promise<number> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).arrayBuffer()).byteLength;
}

/** Runs it, prints a table. @throws {Error} where there is no Chromium */
export async function benchPage([seconds = 10, rounds = 3]: readonly number[]): Promise<void> {
  const executablePath = chromiumPath();
  if (executablePath === null) throw new Error("there is no Chromium: apt-get install chromium");
  const board = new RecordedBoard({ nowMs: Date.now(), seconds: POINTS });
  await using live = startScriptedLive(board.message());
  await using bare = serveBarePage();
  const chrome = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const costs: Cost[] = [], quiet: Cost[] = [];
  const floor: First[] = [], first: First[] = [], again: First[] = [];
  try {
    const browser = await chrome.newBrowserCDPSession();
    for (let round = 0; round < rounds; round++) {
      // High enough for three charts: the course and two of the past.
      const page = await chrome.newPage({ viewport: { width: 1280, height: 900 } });
      await watchCurves(page);
      live.snapshot = board.message();
      floor.push(await firstCurve(page, `${bare.url}/`));
      first.push(await firstCurve(page, `${live.url}/`));
      again.push(await firstCurve(page, `${live.url}/`));
      const session = await page.context().newCDPSession(page);
      await session.send("Performance.enable");
      const pause = () => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1_000));
      costs.push(
        await measure({ browser, page: session, work: () => stream(live, board, seconds), seconds }),
      );
      quiet.push(await measure({ browser, page: session, work: pause, seconds }));
      await page.close();
    }
  } finally {
    await chrome.close();
  }
  const sizes = await Promise.all([INDEX, ...Object.values(ASSETS)].map(({ text }) => gzipSize(text)));
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const of = (all: readonly Cost[], what: keyof Cost, format: (value: number) => string) =>
    medianAndRounds(all.map((one) => one[what]), format);
  const ms = (all: readonly First[], what: keyof First) =>
    medianAndRounds(all.map((one) => one[what]), (value) => `${value.toFixed(0)} ms`);
  printTable(["an open Overview", "figure"], [
    ["CPU of all of Chromium, 10 deltas/s", of(costs, "all", percent)],
    ["of it the page's main thread", of(costs, "mainThread", percent)],
    ["CPU of all of Chromium, nothing sent", of(quiet, "all", percent)],
    ["heap of the page", of(costs, "heapMB", (mb) => `${mb.toFixed(1)} MB`)],
    ["navigation to first curve", ms(first, "sinceNavigation")],
    ["load event to first curve", ms(first, "sinceLoad")],
    ["navigation to first curve, files in the cache", ms(again, "sinceNavigation")],
    ["navigation to the curve of a page that is nothing else", ms(floor, "sinceNavigation")],
    ["all files of all pages, gzip", `${(sizes.reduce((sum, size) => sum + size, 0) / 1_000).toFixed(1)} kB`],
  ]);
}
