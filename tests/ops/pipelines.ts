/** Every pipeline of the program at work on an embedded broker, each as a process with `--metrics`. */
import { createNetwork, denseSpec, Random } from "../../nn/mod.ts";
import { connect } from "../../src/kafka/connect.ts";
import type { OutgoingRecord } from "../../src/kafka/port.ts";
import { writeModel } from "../../src/models/model_file.ts";
import { countTabularInputs, fitTabular } from "../../src/models/tabular.ts";
import { scratchFolder } from "../support/folder.ts";
import { type Running, startStreamflow, trainModel, untilSaid } from "../support/run.ts";
import { startStandIn } from "../support/youtube_stand_in.ts";
import { tinyModelBytes } from "../traffic/tiny_model.ts";
import { CLASSES, tableOf } from "../train/tables.ts";
import type { Target } from "./prometheus.ts";

/** What is running. */
export interface Pipelines extends AsyncDisposable {
  readonly targets: readonly Target[];
  /** What each of them demands of who scrapes it. */
  readonly tokenFile: string;
  /** The processes, by command; of several the first. */
  readonly running: ReadonlyMap<string, Running>;
}

const encoder = new TextEncoder();
const FEED_EVERY_MS = 200;

/** Starts all of them; resolves when each serves its metrics. */
export async function startPipelines(): Promise<Pipelines> {
  await using starting = new AsyncDisposableStack();
  const targets: Target[] = [];
  const running = new Map<string, Running>();
  const start = async (command: string, args: readonly string[], said: RegExp, env = {}) => {
    const process = starting.use(
      await startStreamflow([...command.split(" "), ...args], { watchOutput: true, env }),
    );
    const text = await untilSaid(process, said);
    process.watched!.cancel();
    targets.push({ command, address: said.exec(text)!.at(-1)! });
    if (!running.has(command)) running.set(command, process);
    return text;
  };
  const metrics = /metrics on http:\/\/(\S+)\/metrics/;
  const tokenFile = `${await scratchFolder()}/token`;
  await Deno.writeTextFile(tokenFile, crypto.randomUUID());
  const shown = ["--metrics", "127.0.0.1:0", "--token-file", tokenFile];
  const broker =
    /ready on (\S+)[^]*metrics on http:\/\/(\S+)\/metrics|metrics on http:\/\/(\S+)\/metrics[^]*ready on (\S+)/;
  const text = await start("broker", ["--memory", "--listen", "127.0.0.1:0", ...shown], broker);
  const address = /ready on (\S+)/.exec(text)![1]!;
  targets[0] = { command: "broker", address: metrics.exec(text)![1]! };
  const at = ["--bootstrap-server", address, ...shown];
  const models = await writeModels();
  const standIn = starting.use(startStandIn({ seed: 1, videos: 3, comments: 30 }));
  const key = { YOUTUBE_API_KEY: standIn.key };
  const videos = standIn.videos.map(({ id }) => id);
  const begin = (command: string, args: readonly string[], env = {}) =>
    start(command, [...args, ...at], metrics, env);

  await begin("produce", ["--dataset", "sensors", "--rate", "100", "--loop"]);
  await begin("traffic capture", ["--simulate", "--start", "now", "--rate", "200"]);
  await begin("youtube produce", ["--api-base", standIn.base, "--interval", "1", ...videos], key);
  starting.use(await feed(address, standIn.step.bind(standIn)));
  await begin("consume", ["--model", models.readings]);
  await begin("consume", ["--model", models.classes, "--input", "classified", "--group", "classes"]);
  await begin("traffic watch", ["--input", "packets", "--window", "1s", "--grace", "1s"]);
  await begin("traffic forecast", ["--model", models.traffic, "--alert", "packets>1"]);
  await begin("youtube consume", []);
  const web = ["--listen", "127.0.0.1:0", "--bootstrap-server", address, "--token-file", tokenFile];
  await start("web", web, /ready on http:\/\/(\S+)/);
  await startFederation({ address, tokenFile, start, starting, targets });
  const processes = starting.move();
  return { targets, tokenFile, running, [Symbol.asyncDispose]: () => processes.disposeAsync() };
}

/** A server that averages what a participant learns from the same readings, and someone whose updates it refuses. */
async function startFederation({ address, tokenFile, start, starting, targets }: {
  readonly address: string;
  readonly tokenFile: string;
  readonly start: (command: string, args: readonly string[], said: RegExp) => Promise<string>;
  readonly starting: AsyncDisposableStack;
  readonly targets: Target[];
}): Promise<void> {
  const token = await Deno.readTextFile(tokenFile);
  const participants = `${tokenFile}.participants`;
  await Deno.writeTextFile(participants, `site-1 ${token}\n`);
  const at = ["--bootstrap-server", address];
  const rounds = ["--dataset", "sensors", "--min-participants", "1", "--deadline", "3s"];
  const serving = ["--listen", "127.0.0.1:0", "--token-file", participants, ...rounds, ...at];
  const text = await start("federated server", serving, /ready on http:\/\/(\S+)/);
  const server = `http://${/ready on http:\/\/(\S+)/.exec(text)![1]!}`;
  const shown = ["--metrics", "127.0.0.1:0", "--token-file", tokenFile];
  const sending = ["--server", server, ...shown, ...at];
  await start("federated participate", sending, /metrics on http:\/\/(\S+)\/metrics/);
  targets.push({ ...targets.pop()!, isOpen: true });
  const sendBad = async () => {
    const answer = await fetch(`${server}/api/v1/local-update?device=bad&round=0&examples=1`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" },
      body: "no model",
    });
    await answer.body?.cancel();
  };
  let under = Promise.resolve();
  const timer = setInterval(() => under = under.then(sendBad).catch(() => {}), FEED_EVERY_MS * 10);
  starting.defer(async () => {
    clearInterval(timer);
    await under;
  });
}

/** One model of each kind. */
async function writeModels(): Promise<{ readings: string; classes: string; traffic: string }> {
  const folder = await scratchFolder();
  const preparation = fitTabular(tableOf(500, 1), { log: "none" });
  const network = createNetwork(
    denseSpec({
      inputs: countTabularInputs(preparation),
      hidden: [4],
      outputs: CLASSES.length,
      activation: "tanh",
      outputActivation: "softmax",
    }),
    new Random(1),
  );
  const classes = `${folder}/classes.safetensors`;
  await Deno.writeFile(
    classes,
    writeModel(network, {
      name: "classes",
      architecture: network.spec,
      preparation,
      task: {
        kind: "classification",
        target: "class",
        classes: [...CLASSES],
        offsets: CLASSES.map(() => 0),
        baseline: CLASSES[0],
      },
      recipe: { seed: 1 },
      training: { name: "none", sha256: null, readings: 0, sources: 0 },
      metrics: {},
    }),
  );
  const traffic = `${folder}/traffic.safetensors`;
  await Deno.writeFile(traffic, tinyModelBytes());
  return { readings: await trainModel(), classes, traffic };
}

/** Sends what no data set has: connections with their classes, records that cannot be used; and lets likes change. */
async function feed(bootstrapServer: string, step: (changes: number) => void): Promise<AsyncDisposable> {
  const client = await connect({ bootstrapServer, clientId: "feed" }, "platformatic");
  // Commands that serve their metrics may not have made their topics yet.
  for (const name of ["classified", "input-data", "packets", "topic_yt"]) {
    await client.admin.createTopic({ name, partitions: 1, replicationFactor: 1 });
  }
  const producer = await client.producer();
  const { columns: [level, bytes, , protocol], labels } = tableOf(500, 2);
  if (level?.kind !== "number" || bytes?.kind !== "number" || protocol?.kind !== "category") {
    throw new Error();
  }
  let sent = 0;
  const connection = (): OutgoingRecord => {
    const row = sent++ % labels.length;
    return record({
      id: `connection-${sent}`,
      source: "firewall",
      timestamp: new Date().toISOString(),
      features: {
        ...{ level: level.values[row], bytes: bytes.values[row], constant: 7 },
        protocol: protocol.values[protocol.codes[row]!],
      },
      label: CLASSES[labels[row]!],
    });
  };
  const bad = { key: "bad", value: encoder.encode("no record") };
  let under = Promise.resolve();
  const timer = setInterval(() => {
    under = under.then(async () => {
      step(2);
      await producer.send("classified", Array.from({ length: 10 }, connection));
      for (const topic of ["input-data", "packets", "topic_yt"]) await producer.send(topic, [bad]);
    });
  }, FEED_EVERY_MS);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await under.catch(() => {});
      await producer[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
    },
  };
}

function record(value: unknown): OutgoingRecord {
  return { key: "firewall", value: encoder.encode(JSON.stringify(value)) };
}
