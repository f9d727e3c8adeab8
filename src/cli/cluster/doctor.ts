/** `streamflow doctor`: what is there, what is missing, and what to do about it. */
import { CONNECTION_KEYS, type Settings } from "../../config/settings.ts";
import type { ConnectionOptions, KafkaClient } from "../../kafka/port.ts";
import type { Model } from "../../models/model_file.ts";
import { UserError } from "../../runtime/errors.ts";
import { askApiVersions } from "./api_versions.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { type ConnectionSettings, openClient, toConnectionOptions } from "../connection.ts";
import { toUserError } from "../program/failures.ts";

const ANSWER_WITHIN_MS = 5_000;
const ROUND_TRIP_WITHIN_MS = 15_000;
/** Produce, Fetch, ListOffsets, Metadata, the group's APIs, CreateTopics: what the program cannot do without. */
const APIS_NEEDED = [0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 18, 19];

/** What one check found. */
interface Finding {
  readonly check: string;
  readonly state: "ok" | "note" | "failed" | "skipped";
  readonly found: string;
  readonly hint?: string;
}

type Found = Omit<Finding, "check">;

function failureOf(error: unknown): Found {
  const known = toUserError(error);
  const found = known?.message ?? (error instanceof Error ? error.message : String(error));
  return { state: "failed", found, ...(known?.hint === undefined ? {} : { hint: known.hint }) };
}

async function examine(check: string, look: () => Found | Promise<Found>): Promise<Finding> {
  try {
    return { check, ...await look() };
  } catch (error) {
    return { check, ...failureOf(error) };
  }
}

function checkRuntime(): Found {
  const [major, minor] = Deno.version.deno.split(".").map(Number) as [number, number];
  const found = `deno ${Deno.version.deno} on ${Deno.build.target}`;
  return major > 2 || (major === 2 && minor >= 9)
    ? { state: "ok", found }
    : { state: "failed", found, hint: "use Deno 2.9 or later, for example: npx -y deno@2.9.6" };
}

function checkTerminal(): Found {
  if (!Deno.stdout.isTerminal()) {
    return { state: "note", found: "standard output is no terminal: plain lines instead of a live chart" };
  }
  const { columns, rows } = Deno.consoleSize();
  const small = columns < 80 || rows < 24;
  return {
    state: small ? "note" : "ok",
    found: `${columns}×${rows}${small ? ", smaller than 80×24: the chart shows less" : ""}`,
  };
}

async function checkBroker(address: string, connection: ConnectionOptions): Promise<Found> {
  const startMs = performance.now();
  try {
    const { tls } = connection;
    const apis = await askApiVersions(address, { timeoutMs: ANSWER_WITHIN_MS, ...(tls && { tls }) });
    if (apis === undefined) {
      return {
        state: "failed",
        found: "something answers, but it is no Kafka broker",
        hint: "check the port, and whether the broker wants TLS (--tls)",
      };
    }
    const missing = APIS_NEEDED.filter((key) => !apis.some((api) => api.apiKey === key));
    const elapsed = `${apis.length} APIs, answered in ${Math.round(performance.now() - startMs)} ms`;
    return missing.length === 0 ? { state: "ok", found: elapsed } : {
      state: "failed",
      found: `${elapsed}, but not the APIs ${missing.join(", ")}`,
      hint: "use a newer broker",
    };
  } catch (error) {
    const code = (error as { code?: string }).code;
    return {
      state: "failed",
      found: `cannot be reached: ${code ?? (error as Error).message}`,
      hint: "start one with 'streamflow broker', or name yours with --bootstrap-server HOST:PORT",
    };
  }
}

async function checkTopics(client: KafkaClient, wanted: readonly string[]): Promise<Found> {
  const topics = await client.admin.listTopics();
  const missing = wanted.filter((name) => !topics.includes(name));
  const found = `${topics.length} on the cluster`;
  return missing.length === 0
    ? { state: "ok", found: `${found}, ${wanted.join(", ")} among them` }
    : { state: "note", found: `${found}; ${missing.join(", ")} will be created on first use` };
}

/** One record to a topic of its own and back; the topic is deleted whatever happens. */
async function checkRoundTrip(client: KafkaClient, signal: AbortSignal): Promise<Found> {
  const topic = `streamflow-doctor-${crypto.randomUUID()}`;
  const value = new TextEncoder().encode(topic);
  const startMs = performance.now();
  await client.admin.createTopic({ name: topic, partitions: 1, replicationFactor: -1 });
  try {
    await using producer = await client.producer({ deliveryTimeoutMs: ROUND_TRIP_WITHIN_MS });
    await producer.send(topic, [{ key: "doctor", value }]);
    const timeUp = AbortSignal.any([signal, AbortSignal.timeout(ROUND_TRIP_WITHIN_MS)]);
    for await (
      const chunk of client.read({ topics: [topic], from: "beginning", until: "end", signal: timeUp })
    ) {
      if (chunk.records.some((record) => new TextDecoder().decode(record.value ?? undefined) === topic)) {
        const elapsedMs = Math.round(performance.now() - startMs);
        return { state: "ok", found: `topic created, record produced and consumed in ${elapsedMs} ms` };
      }
    }
    throw new UserError("the record that was produced did not come back", {
      hint: "look into the broker's log; 'streamflow topics describe' shows whether replicas are in sync",
    });
  } finally {
    await client.admin.deleteTopic(topic);
  }
}

async function checkModel(path: string): Promise<Found> {
  const { loadModel } = await import("../../models/disk.ts");
  const model = await loadModel(path);
  return {
    state: "ok",
    found: `${path}: ${model.name}, version ${model.version}, ${describeTask(model)}`,
  };
}

async function examineBroker(
  settings: ConnectionSettings & Pick<Settings, "input" | "output" | "deadLetter">,
  signal: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  let connection: ConnectionOptions;
  try {
    connection = await toConnectionOptions(settings);
  } catch (error) {
    return [{ check: "connection", ...failureOf(error) }];
  }
  for (const address of connection.bootstrapServer.split(",").map((one) => one.trim())) {
    findings.push(await examine(`broker ${address}`, () => checkBroker(address, connection)));
  }
  const after = ["login", "topics", "round trip"];
  if (findings.every(({ state }) => state !== "ok")) {
    return [
      ...findings,
      ...after.map((check) => ({ check, state: "skipped", found: "no broker to ask" }) as const),
    ];
  }
  try {
    await using client = await openClient(settings);
    const who = connection.sasl === undefined ? "none asked for" : `as ${connection.sasl.username}`;
    const encrypted = connection.tls === undefined ? "no TLS" : "TLS";
    findings.push({ check: "login", state: "ok", found: `${who}, ${encrypted}, client ${client.name}` });
    const wanted = [settings.input, settings.output, settings.deadLetter];
    findings.push(await examine("topics", () => checkTopics(client, wanted)));
    findings.push(await examine("round trip", () => checkRoundTrip(client, signal)));
  } catch (error) {
    findings.push({ check: "login", ...failureOf(error) });
  }
  return findings;
}

const MARKS = { ok: "ok", note: "note", failed: "FAILED", skipped: "skipped" } as const;

function toLines({ check, state, found, hint }: Finding): string[] {
  const line = `${MARKS[state].padEnd(8)}${check}: ${found}`;
  return hint === undefined ? [line] : [line, `        hint: ${hint}`];
}

function show(
  findings: readonly Finding[],
  { json, out }: { json: boolean; out: CommandContext["out"] },
): void {
  const failed = findings.filter(({ state }) => state === "failed").length;
  if (json) return out(JSON.stringify({ ok: failed === 0, checks: findings }));
  for (const line of findings.flatMap(toLines)) out(line);
  out(failed === 0 ? "all is well" : `${failed} of ${findings.length} checks failed`);
}

/** Checks runtime, terminal, broker and model. */
export const doctorCommand = defineCommand({
  name: "doctor",
  summary: "Check runtime, terminal, broker and model",
  examples: ["doctor", "doctor --bootstrap-server kafka-1:9092 --json"],
  settings: ["model", "input", "output", "deadLetter", "json", ...CONNECTION_KEYS],
  next: () => ({ command: "demo" }),
  async run(settings, { signal, out }) {
    const findings = [
      await examine("runtime", checkRuntime),
      await examine("terminal", checkTerminal),
      ...await examineBroker(settings, signal),
      await examine("model", () => checkModel(settings.model)),
    ];
    show(findings, { json: settings.json, out });
    return findings.some(({ state }) => state === "failed") ? 1 : 0;
  },
});

function describeTask(model: Model): string {
  return model.kind === "forecaster"
    ? `forecasts ${model.target} ${model.horizon} readings ahead`
    : `predicts ${model.classifier.classes.join(", ")}`;
}
