/** A board of traffic with made-up records. */
import type { TrafficBoard } from "../../src/monitor/boards/traffic.ts";
import type { TrafficForecast } from "../../src/records/forecasts.ts";
import { bytesOf, FakeTraffic, lateLetter } from "./fake_traffic.ts";

/** Counts so many windows, three dead letters and the lag of both jobs. */
export function fill(board: TrafficBoard, { traffic = new FakeTraffic(), windows = 165 } = {}): TrafficBoard {
  for (let index = 0; index < windows; index++) {
    const { forecasts, alerts, anomalies, processed } = traffic.window(index);
    forecasts.forEach((one) => board.addForecast(bytesOf(one)));
    alerts.forEach((one) => board.addAlert(bytesOf(one)));
    anomalies.forEach((one) => board.addAnomaly(bytesOf(one)));
    processed.forEach((one) => board.addProcessed(bytesOf(one)));
  }
  const { headers, key } = lateLetter(4);
  const letter = { offset: 0, timestampMs: 0, key: key as null, value: null, headers: headers! };
  [letter, letter, { ...letter, headers: [] }].forEach((one) => board.addDeadLetter(one));
  for (let second = 0; second < 12; second++) {
    board.takeLag(
      [{ partition: 0, lag: 1_000 * second }, { partition: 1, lag: 3 }],
      { nowMs: 1_000 * second, job: "forecast" },
    );
    board.takeLag([{ partition: 0, lag: 5 }], { nowMs: 1_000 * second, job: "watch" });
  }
  return board;
}

/** The forecast after window `at` of a link, and what became of the one before. */
export function forecastAt(at: number, more: Partial<TrafficForecast> = {}): TrafficForecast {
  const [made] = new FakeTraffic(["a"]).window(at).forecasts;
  return { ...made!, ...more };
}
