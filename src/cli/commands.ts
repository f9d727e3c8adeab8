/** The subcommands, loaded when they are asked for: `--help` shall not wait for what it does not show. */
import type { Command } from "./command.ts";

/** A subcommand that is not loaded yet. */
export interface CommandEntry {
  readonly name: string;
  /** As in the command itself; a test compares them. */
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** A command whose settings are known to the compiler, as one among others. */
function entry(
  name: string,
  summary: string,
  load: () => Promise<unknown>,
): CommandEntry {
  return { name, summary, load: load as () => Promise<Command> };
}

/** In the order of the data's road, then what looks after it. */
export const COMMANDS: readonly CommandEntry[] = [
  entry(
    "broker",
    "Run the embedded broker: Kafka's protocol, one node",
    async () => (await import("./cluster/broker.ts")).brokerCommand,
  ),
  entry(
    "demo",
    "Show everything at once: broker, training, producing, predicting, live chart",
    async () => (await import("./readings/demo.ts")).demoCommand,
  ),
  entry(
    "topics",
    "List, describe, create and delete topics",
    async () => (await import("./cluster/topics.ts")).topicsCommand,
  ),
  entry(
    "produce",
    "Stream a data set into a topic",
    async () => (await import("./readings/produce.ts")).produceCommand,
  ),
  entry(
    "train",
    "Train the network and compare it with the baseline",
    async () => (await import("./train/train.ts")).trainCommand,
  ),
  entry(
    "evaluate",
    "Evaluate a model on data with known outcomes, beside the baseline",
    async () => (await import("./train/evaluate.ts")).evaluateCommand,
  ),
  entry(
    "tune",
    "Try settings with several seeds, choose by validation, and show the test figures of the best",
    async () => (await import("./train/tune.ts")).tuneCommand,
  ),
  entry(
    "consume",
    "Predict every reading of a topic and publish the predictions",
    async () => (await import("./readings/consume.ts")).consumeCommand,
  ),
  entry(
    "monitor",
    "Draw error, latency, lag and dead letters of the predictions, live",
    async () => (await import("./monitor/monitor.ts")).monitorCommand,
  ),
  entry(
    "web",
    "Serve the dashboard, predictions over REST and metrics of what runs on the cluster",
    async () => (await import("./web/web.ts")).webCommand,
  ),
  entry(
    "youtube",
    "Likes of up to five videos and of their comments, live",
    async () => (await import("./youtube/mod.ts")).youtubeCommand,
  ),
  entry(
    "traffic",
    "Network traffic: capture packets, forecast a link's load with alerts, watch for anomalies",
    async () => (await import("./traffic/mod.ts")).trafficCommand,
  ),
  entry(
    "federated",
    "Federated learning: devices learn, only their weights travel, a server averages them",
    async () => (await import("./federated/mod.ts")).federatedCommand,
  ),
  entry(
    "datasets",
    "Data sets: what there is under which terms, downloaded, cleaned",
    async () => (await import("./datasets/mod.ts")).datasetsCommand,
  ),
  entry(
    "analyze",
    "Figures, forecast errors and anomalies of every device, of a data set or live",
    async () => (await import("./analyze/mod.ts")).analyzeCommand,
  ),
  entry(
    "store",
    "Tables of devices, rounds, models, predictions and anomalies: SQL, files, dashboards",
    async () => (await import("./store/mod.ts")).storeCommand,
  ),
  entry(
    "dlq",
    "Dead letters: count, show and replay invalid records",
    async () => (await import("./dlq/mod.ts")).dlqCommand,
  ),
  entry(
    "anomaly",
    "Anomalies in any series: score its rows, and the detector where they are labelled",
    async () => (await import("./anomaly/mod.ts")).anomalyCommand,
  ),
  entry(
    "report",
    "Write a traffic model's forecasts, residuals, training and latency as one page",
    async () => (await import("./traffic/report.ts")).reportCommand,
  ),
  entry(
    "inspect",
    "Show what a model file is: layers, inputs, task, training data, metrics",
    async () => (await import("./models/inspect.ts")).inspectCommand,
  ),
  entry(
    "export",
    "Write a model as an ONNX file that takes raw readings",
    async () => (await import("./models/export.ts")).exportCommand,
  ),
  entry(
    "import",
    "Make a model from an ONNX file, exported by streamflow or another tool",
    async () => (await import("./models/import.ts")).importCommand,
  ),
  entry(
    "config",
    "Show the settings and where each comes from",
    async () => (await import("./cluster/config.ts")).configCommand,
  ),
  entry(
    "doctor",
    "Check runtime, terminal, broker and model",
    async () => (await import("./cluster/doctor.ts")).doctorCommand,
  ),
  entry(
    "bench",
    "Measure this machine: packets per second through the whole pipeline",
    async () => (await import("./bench/mod.ts")).benchCommand,
  ),
  entry(
    "completions",
    "Completions for bash, zsh and fish",
    async () => (await import("./program/completions.ts")).completionsCommand,
  ),
];
