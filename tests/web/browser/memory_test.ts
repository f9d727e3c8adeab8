/**
 * A page that is open all day does not grow: the short form, by steps that are each waited for. The long one is
 * `deno task bench page-memory`.
 */
/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { TrafficBoard } from "../../../src/monitor/boards/traffic.ts";
import { bytesOf, FakeTraffic } from "../../support/fake_traffic.ts";
import { browserTest } from "./browser.ts";
import { RecordedBoard } from "./recorded_board.ts";
import { startScriptedLive } from "./scripted_live.ts";
import { measureTab } from "./tab_memory.ts";

/** Until everything is compiled, and every ring and list is full. */
const WARM_STEPS = 60;
const STEPS = 150;
/** What is left to chance: how much of the code is compiled, bytes. */
const NOISE_BYTES = 1_000_000;

/** Takes a page so many steps further; `step` returns what a tile shows after it. */
async function advance(
  page: Page,
  steps: number,
  step: () => { tile: string; value: string },
): Promise<void> {
  for (let at = 0; at < steps; at++) {
    const { tile, value } = step();
    await page.locator(".tile").filter({ hasText: tile }).locator(".value", { hasText: value }).first()
      .waitFor();
  }
}

async function assertFlat(page: Page, step: () => { tile: string; value: string }): Promise<void> {
  await page.getByText("Live", { exact: true }).waitFor(); // what is sent before that would be lost
  await advance(page, WARM_STEPS, step);
  const before = await measureTab(page);
  await advance(page, STEPS, step);
  const after = await measureTab(page);
  assert.ok(
    after.heapBytes - before.heapBytes < NOISE_BYTES,
    `${STEPS} steps: from ${before.heapBytes} to ${after.heapBytes} bytes`,
  );
  assert.ok(after.nodes <= before.nodes * 1.05, `from ${before.nodes} to ${after.nodes} nodes`);
  assert.ok(after.listeners <= before.listeners, `from ${before.listeners} to ${after.listeners} listeners`);
}

const count = (value: number) => value.toLocaleString("en-US");

browserTest("the overview does not grow while it is open", async (browser) => {
  const recorded = new RecordedBoard({ nowMs: Date.now(), seconds: 3_600 });
  await using live = startScriptedLive(recorded.message());
  await using tab = await browser.open(live.url);
  await assertFlat(tab.page, () => {
    recorded.step();
    live.send("delta", recorded.delta());
    return { tile: "Predictions", value: count(recorded.board().processed) };
  });
});

browserTest("the traffic page does not grow while it is open", async (browser) => {
  const board = new TrafficBoard();
  const traffic = new FakeTraffic();
  let index = 0;
  let timeMs = Date.now() - 3_600_000;
  const take = () => {
    const { forecasts, alerts, anomalies, processed } = traffic.window(index++);
    forecasts.forEach((one) => board.addForecast(bytesOf(one)));
    alerts.forEach((one) => board.addAlert(bytesOf(one)));
    anomalies.forEach((one) => board.addAnomaly(bytesOf(one)));
    processed.forEach((one) => board.addProcessed(bytesOf(one)));
    board.takeLag([{ partition: 0, lag: index % 50 }], { nowMs: timeMs += 1_000, job: "forecast" });
  };
  const shown = () => board.snapshot(0, { link: null, target: null, points: 400 });
  const names = ["lag.forecast", "activeAlerts", "anomalies", "forecasts"];
  const point = () => {
    const { activeAlerts, anomalyCount, forecasts } = shown();
    return [timeMs, index % 50, activeAlerts, anomalyCount, forecasts];
  };
  const points: number[][] = [];
  for (let at = 0; at < 3_600; at++) {
    take();
    points.push(point());
  }
  const fine = {
    stepMs: 1_000,
    times: points.map(([time]) => time),
    columns: names.map((_, column) => points.map((row) => row[column + 1])),
  };
  const coarse = { stepMs: 10_000, times: [], columns: names.map(() => []) };
  const message = { timeMs, trouble: null, board: shown(), history: { names, fine, coarse, events: [] } };
  await using live = startScriptedLive(message);
  await using tab = await browser.open(`${live.url}/traffic`);
  await assertFlat(tab.page, () => {
    take();
    live.send("delta", { timeMs, trouble: null, board: shown(), points: [point()] });
    return { tile: "Next window", value: count(Math.round(shown().chosen!.next!.value)) };
  });
});
