/** Settings → a sink at work. */
import type { Settings } from "../../config/settings.ts";
import type { KafkaClient } from "../../kafka/port.ts";
import type { Log } from "../../runtime/log.ts";
import { type Sink, startSink } from "../../store/sink/sink.ts";
import type { Store } from "../../store/store.ts";

/** Copies the topics that the settings name into a store until the signal aborts. */
export function startNamedSink(
  { input, output, anomalies, roundsTopic, deadLetter }: Pick<
    Settings,
    "input" | "output" | "anomalies" | "roundsTopic" | "deadLetter"
  >,
  { store, client, log, signal }: {
    readonly store: Store;
    readonly client: KafkaClient;
    readonly log: Pick<Log, "warn">;
    readonly signal: AbortSignal;
  },
): Sink {
  const topics = { readings: input, predictions: output, anomalies, rounds: roundsTopic };
  return startSink({ store, client, topics, deadLetter, signal, onWarning: (line) => log.warn(line) });
}
