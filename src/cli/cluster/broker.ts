/** `streamflow broker`: the embedded broker, until it is stopped. */
import { type RunningBroker, startBroker, StorageError, type StorageErrorKind } from "../../broker/mod.ts";
import { brokerMetrics } from "../../broker/metrics.ts";
import { METRICS_KEYS, MetricsServer } from "../serve_metrics.ts";
import { settingOf } from "../../config/settings.ts";
import { UserError } from "../../runtime/errors.ts";
import { explainListening, splitAddress } from "../../runtime/listening.ts";
import type { Log } from "../../runtime/log.ts";
import { defineCommand } from "../command.ts";

interface BrokerSettings {
  readonly listen: string;
  readonly advertise?: string | undefined;
  readonly dataDir: string;
  readonly memory: boolean;
  readonly memoryMax: number;
  readonly defaultPartitions: number;
  readonly flush: "interval" | "always" | "never";
}

/** Serves Kafka's protocol on one address. */
export const brokerCommand = defineCommand({
  name: "broker",
  summary: "Run the embedded broker: Kafka's protocol, one node",
  examples: [
    "broker",
    "broker --memory --listen 127.0.0.1:0",
    "broker --metrics 127.0.0.1:9464",
    "broker --data-dir /var/lib/streamflow --flush always --default-partitions 6",
  ],
  settings: [
    "listen",
    "advertise",
    "dataDir",
    "memory",
    "memoryMax",
    "defaultPartitions",
    "flush",
    "json",
    ...METRICS_KEYS,
  ],
  async run(settings, { signal, out, log }) {
    await using metrics = await MetricsServer.open(settings, log);
    await using broker = open(settings, log);
    metrics.add(brokerMetrics(broker));
    metrics.readyUnless(() => null);
    for (const note of broker.recoveryNotes) log.warn(note);
    const dataDir = settings.memory ? null : settings.dataDir;
    out(
      settings.json
        ? JSON.stringify({ ready: broker.address, dataDir })
        : `streamflow broker ready on ${broker.address} (data: ${
          dataDir ?? "in memory, gone when it stops"
        })`,
    );
    if (!settings.json) {
      const address = settings.listen === settingOf("listen").default
        ? ""
        : ` --bootstrap-server ${broker.address}`;
      const commands = ["train", `consume${address}`, `produce${address}`].map((command) =>
        `streamflow ${command}`
      );
      log.info(`next, each in a terminal of its own: ${commands.join(", ")}`);
    }
    await ended(signal);
    return 0;
  },
});

function open(settings: BrokerSettings, log: Log): RunningBroker {
  try {
    return startBroker({
      listen: splitAddress(settings.listen),
      ...(settings.advertise === undefined ? {} : { advertise: splitAddress(settings.advertise) }),
      dataDir: settings.memory ? null : settings.dataDir,
      memoryBytesMax: settings.memoryMax * 2 ** 20,
      defaultPartitions: settings.defaultPartitions,
      flush: settings.flush,
      log,
    });
  } catch (error) {
    throw explain(error, settings);
  }
}

const STORAGE_HINTS: Readonly<Record<StorageErrorKind, string>> = {
  "locked": "stop the other broker, or name another directory with --data-dir DIR",
  "read-only": "let this user read and write it, name another directory with --data-dir DIR, or use --memory",
  "not-a-directory": "name a directory with --data-dir DIR",
  "no-space": "make room on the disk, name another directory with --data-dir DIR, or use --memory",
  "too-large": "name another directory with --data-dir DIR",
  "io": "check the disk, or name another directory with --data-dir DIR",
};

/** What keeps a broker from starting, for people; anything else is a bug and stays as it is. */
function explain(error: unknown, { listen }: BrokerSettings): unknown {
  if (error instanceof StorageError) {
    return new UserError(error.message, { hint: STORAGE_HINTS[error.kind], cause: error });
  }
  return explainListening(error, { listen, flag: "--listen" });
}

function ended(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
