/**
 * What open pages cost: `streamflow web` at 10 Hz while predictions go by, the clients in another process.
 *
 *     deno task bench web [SECONDS [ROUNDS]]
 *
 * Processor time and memory of the server without clients, with 200 and with 500, in turn; whether each client gets all
 * of its events; how long the server takes to end with them; and what 10,000 clients that come and go leave behind.
 */
import { streamflowArgs } from "../support/run.ts";
import { fakePrediction } from "../support/fake_predictions.ts";
import { median, medianAndRounds, printTable } from "./report.ts";
import { type BenchCluster, openEmbedded, usageOf } from "./surroundings.ts";
import type { Received } from "./web_clients.ts";

const CLIENTS = [0, 200, 500];
const RECONNECTS = 10_000;
const HEAP_MB = 60;
const PREDICTIONS_PER_SECOND = 200;
const SENDS_PER_SECOND = 20;
const encoder = new TextEncoder();

interface Round {
  readonly corePercent: number;
  readonly rssMB: number;
  readonly megabytesPerSecond: number;
  /** Events a second of the client that got the fewest, and of the one in the middle. */
  readonly fewest: number;
  readonly middle: number;
}

/** A child whose lines on standard output are read one by one. */
class Child implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;

  constructor(args: readonly string[]) {
    const child = new Deno.Command(Deno.execPath(), { args: [...args], stdin: "piped", stdout: "piped" });
    this.#child = child.spawn();
    this.#lines = linesOf(this.#child.stdout);
    this.#input = this.#child.stdin.getWriter();
  }

  get pid(): number {
    return this.#child.pid;
  }

  async line(): Promise<string> {
    return (await this.#lines.next()).value ?? "";
  }

  async ask(): Promise<string> {
    await this.#input.write(encoder.encode("\n"));
    return await this.line();
  }

  /** @returns how long it took to end, in ms */
  async stop(): Promise<number> {
    const startMs = performance.now();
    this.#child.kill("SIGTERM");
    await this.#child.status;
    return performance.now() - startMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {}); // it has ended
    await this.#lines.return?.();
    await this.#child.status;
  }
}

async function* linesOf(output: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let text = "";
  for await (const part of output.pipeThrough(new TextDecoderStream())) {
    const lines = (text + part).split("\n");
    text = lines.pop()!;
    yield* lines;
  }
}

function startClients(port: number, count: number, ...more: readonly string[]): Child {
  const path = new URL("web_clients.ts", import.meta.url).pathname;
  return new Child(["run", "--allow-net", path, String(port), String(count), ...more]);
}

/** Sends predictions at an even rate until the signal aborts. */
async function sendPredictions({ client }: BenchCluster, signal: AbortSignal): Promise<void> {
  await using producer = await client.producer();
  const startMs = performance.now();
  for (let sends = 0; !signal.aborted; sends++) {
    const records = Array.from({ length: PREDICTIONS_PER_SECOND / SENDS_PER_SECOND }, (_, at) => {
      const actual = 20 + Math.sin(sends / 50);
      const scored = { predicted: actual + Math.random() / 10, baseline: actual + Math.random() / 5, actual };
      const [id, source] = [`${sends}-${at}`, `mote-${at}`];
      const made = fakePrediction({ id, source, scored, predictedAtMs: Date.now() });
      return { key: null, value: encoder.encode(JSON.stringify(made)) };
    });
    await producer.send("predictions", records);
    await passed(Math.max(0, startMs + sends * 1_000 / SENDS_PER_SECOND - performance.now()));
  }
}

async function passed(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** @param flags of V8 */
async function startWeb(bootstrapServer: string, flags = ""): Promise<{ web: Child; port: number }> {
  const args = ["web", "--listen", "127.0.0.1:0", "--interval", "0.1", "--quiet"];
  const all = streamflowArgs([...args, "--bootstrap-server", bootstrapServer]);
  const web = new Child(all.map((arg) => arg.startsWith("--v8-flags=") ? arg + flags : arg));
  return { web, port: Number(/:(\d+)$/.exec(await web.line())![1]) };
}

async function measureRound(
  { web, port, clients, seconds }: { web: Child; port: number; clients: number; seconds: number },
): Promise<Round> {
  await using listening = startClients(port, clients);
  await listening.line();
  await passed(1_000); // the beginning is not of interest
  await listening.ask();
  const [before, startMs] = [usageOf(web.pid)!, performance.now()];
  await passed(seconds * 1_000);
  const after = usageOf(web.pid)!;
  const took = (performance.now() - startMs) / 1_000;
  const { bytes, events }: Received = JSON.parse(await listening.ask());
  return {
    corePercent: 100 * (after.cpuS - before.cpuS) / took,
    rssMB: after.rssMB,
    megabytesPerSecond: bytes / took / 1e6,
    fewest: (events[0] ?? NaN) / took,
    middle: (events.length === 0 ? NaN : median(events)) / took,
  };
}

function loadText(): string {
  return Deno.loadavg()[0]!.toFixed(1);
}

/** Prints the tables. */
export async function benchWeb([seconds = 10, rounds = 3]: readonly number[]): Promise<void> {
  await using cluster = await openEmbedded({ memory: true });
  for (const name of ["predictions", "dead-letters"]) {
    await cluster.client.admin.createTopic({ name, partitions: 1, replicationFactor: 1 });
  }
  const ending = new AbortController();
  const sending = sendPredictions(cluster, ending.signal);
  const loads = [loadText()];
  {
    const { web, port } = await startWeb(cluster.bootstrapServer);
    await using _web = web;
    const all = new Map(CLIENTS.map((count): [number, Round[]] => [count, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [clients, found] of all) found.push(await measureRound({ web, port, clients, seconds }));
    }
    loads.push(loadText());
    const rows = [...all].map(([clients, found]) => {
      const of = (name: keyof Round) => found.map((one) => one[name]);
      const mine = (name: "fewest" | "middle") => clients === 0 ? "" : median(of(name)).toFixed(1);
      return [
        String(clients),
        medianAndRounds(of("corePercent"), (value) => value.toFixed(1)),
        ...[mine("middle"), mine("fewest"), median(of("megabytesPerSecond")).toFixed(1)],
        median(of("rssMB")).toFixed(0),
      ];
    });
    console.log(
      `\`streamflow web --interval 0.1\` while ${PREDICTIONS_PER_SECOND} predictions/s go by, ${seconds} s a ` +
        `round, ${rounds} rounds (load ${loads.join(" to ")}):\n`,
    );
    const events = ["events/s of a client", "of the one with the fewest"];
    printTable(["clients", "% of a core", ...events, "MB/s in all", "MB resident"], rows);
    await web.stop();
  }
  await benchEnds(cluster.bootstrapServer);
  ending.abort();
  await sending;
}

/** Prints what those who came and went leave behind, and how long the server takes to end. */
async function benchEnds(bootstrapServer: string): Promise<void> {
  // With a small heap, since else garbage stays until there is need.
  const { web, port } = await startWeb(bootstrapServer, `,--max-old-space-size=${HEAP_MB}`);
  await using _web = web;
  const rssMB: string[] = [];
  for (let tenth = 0; tenth <= 10; tenth++) {
    rssMB.push(usageOf(web.pid)!.rssMB.toFixed(0));
    if (tenth === 10) break;
    await using going = startClients(port, RECONNECTS / 10, "again");
    await going.line();
  }
  await using listening = startClients(port, 200);
  await listening.line();
  const stopMs = await web.stop();
  console.log(
    `${RECONNECTS} clients come and go, with a heap of ${HEAP_MB} MB: MB resident before, and after each tenth: ${
      rssMB.join(", ")
    }.`,
  );
  console.log(`With 200 clients it ends ${stopMs.toFixed(0)} ms after SIGTERM.\n`);
}
