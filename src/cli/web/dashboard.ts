/** The dashboard of a cluster, while it is served: what `web` and `demo --web` share. */
import manifest from "../../../deno.json" with { type: "json" };
import { settingOf, type Settings } from "../../config/settings.ts";
import type { KafkaClient } from "../../kafka/port.ts";
import type { Collect } from "../../metrics/metric.ts";
import { processMetrics } from "../../metrics/process.ts";
import type { Log } from "../../runtime/log.ts";
import { runBoards } from "../../web/boards/routes.ts";
import type { Training } from "../../web/boards/training.ts";
import { mountDashboard } from "../../web/dashboard.ts";
import type { Access } from "../../web/frame/access.ts";
import { createApp } from "../../web/frame/app.ts";
import { LiveHub } from "../../web/frame/live/hub.ts";
import { serveHttp } from "../../web/frame/serve.ts";
import type { Answering } from "../../web/served_model.ts";
import { type BOARD_KEYS, openBoards } from "./boards.ts";

/** What it shows, and to whom. */
export interface DashboardOptions {
  readonly access: Access;
  readonly client: KafkaClient;
  readonly signal: AbortSignal;
  readonly log: Pick<Log, "warn">;
  /** Called whenever something of the cluster goes or comes. */
  readonly say: (message: string) => void;
  readonly answering: Answering;
  /** The model card that stands beside the file, `null` where there is none. */
  readonly readCard: () => Promise<string | null>;
  /** The training that predictions wait for. @default none */
  readonly training?: () => Training | null;
  /** What open pages are given as the reason when it ends. */
  readonly farewell: string;
  /** What else is served by the same listener. @default nothing */
  readonly beside?: ServedBeside;
}

/** Routes of another room. */
export interface ServedBeside {
  mount(app: ReturnType<typeof createApp>): void;
  readonly collectors: readonly Collect[];
  /** What keeps it from its work, a sentence; `null` = nothing. */
  readonly trouble: () => string | null;
}

/** It serves until it is disposed of. */
export interface Dashboard extends AsyncDisposable {
  readonly url: string;
  /** Counts and sends until the signal aborts. @throws what ends one of its parts */
  run(): Promise<void>;
}

/** Serves it; its boards stand still until it runs. @throws {UserError} where that address cannot be listened on */
export function openDashboard(
  settings: Pick<Settings, "listen" | "bootstrapServer" | typeof BOARD_KEYS[number]>,
  options: DashboardOptions,
): Dashboard {
  const { access, client, log, say, answering, readCard, training = () => null, farewell, beside } = options;
  // What fails ends everything.
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const served = () => {
    const found = answering();
    return typeof found === "string" ? null : found;
  };
  const { boards, collectors, run, trouble } = openBoards(settings, {
    ...{ client, signal, say, training },
    answering: () => served()?.model.sha256 ?? null,
  });
  const hub = new LiveHub();
  const serving = { boards, hub, refreshMs: settings.interval * 1_000 };
  const app = createApp({
    ...{ access, log },
    trouble: () => beside?.trouble() ?? trouble(),
    version: manifest.version,
    collectors: [
      ...[processMetrics(manifest.version), ...collectors, ...beside?.collectors ?? []],
      () => served()?.collect() ?? [],
    ],
  });
  beside?.mount(app);
  const { bootstrapServer } = settings;
  mountDashboard(app, {
    ...{ ...serving, inspection: client.inspection, answering, readCard },
    cluster: bootstrapServer === settingOf("bootstrapServer").default
      ? null
      : bootstrapServer.replaceAll(/\s/g, ""),
  });
  const server = serveHttp(app, settings.listen, { log });
  return {
    url: server.url,
    run: async () => {
      await Promise.all(
        [run(signal), runBoards(serving, signal)].map((one) => one.finally(() => ended.abort())),
      );
    },
    [Symbol.asyncDispose]: async () => {
      ended.abort();
      await hub.close(farewell);
      await server[Symbol.asyncDispose]();
    },
  };
}
