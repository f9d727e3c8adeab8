/**
 * What `traffic watch` finds of the traffic model's events, and what it reports beside them: `deno task bench watch
 * [FIRST_SEED [SEEDS [DAYS [PACKETS_PER_SECOND [LINKS]]]]]`. Everything in one process, with the settings that the
 * command begins with: model → records → job → events matched with anomalies.
 *
 * The watch was built on the seeds from 1 to 10; nothing of it was chosen on others.
 */
import { EVENT_KINDS } from "../../src/datasets/traffic_model/mod.ts";
import { printTable, quantile } from "./report.ts";
import { type Found, match, runWatch } from "./watch_run.ts";

const LINE_CHARS_MAX = 200;

function rowOf(kind: string, found: readonly Found[]): string[] {
  const delays = found.flatMap(({ delayMs }) => delayMs === null ? [] : [delayMs / 1_000]);
  const share = found.length === 0 ? "" : `${(100 * delays.length / found.length).toFixed(1)} %`;
  const seconds = (at: number) => delays.length === 0 ? "" : `${quantile(delays, at).toFixed(0)} s`;
  return [kind, `${delays.length} / ${found.length}`, share, seconds(0.5), seconds(0.9), seconds(1)];
}

/** Runs it, prints a table. */
export function benchWatch(
  [firstSeed = 1_001, seeds = 20, days = 2, ratePerSecond = 10, links = 1]: readonly number[],
): Promise<void> {
  const all: Found[] = [];
  let falseAlarms = 0, packets = 0, elapsedMs = 0, stateBytes = 0;
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const run = runWatch({ seed, days, ratePerSecond, links, windowUs: 60_000_000, advanceUs: 60_000_000 });
    const outcome = match(run);
    for (const { event, delayMs } of outcome.found) {
      if (delayMs === null) console.log(`missed: ${JSON.stringify(event).slice(0, LINE_CHARS_MAX)}`);
    }
    for (const { id, evidence } of outcome.falseAlarms) {
      console.log(`false alarm: seed ${seed}, ${id}: ${evidence}`);
    }
    const found = outcome.found.filter(({ delayMs }) => delayMs !== null).length;
    console.log(
      `seed ${seed}: ${found} of ${outcome.found.length} events, ${outcome.falseAlarms.length} false alarms, ` +
        `${(run.elapsedMs / 1_000).toFixed(0)} s`,
    );
    all.push(...outcome.found);
    falseAlarms += outcome.falseAlarms.length;
    packets += run.packets;
    elapsedMs += run.elapsedMs;
    stateBytes = Math.max(stateBytes, run.stateBytes);
  }
  console.log(
    `\nSeeds ${firstSeed}–${
      firstSeed + seeds - 1
    }, ${days} simulated days each, ${ratePerSecond} packets/s in the ` +
      `mean, links: ${links}\n`,
  );
  printTable(
    ["event", "found / injected", "share", "delay, median", "90 %", "longest"],
    [
      ...EVENT_KINDS.map((kind) => rowOf(kind, all.filter(({ event }) => event.kind === kind))),
      rowOf("all", all),
    ],
  );
  console.log(
    `${falseAlarms} false alarms in ${seeds * days} days: ${
      (falseAlarms / (seeds * days)).toFixed(2)
    } a day; ` +
      `${packets} packets, ${Math.round(1_000 * packets / elapsedMs)} packets/s with the model; ` +
      `largest state ${(stateBytes / 1e6).toFixed(1)} MB of JSON\n`,
  );
  return Promise.resolve();
}
