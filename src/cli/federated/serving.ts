/** A federation's server while it runs: its core on a cluster, its routes on a listener, its model in a file. */
import manifest from "../../../deno.json" with { type: "json" };
import { tensorViews } from "../../../nn/mod.ts";
import type { Settings } from "../../config/settings.ts";
import { Coordinator } from "../../federated/server/coordinator.ts";
import { SECURE_LOOK_EVERY_MS } from "../../federated/limits.ts";
import { readLearnableModel } from "../../federated/participant/learnable_model.ts";
import { SecureAggregator, type SecureAggregatorOptions } from "../../federated/server/secure_aggregator.ts";
import { federatedMetrics } from "../../federated/server/metrics.ts";
import type { RoundsPolicy } from "../../federated/rounds/policy.ts";
import type { KafkaClient } from "../../kafka/port.ts";
import { processMetrics } from "../../metrics/process.ts";
import { sha256Of } from "../../models/container.ts";
import { NO_MODEL_HINT, readModelBytes, saveModel } from "../../models/disk.ts";
import { ModelFileError, readForecastModel } from "../../models/model_file.ts";
import { sleep } from "../../runtime/clock.ts";
import { UserError } from "../../runtime/errors.ts";
import type { Log } from "../../runtime/log.ts";
import { formatCount } from "../../runtime/progress.ts";
import { mountFederation } from "../../web/federated/routes.ts";
import { mountSecure } from "../../web/federated/secure.ts";
import type { Access } from "../../web/frame/access.ts";
import { createApp } from "../../web/frame/app.ts";
import { RateLimit } from "../../web/frame/rate_limit.ts";
import { serveHttp } from "../../web/frame/serve.ts";
import { awayText } from "../serve_metrics.ts";
import type { ServedBeside } from "../web/dashboard.ts";
import { openRoundsLog } from "./rounds_log.ts";

/** Settings of a server, however it is started. */
export type ServingSettings = Pick<Settings, "listen" | "roundsTopic" | "replicationFactor" | "updateRate">;

/** What it is made of. */
export interface ServingOptions {
  readonly client: KafkaClient;
  readonly access: Access;
  readonly policy: RoundsPolicy;
  /** How updates are added up without being seen; `null` = each is sent by itself. */
  readonly secure: Pick<SecureAggregatorOptions, "partiesMin" | "stageMs"> & { readonly clip: number } | null;
  /** Makes global model 0, and says where it comes from; not asked where the topic is well on its way. */
  readonly first: () => Promise<{ readonly bytes: Uint8Array; readonly from: string }>;
  /** Every global model that is published is written here; `null` = nowhere. */
  readonly file: string | null;
  readonly log: Pick<Log, "info" | "warn">;
  readonly signal: AbortSignal;
  /** Serves what it has. @default alone, at the address of the settings */
  readonly listen?: ((served: ServedBeside) => ServingListener) | undefined;
}

/** It listens until it is disposed of. */
export interface ServingListener extends AsyncDisposable {
  readonly url: string;
  /** What else it does until then. @throws what ends it */
  run?(): Promise<void>;
}

/** It serves until it is disposed of. */
export interface FederationServing extends AsyncDisposable {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  readonly coordinator: Coordinator;
  /** Serves until the signal aborts. @throws {UserError} where another server has taken the topic over */
  run(): Promise<void>;
}

/** A topic with fewer records may not have its first global model yet. */
const FIRST_RECORDS = 100;
/** A model file that could not be written is written again after so long, in ms. */
const SAVE_AGAIN_MS = 5_000;

/** Begins, or goes on where the topic says. @throws {UserError, KafkaError} where it cannot */
export async function openFederation(
  settings: ServingSettings,
  options: ServingOptions,
): Promise<FederationServing> {
  const { client, policy, log, file } = options;
  await using stack = new AsyncDisposableStack();
  const rounds = stack.use(
    await openRoundsLog(client, { ...settings, topic: settings.roundsTopic, onWarning: log.warn }),
  );
  if (rounds.isNew) log.info(`created the topic ${settings.roundsTopic}`);
  const first = rounds.records < FIRST_RECORDS ? await options.first() : null;
  const coordinator = stack.use(
    await Coordinator.open({
      ...{ log: rounds, policy, firstModel: first?.bytes ?? null, recordBytesMax: rounds.recordBytesMax },
      run: crypto.randomUUID(),
      ...{ nowMs: Date.now, wait: sleep, onWarning: log.warn },
    }),
  );
  const { round, version } = coordinator.global;
  const isFirst = first !== null && sha256Of(first.bytes).startsWith(version);
  if (file !== null && !isFirst) await requireReplaceable(file, settings.roundsTopic);
  log.info(
    rounds.records === 0 && first !== null
      ? `global model 0 is ${first.from}, version ${version}`
      : `goes on with global model ${round}, version ${version}, of the topic ${settings.roundsTopic}`,
  );
  const secure = options.secure === null ? null : openSecure(coordinator, { ...options.secure, log });
  const trouble = () => awayText(client);
  const rateLimit = new RateLimit(settings.updateRate);
  const listener = stack.use((options.listen ?? listenAlone(settings, options))({
    trouble,
    collectors: [federatedMetrics(coordinator)],
    mount: (app) => {
      mountFederation(app, coordinator, {
        ...{ trouble, views: tensorViews(coordinator.global.spec) },
        rateLimit,
        sumsOnly: secure !== null,
      });
      if (secure === null) return;
      mountSecure(app, { ...secure, rateLimit, length: coordinator.global.weights.length + 1 });
    },
  }));
  const opened = stack.move();
  return {
    ...{ url: listener.url, coordinator },
    run: async () => {
      const ended = new AbortController();
      const signal = AbortSignal.any([options.signal, ended.signal]);
      const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      const beside = Promise.all([
        followGlobals(coordinator, { file, log, signal }),
        secure === null ? null : advanceSteps(secure.aggregator, { log, signal }),
      ]);
      const shown = listener.run?.() ?? stopped;
      try {
        if (!signal.aborted) await Promise.race([coordinator.ended, shown, stopped]);
      } finally {
        ended.abort();
        await beside;
      }
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** @throws {UserError} where the file holds what no federation wrote: the topic's model would take its place */
async function requireReplaceable(file: string, topic: string): Promise<void> {
  if (await Deno.stat(file).catch(() => null) === null) return;
  const bytes = await readModelBytes(file, { hint: NO_MODEL_HINT });
  try {
    if (readForecastModel(bytes).metadata.recipe["strategy"] !== undefined) return;
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
  }
  throw new UserError(
    `${file} holds something that no federation wrote, and the global model of the topic ${topic} would take its place`,
    { hint: "name another file with --model, or a new topic with --rounds-topic to begin with this model" },
  );
}

/** The routes, and what every surface has. */
function listenAlone({ listen }: ServingSettings, { access, log }: ServingOptions) {
  return ({ trouble, collectors, mount }: ServedBeside): ServingListener => {
    const app = createApp({
      ...{ trouble, access, log },
      version: manifest.version,
      collectors: [processMetrics(manifest.version), ...collectors],
    });
    mount(app);
    return serveHttp(app, listen, { log });
  };
}

function openSecure(
  coordinator: Coordinator,
  { clip, log, ...rest }: NonNullable<ServingOptions["secure"]> & Pick<ServingOptions, "log">,
) {
  const { bytes, round } = coordinator.global;
  const scale = { clip, examplesMax: readLearnableModel(bytes, round).recipe.windowLength };
  const aggregator = new SecureAggregator({
    ...{ ...rest, coordinator, scale },
    ...{ nowMs: Date.now, onWarning: log.warn },
  });
  return { aggregator, scale };
}

/** Ends steps whose time is up, and hands sums on. */
async function advanceSteps(
  aggregator: SecureAggregator,
  { log, signal }: Pick<ServingOptions, "log" | "signal">,
): Promise<void> {
  let isSaid = false;
  while (!signal.aborted) {
    try {
      await aggregator.advance();
      isSaid = false;
    } catch (error) {
      if (!isSaid && !signal.aborted) log.warn(`the sum cannot be stored now: ${(error as Error).message}`);
      isSaid = true;
    }
    await sleep(SECURE_LOOK_EVERY_MS, signal);
  }
}

/** Says what was published, and writes it to the file. */
async function followGlobals(
  coordinator: Coordinator,
  { file, log, signal }: Pick<ServingOptions, "file" | "log" | "signal">,
): Promise<void> {
  const begun = coordinator.global.round;
  let isSaid = false;
  for (let next: Coordinator["global"] | null = coordinator.global; next !== null;) {
    const { round, bytes, version } = next;
    const record = coordinator.round(round - 1);
    if (round > begun && record !== null) {
      const { updates, participants, loss } = record;
      log.info(
        `round ${round - 1}: ${formatCount(updates)} updates of ${formatCount(participants)} devices` +
          `${loss === null ? "" : `, loss ${loss.toPrecision(4)}`}; global model ${round} is ${version}`,
      );
    }
    while (file !== null && !signal.aborted) {
      try {
        await saveModel(file, bytes);
        isSaid = false;
        break;
      } catch (error) {
        if (!isSaid) {
          log.warn(`${(error as Error).message}: trying again; global models are served meanwhile`);
        }
        isSaid = true;
        await sleep(SAVE_AGAIN_MS, signal);
      }
    }
    next = await coordinator.newerGlobal(round, signal);
  }
}
