/** `streamflow store copy`: copies topics into a store for as long as it runs. */
import { CONNECTION_KEYS } from "../../config/settings.ts";
import { idleOptions, watchIdle } from "../../jobs/idle.ts";
import { systemClock } from "../../jobs/clock.ts";
import { formatCount, startProgress } from "../../runtime/progress.ts";
import type { SinkState } from "../../store/sink/sink.ts";
import { defineCommand } from "../command.ts";
import { openClient } from "../connection.ts";
import { openNamedStore, STORE_KEYS } from "./open_store.ts";
import { startNamedSink } from "./sink.ts";

/** How often is looked whether rows have come, in ms. */
const LOOK_EVERY_MS = 200;

function total({ rows, letters }: SinkState): number {
  return Object.values(rows).reduce((sum, count) => sum + count, letters);
}

/** Copies topics. */
export const storeCopyCommand = defineCommand({
  name: "copy",
  summary:
    "Copy readings, predictions, anomalies and federated rounds from their topics into a store, each once",
  examples: ["store copy", "store copy --store fl.sqlite --until-idle 5s --json"],
  settings: [
    ...STORE_KEYS,
    ...["input", "output", "anomalies", "roundsTopic", "deadLetter"] as const,
    ...["untilIdle", "json", "quiet"] as const,
    ...CONNECTION_KEYS,
  ],
  wording: {
    input: { description: "Topic of the readings [default: input-data]", placeholder: "TOPIC" },
    output: { description: "Topic of the predictions [default: predictions]", placeholder: "TOPIC" },
    anomalies: { description: "Topic of the anomalies [default: anomalies]", placeholder: "TOPIC" },
  },
  async run(settings, { signal, out, log }) {
    const { store } = await openNamedStore(settings);
    await using _store = store;
    await using client = await openClient(settings, log);
    const { untilIdle, quiet } = settings;
    const ended = new AbortController();
    const both = AbortSignal.any([signal, ended.signal]);
    const sink = startNamedSink(settings, { store, client, log, signal: both });
    const untilIdleMs = untilIdle === undefined ? undefined : untilIdle * 1_000;
    const idle = watchIdle({
      // A store that takes no rows is nothing to end for.
      ...idleOptions({ untilIdleMs, client, isBusy: () => sink.state().trouble !== null }),
      isBehind: () => sink.state().lag > 0,
      clock: systemClock,
      stop: () => ended.abort(),
    });
    idle.assigned(1);
    using progress = startProgress({ unit: "records", log, quiet: quiet || settings.json });
    let before = 0;
    const look = setInterval(() => {
      const now = total(sink.state());
      if (now !== before) idle.restart();
      before = now;
      progress.update(now);
    }, LOOK_EVERY_MS);
    log.debug(`copy begins: ${store.name}`);
    try {
      await sink.done;
    } finally {
      clearInterval(look);
      idle.cancel();
    }
    const { rows, letters } = sink.state();
    if (settings.json) out(JSON.stringify({ store: store.name, rows, deadLetters: letters }));
    else if (!quiet) {
      const tables = Object.entries(rows).map(([table, count]) => `${formatCount(count)} ${table}`);
      out(`copied to ${store.name}: ${tables.length === 0 ? "nothing" : tables.join(", ")}`);
      if (letters > 0) out(`${formatCount(letters)} dead letters: 'streamflow dlq list' says why`);
    }
    return signal.aborted ? 130 : 0;
  },
});
