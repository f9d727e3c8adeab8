/** `streamflow federated demo`: broker, server, participants and their devices in one process; nothing is left behind. */
import { startBroker } from "../../broker/mod.ts";
import type { Settings } from "../../config/settings.ts";
import type { Federation } from "../../federated/simulate/devices.ts";
import { measureLastValue, measureUnseen } from "../../federated/simulate/measure.ts";
import { writeGlobalModel } from "../../federated/simulate/model.ts";
import type { RunParts } from "../../federated/simulate/run.ts";
import type { RoundsPolicy } from "../../federated/rounds/policy.ts";
import type { KafkaClient } from "../../kafka/port.ts";
import { connect } from "../../kafka/connect.ts";
import { METERS_TASK } from "../../train/mod.ts";
import { THIS_MACHINE } from "../../web/frame/access.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { Members } from "./demo_members.ts";
import { type Demo, makeDemo, runPartsOf } from "./demo_set.ts";
import { learnCentralised } from "./demo_thread.ts";
import { readingsByRound, sendRound } from "./demo_readings.ts";
import { DemoView } from "./demo_view.ts";
import { type DemoErrors, summarize, summaryLines } from "./demo_summary.ts";
import { type FederationServing, openFederation } from "./serving.ts";

const TOPICS = { input: "input-data", anomalies: "anomalies", deadLetter: "dead-letters" } as const;
const GROUP = "federated-demo";
const PARTICIPANTS = 2;
const PARTITIONS = 4;
/** Updates a minute that the server takes of this machine: more than there are. */
const UPDATE_RATE = 1_000_000;
/** So much of a round's examples make an update: what is left, as sources have constant stretches, is the next one's. */
const EXAMPLES_SHARE = 0.95;

/** The whole of federated learning, at once. */
export const federatedDemoCommand = defineCommand({
  name: "demo",
  summary:
    "See it all at once: 18 meters learn together over an embedded broker and a server, judged on unseen time",
  examples: ["federated demo", "federated demo --rounds 5 --json"],
  settings: ["rounds", "client", "interval", "json", "quiet", "color"],
  async run(settings, context) {
    const { rounds, json, quiet } = settings;
    const { log, out } = context;
    log.info(`18 electricity meters as devices: the power 6 hours ahead, learned in ${rounds} rounds`);
    const demo = await makeDemo(rounds, context.signal);
    const ran = await runDemo(demo, { settings, context });
    if (ran === null) {
      log.info("stopped before the end: there are no figures");
      return 130;
    }
    const { errors, rejected, updates } = ran;
    const names = demo.federation.devices.map(({ name }) => name);
    const summary = summarize(errors, { devices: names.length, rounds, rejected });
    if (json) out(JSON.stringify(summary));
    else if (!quiet) { for (const line of summaryLines(errors, { ...summary, names, updates })) out(line); }
    return 0;
  },
});

/** Broker, server and participants, while they are needed; `null` where it was stopped. */
async function runDemo(
  demo: Demo,
  { settings: { client: library, ...looks }, context: { signal: interrupted, log: said } }: {
    readonly settings: Pick<Settings, "client" | "interval" | "json" | "quiet" | "color">;
    readonly context: CommandContext;
  },
): Promise<{ readonly errors: DemoErrors; readonly rejected: number; readonly updates: number } | null> {
  const { federation, recipe } = demo, parts = runPartsOf(demo);
  const view = new DemoView(said), { log } = view;
  const ended = new AbortController();
  let failure: { readonly error: unknown } | null = null as { readonly error: unknown } | null;
  const fail = (error: unknown) => {
    failure ??= { error };
    ended.abort();
  };
  const signal = AbortSignal.any([interrupted, ended.signal]);
  await using broker = startBroker({ listen: { hostname: "127.0.0.1", port: 0 }, dataDir: null, log });
  const { address: bootstrapServer } = broker;
  await using client = await connect({ bootstrapServer, clientId: "federated-demo" }, library);
  await client.admin.createTopic({ name: TOPICS.input, partitions: PARTITIONS, replicationFactor: 1 });
  const settings = {
    listen: "127.0.0.1:0",
    roundsTopic: "federated-rounds",
    replicationFactor: 1,
    updateRate: UPDATE_RATE,
  };
  await using serving = await openFederation(settings, {
    ...{ client, access: THIS_MACHINE, policy: policyOf(federation), file: null, secure: null, log, signal },
    first: () => Promise.resolve({ bytes: firstModel(demo, parts.initial), from: "untrained" }),
  });
  const { url: server } = serving;
  log.info(
    `embedded broker on ${bootstrapServer}, in memory; server on ${server}, its API on ${server}/docs`,
  );
  const served = serving.run().catch(fail);
  await using shown = view.show(`demo   ${server}`, {
    ...{ ...settings, ...looks, anomalies: TOPICS.anomalies, client, onFailure: fail },
    onQuit: () => ended.abort(),
  });
  await using members = new Members({
    ...{ count: PARTICIPANTS, client: library, bootstrapServer, server, topics: TOPICS, group: GROUP, log },
    onFailure: fail,
  });
  const learning = learnCentralised(recipe.rounds, signal);
  learning.catch(fail);
  await playRounds(demo, { client, serving, members, signal }).catch(fail);
  const centralised = await learning.catch(() => undefined);
  if (failure !== null) throw failure.error;
  if (signal.aborted || centralised === undefined) return null;
  const { coordinator } = serving;
  const errors = judge(parts, { members, global: coordinator.global.weights, centralised });
  const history = coordinator.history({ limit: recipe.rounds });
  ended.abort();
  await Promise.all([served, shown[Symbol.asyncDispose]()]);
  return {
    errors,
    rejected: history.flatMap(({ refused }) => Object.values(refused)).reduce((sum, n) => sum + n, 0),
    updates: history.reduce((sum, { updates }) => sum + updates, 0),
  };
}

/** A round closes with an update of each device. */
function policyOf({ devices: { length } }: Federation): RoundsPolicy {
  return {
    ...{
      strategy: "fedavg",
      strategyOptions: {},
      minParticipants: 2,
      after: length,
      deadlineMs: null,
    },
    ...{ everyMs: null, late: "refuse", staleness: 0, normMax: null },
  };
}

/** As the simulation begins, and how devices learn: an update for each part of the readings, the rate falling. */
function firstModel({ set, federation, recipe }: Demo, weights: Float64Array): Uint8Array {
  const { rounds } = recipe;
  const examples = Math.min(...federation.devices.map(({ learning }) => learning.count));
  const newExamples = Math.max(1, Math.floor(EXAMPLES_SHARE * examples / rounds));
  const own = { newExamples, coolingRounds: rounds };
  return writeGlobalModel(set, {
    ...{ federation, weights, horizon: METERS_TASK.horizon, metrics: {} },
    recipe: { ...recipe, ...own, strategy: "fedavg", drop: 0, poison: 0 },
  });
}

/** Sends the readings of each round when the model of the one before is published. */
async function playRounds(
  { federation, recipe }: Demo,
  { client, serving: { coordinator }, members, signal }: {
    readonly client: KafkaClient;
    readonly serving: FederationServing;
    readonly members: Members;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { preparation } = federation, { horizon } = METERS_TASK, { rounds } = recipe;
  await using producer = await client.producer();
  await members.untilJoined(signal);
  let sent = 0;
  for (const [round, readings] of (await readingsByRound({ preparation, horizon, rounds })).entries()) {
    if (signal.aborted) return;
    await sendRound(producer, { topic: TOPICS.input, readings });
    sent += readings.length;
    const published = new AbortController();
    const isPublished = coordinator.newerGlobal(round, signal).then(() => published.abort());
    await members.untilSent(sent, AbortSignal.any([signal, published.signal]));
    // A device whose readings stood still has too little to send: the others' round is closed without it.
    if (!signal.aborted && coordinator.global.round === round) await coordinator.aggregate();
    await isPublished;
  }
  await members.untilAt(rounds, signal);
}

/** On the unseen time: what each forecaster is worth to each device. */
function judge(
  { federation, learner }: RunParts,
  { members: { devices }, global, centralised }: {
    readonly members: Members;
    readonly global: Float64Array;
    readonly centralised: Float64Array;
  },
): DemoErrors {
  const by = (weightsOf: (name: string) => Float64Array) =>
    measureUnseen(federation, { learner, weightsOf: (i) => weightsOf(federation.devices[i]!.name) });
  return {
    lastValue: measureLastValue(federation),
    local: by((name) => devices.get(name)!.models.local),
    global: by(() => global),
    personalised: by((name) => devices.get(name)!.models.personalised),
    centralised: by(() => centralised),
  };
}
