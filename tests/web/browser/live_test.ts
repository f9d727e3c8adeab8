/** The pages' live client in a real browser: silence, servers that come and go, tokens, pauses, bounded work and memory. */
/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { until } from "../../support/until.ts";
import { browserTest, type Tab } from "./browser.ts";
import { RecordedBoard } from "./recorded_board.ts";
import { type ScriptedLive, startScriptedLive } from "./scripted_live.ts";

const recorded = () => new RecordedBoard({ nowMs: Date.now(), seconds: 120 });

/** The snapshot with another number of predictions. */
function counting(board: RecordedBoard, processed: number): Record<string, unknown> {
  const message = board.message();
  return { ...message, board: { ...board.board(), processed } };
}

const predictions = (page: Page) => page.locator(".tile .value").first();

async function untilCount({ page }: Tab, count: string): Promise<void> {
  await page.locator(".tile:first-child .value", { hasText: new RegExp(`^${count}$`) }).waitFor();
}

function count(live: ScriptedLive, timeMs: number, processed: number): void {
  live.send("delta", { timeMs, trouble: null, board: { processed }, points: [] });
}

browserTest(
  "silence makes the page say since when it is stale, and a message makes it live again",
  async (browser) => {
    const board = recorded();
    await using live = startScriptedLive(counting(board, 7));
    await using tab = await browser.open(live.url);
    await tab.page.clock.install();
    await tab.page.reload();
    await untilCount(tab, "7");
    for (const n of [8, 9, 10]) count(live, board.nowMs + n, n);
    await untilCount(tab, "10");
    await tab.page.getByText("Live", { exact: true }).waitFor();
    await tab.page.clock.fastForward(30_000);
    await tab.page.getByText(/^Stale since \d\d:\d\d:\d\d$/).waitFor();
    assert.equal(await predictions(tab.page).textContent(), "10", "what was seen stays");
    count(live, board.nowMs + 11, 11);
    await untilCount(tab, "11");
    await tab.page.getByText("Live", { exact: true }).waitFor();
  },
);

browserTest(
  "a stream that ends is opened again, and another run begins with its own snapshot",
  async (browser) => {
    const board = recorded();
    await using live = startScriptedLive(counting(board, 7));
    await using tab = await browser.open(live.url, { expected: /503|ERR_INCOMPLETE_CHUNKED/ });
    await untilCount(tab, "7");
    live.snapshot = counting(board, 1_234);
    live.send("bye", { reason: "shutting down" });
    live.drop();
    await untilCount(tab, "1,234");
    // Nor does it give up where the server answers with failures for a while.
    live.status = 503;
    live.drop();
    await tab.page.getByText("Disconnected, retrying").waitFor();
    live.snapshot = counting(board, 99);
    const asked = live.asked.length;
    await until(() => live.asked.length > asked);
    live.status = null;
    await untilCount(tab, "99");
    await tab.page.getByText("Live", { exact: true }).waitFor();
  },
);

browserTest("where a token is wanted the page goes to the login, and says from where", async (browser) => {
  await using live = startScriptedLive(recorded().message());
  await using tab = await browser.open(live.url, { expected: /401|ERR_INCOMPLETE_CHUNKED/ });
  await tab.page.getByText("Live", { exact: true }).waitFor();
  live.status = 401;
  live.drop();
  await tab.page.waitForURL(/\/login\?next=%2F/);
});

browserTest("nothing is drawn while the page is paused or hidden; then the newest is", async (browser) => {
  const board = recorded();
  await using live = startScriptedLive(counting(board, 7));
  await using tab = await browser.open(live.url);
  const { page } = tab;
  await untilCount(tab, "7");
  await page.getByRole("button", { name: "Pause" }).click();
  const drawn = (processed: number) => {
    count(live, board.nowMs + processed, processed);
    // A badge is written at once: when it is there, a drawing would have been, too.
    live.send("delta", { timeMs: board.nowMs, trouble: `mark ${processed}`, board: {}, points: [] });
    return page.getByText(`Mark ${processed}`, { exact: true }).waitFor();
  };
  await drawn(8);
  assert.equal(await predictions(page).textContent(), "7");
  await page.getByRole("button", { name: "Resume" }).click();
  await untilCount(tab, "8");
  const hide = (hidden: boolean) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await hide(true);
  await drawn(9);
  assert.equal(await predictions(page).textContent(), "8");
  await hide(false);
  await untilCount(tab, "9");
});

browserTest("a flood of messages is drawn ten times a second at most", async (browser) => {
  const board = recorded();
  await using live = startScriptedLive(counting(board, 0));
  await using tab = await browser.open(live.url);
  await untilCount(tab, "0");
  await tab.page.evaluate(() => {
    const seen = globalThis as unknown as Drawings;
    seen.drawings = 0;
    seen.sinceMs = performance.now();
    const value = document.querySelector(".tile .value")!;
    new MutationObserver(() => seen.drawings++).observe(value, { childList: true });
  });
  for (let n = 1; n <= 900; n++) {
    count(live, board.nowMs + n, n);
    if (n % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await untilCount(tab, "900");
  const { drawings, ms } = await tab.page.evaluate(() => {
    const { drawings, sinceMs } = globalThis as unknown as Drawings;
    return { drawings, ms: performance.now() - sinceMs };
  });
  // Timers of a browser may be a millisecond early.
  assert.ok(drawings >= 1 && drawings <= 1 + ms / 99, `${drawings} drawings in ${ms} ms`);
});

/** What the page of a flood counts. */
interface Drawings {
  drawings: number;
  sinceMs: number;
}

browserTest(
  "what comes from a topic is text; a table keeps what is selected while it is updated",
  async (browser) => {
    const board = recorded();
    const evil = "<img src=x onerror=alert(1)>";
    const sources = [evil, "mote-1"].map((source, n) => ({ source, processed: n, mse: 1, baselineMse: 2 }));
    await using live = startScriptedLive({
      ...board.message(),
      board: { ...board.board(), sources, modelId: evil },
    });
    await using tab = await browser.open(live.url);
    const { page } = tab;
    const cell = page.getByRole("cell", { name: evil }).first();
    await cell.waitFor();
    assert.equal(await page.locator("img").count(), 0, "what is text is no element");
    await page.getByRole("cell", { name: "mote-1" }).selectText();
    live.send("delta", {
      timeMs: board.nowMs,
      trouble: null,
      board: { sources: [{ ...sources[0]!, processed: 4_321 }, sources[1]] },
      points: [],
    });
    await page.getByRole("cell", { name: "4,321" }).waitFor();
    assert.equal(await page.evaluate(() => getSelection()?.toString().trim()), "mote-1", "it stays selected");
  },
);

browserTest("the memory of a page does not grow with what it has seen", async (browser) => {
  const board = new RecordedBoard({ nowMs: Date.now(), seconds: 3_600 });
  await using live = startScriptedLive(board.message());
  await using tab = await browser.open(live.url);
  const session = await tab.page.context().newCDPSession(tab.page);
  const values = (board.delta() as { points: number[][] }).points[0]!.slice(1);
  let { nowMs } = board;
  const heapAfter = async (deltas: number) => {
    for (let n = 0; n < deltas; n++) {
      nowMs += 1_000;
      const events = n % 10 === 0 ? [{ timeMs: nowMs, text: `version ${n}` }] : [];
      live.send("delta", {
        timeMs: nowMs,
        trouble: null,
        board: { processed: n },
        points: [[nowMs, ...values]],
        events,
      });
      if (n % 20 === 19) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    count(live, nowMs, deltas);
    await untilCount(tab, deltas.toLocaleString("en-US"));
    await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Runtime.getHeapUsage")).usedSize;
  };
  const before = await heapAfter(2_000);
  const after = await heapAfter(6_000);
  console.log(
    `heap after 2,000 points: ${(before / 1e6).toFixed(1)} MB, after 8,000: ${(after / 1e6).toFixed(1)} MB`,
  );
  // The past by ten seconds may grow to a day: 600 rows more.
  assert.ok(after - before < 1_500_000, `${before} → ${after} bytes`);
});
