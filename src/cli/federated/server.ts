/** `streamflow federated server`: takes what devices learn, and gives them what all learned together. */
import { randomBytes } from "node:crypto";
import { CONNECTION_KEYS, type Settings } from "../../config/settings.ts";
import { NOISE_KEY_BYTES } from "../../federated/privacy/gaussian.ts";
import type { RoundsPolicy } from "../../federated/rounds/policy.ts";
import { makeStrategy, STRATEGY_NAMES, type StrategyName } from "../../federated/strategies/mod.ts";
import type { Log } from "../../runtime/log.ts";
import { UserError } from "../../runtime/errors.ts";
import { readAccess } from "../../web/frame/access.ts";
import { defineCommand } from "../command.ts";
import { openClient } from "../connection.ts";
import { requireWritable } from "../files.ts";
import { DATA_KEYS, DATA_WORDING, RECIPE_KEYS, TASK_KEYS } from "./devices.ts";
import { BOARD_KEYS } from "../web/boards.ts";
import { type Dashboard, type DashboardOptions, openDashboard, type ServedBeside } from "../web/dashboard.ts";
import { openNamedStore, STORE_KEYS } from "../store/open_store.ts";
import { startNamedSink } from "../store/sink.ts";
import { firstGlobalModel } from "./first_model.ts";
import { openFederation } from "./serving.ts";
import { requireSums, strategyOptionsOf } from "./strategy_options.ts";

const STRATEGY_KEYS = ["strategy", "faultyShare", "clipNorm", "noiseMultiplier"] as const;
const ROUND_KEYS = ["minParticipants", "deadline", "every", "after", "late", "staleness", "normMax"] as const;
const SECURE_KEYS = ["secure", "secureClip"] as const;
/** Each step's time with --secure, where --deadline says nothing, in s. */
const SECURE_STEP_SECONDS = 30;

/** Serves a federation until it is stopped. */
export const federatedServerCommand = defineCommand({
  name: "server",
  summary: "Serve a federation over REST: take the devices' updates, publish global models",
  examples: [
    "federated server",
    "federated server --min-participants 10 --deadline 60s --every 30m --after 20 --model global.safetensors",
    "federated server --listen 0.0.0.0:8080 --token-file participants --strategy median",
  ],
  settings: [
    ...["listen", "tokenFile", "allowHost", "updateRate", "replicationFactor"] as const,
    ...STRATEGY_KEYS,
    ...ROUND_KEYS,
    ...SECURE_KEYS,
    "model",
    ...STORE_KEYS,
    ...BOARD_KEYS,
    "web",
    ...DATA_KEYS,
    ...TASK_KEYS,
    ...RECIPE_KEYS,
    ...CONNECTION_KEYS,
  ],
  defaults: { listen: "127.0.0.1:8080", strategy: ["fedavg"] },
  wording: {
    ...DATA_WORDING,
    listen: {
      description: "Where the server listens; port 0 = any that is free [default: 127.0.0.1:8080]",
      placeholder: "HOST:PORT",
    },
    tokenFile: {
      description:
        "File with a line NAME TOKEN for each participant; requests must bring one, and beyond this machine it is needed",
      placeholder: "FILE",
    },
    strategy: {
      description: `How updates become a global model: ${STRATEGY_NAMES.join(", ")} [default: fedavg]`,
      placeholder: "NAME",
    },
    store: {
      description:
        "Copy rounds, updates, global models, readings, predictions and anomalies into this SQLite file, or MongoDB [default: none]",
      placeholder: "PATH|URL",
    },
    model: {
      description:
        "Model file to begin with, where it is there; every global model is written to it [default: none]",
      placeholder: "FILE",
    },
  },
  async run(settings, context) {
    const { signal, out, log, origin } = context;
    const access = await readAccess({ ...settings, flag: "--listen", hasNames: true }, log);
    const file = origin["model"] === undefined ? null : settings.model;
    await requireWritable({ "--model": file ?? undefined });
    const policy = policyOf(settings);
    const { secure, secureClip: clip, minParticipants: partiesMin, deadline = SECURE_STEP_SECONDS } =
      settings;
    const strategy = makeStrategy(policy.strategy, policy.strategyOptions);
    await using stored = origin["store"] === undefined ? null : (await openNamedStore(settings)).store;
    await using client = await openClient(settings, log);
    await using _sink = stored === null ? null : keepStored(settings, { store: stored, client, log });
    await using serving = await openFederation(settings, {
      ...{ client, access, policy, file, log, signal },
      secure: secure ? { clip, partiesMin, stageMs: deadline * 1_000 } : null,
      listen: settings.web ? withDashboard(settings, { client, access, signal, log }) : undefined,
      first: () => firstGlobalModel(settings, { file, strategy, context }),
    });
    out(`streamflow federated server ready on ${serving.url}`);
    await serving.run();
    return 0;
  },
});

/** The dashboard of the cluster on the same address. */
function withDashboard(
  settings: Parameters<typeof openDashboard>[0],
  parts: Pick<DashboardOptions, "client" | "access" | "signal"> & { readonly log: Log },
): (beside: ServedBeside) => Dashboard {
  return (beside) =>
    openDashboard(settings, {
      ...{ ...parts, beside },
      say: parts.log.info,
      answering: () => "a federation's server predicts nothing: 'streamflow web --model FILE' does",
      readCard: () => Promise.resolve(null),
      farewell: "the server is shutting down",
    });
}

/** Copies the topics into the store until it is disposed of; the server goes on whatever becomes of the store. */
function keepStored(
  settings: Parameters<typeof startNamedSink>[0],
  { log, ...parts }: Pick<Parameters<typeof startNamedSink>[1], "store" | "client" | "log">,
): AsyncDisposable {
  const ended = new AbortController();
  const sink = startNamedSink(settings, { ...parts, log, signal: ended.signal });
  const done = sink.done.catch((error: Error) => {
    log.warn(`nothing more is copied into the store: ${error.message}`);
  });
  return {
    [Symbol.asyncDispose]: async () => {
      ended.abort();
      await done;
    },
  };
}

function policyOf(
  settings: Pick<Settings, typeof STRATEGY_KEYS[number] | typeof ROUND_KEYS[number] | "secure">,
): RoundsPolicy {
  const strategy = strategyOf(settings.strategy);
  if (settings.secure) requireSums(settings, strategy);
  const { minParticipants, deadline, every, after, late, staleness, normMax } = settings;
  const msOf = (seconds: number | undefined) => seconds === undefined ? null : seconds * 1_000;
  return {
    strategy,
    strategyOptions: strategyOptionsOf(settings, {
      names: [strategy],
      noiseKey: randomBytes(NOISE_KEY_BYTES),
    }),
    // With --secure a round's one update is a sum, whose devices are counted before.
    ...settings.secure
      ? { minParticipants: 1, late: "refuse", staleness: 0 }
      : { minParticipants, late, staleness },
    deadlineMs: settings.secure ? null : msOf(deadline),
    everyMs: msOf(every),
    after: after ?? null,
    normMax: normMax ?? null,
  };
}

/** @throws {UserError} (exit code 2) where it is not exactly one that is known */
function strategyOf(names: readonly string[]): StrategyName {
  const [name] = names;
  if (names.length === 1 && (STRATEGY_NAMES as readonly string[]).includes(name!)) {
    return name as StrategyName;
  }
  throw new UserError(
    names.length === 1 ? `Unknown strategy ${JSON.stringify(name)}` : "A server has one strategy",
    { hint: `choose one of ${STRATEGY_NAMES.join(", ")}`, exitCode: 2 },
  );
}
