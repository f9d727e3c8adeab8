/** What the suites run against: clusters in processes of their own, the program, a Python with the peer's packages. */
import { connect } from "../../src/kafka/connect.ts";
import type { KafkaClient } from "../../src/kafka/port.ts";
import { startRealKafka } from "../support/real_kafka.ts";
import { streamflowArgs } from "../support/run.ts";

const PEER_PACKAGES = ["confluent-kafka==2.16.1", "onnxruntime==1.31.1", "onnx==1.23.2", "numpy==2.4.6"];

/** A cluster in a process of its own, its client in this one. */
export interface BenchCluster extends AsyncDisposable {
  readonly name: string;
  readonly bootstrapServer: string;
  readonly client: KafkaClient;
}

/** The embedded broker by the real program; on disk in a temporary directory, or in memory. */
export async function openEmbedded(
  { memory = false, name = "embedded broker" }: { memory?: boolean; name?: string } = {},
): Promise<BenchCluster> {
  const dataDir = await Deno.makeTempDir({ prefix: "streamflow-bench-" });
  const where = memory ? ["--memory"] : ["--data-dir", dataDir];
  const args = streamflowArgs(["broker", "--listen", "127.0.0.1:0", "--json", ...where]);
  const child = new Deno.Command(Deno.execPath(), { args, stdin: "null", stdout: "piped" }).spawn();
  const close = async () => {
    child.kill("SIGTERM");
    await child.status;
    await child.stdout.cancel();
    await Deno.remove(dataDir, { recursive: true });
  };
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  if (value === undefined) throw new Error("The embedded broker did not start");
  const { ready } = JSON.parse(new TextDecoder().decode(value)) as { ready: string };
  return await withClient({ name, bootstrapServer: ready, close });
}

/** A real Kafka of one node; `null`, with the reason on standard output, where this machine has none. */
export async function openReal(): Promise<BenchCluster | null> {
  const kafka = await startRealKafka();
  if ("missing" in kafka) {
    console.log(`Real Kafka is left out: ${kafka.missing}.\n`);
    return null;
  }
  const { bootstrapServer } = kafka;
  return await withClient({ name: "Apache Kafka", bootstrapServer, close: () => kafka.stop() });
}

async function withClient(
  { name, bootstrapServer, close }: { name: string; bootstrapServer: string; close: () => Promise<void> },
): Promise<BenchCluster> {
  const client = await connect({ bootstrapServer, clientId: "bench" }, "platformatic");
  return {
    name,
    bootstrapServer,
    client,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await close();
    },
  };
}

/** Creates a topic of one partition with a name of its own. */
export async function createTopic({ client }: BenchCluster, prefix: string): Promise<string> {
  const name = `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
  await client.admin.createTopic({ name, partitions: 1, replicationFactor: 1 });
  return name;
}

/** What a process took, as the kernel counts it (Linux; NaN elsewhere). */
export interface Usage {
  readonly wallS: number;
  /** User and system time. */
  readonly cpuS: number;
  /** Resident memory, sampled. */
  readonly rssMB: readonly number[];
  readonly peakRssMB: number;
  /** What it printed. */
  readonly stdout: string;
}

const SAMPLE_MS = 50;
const TICKS_PER_SECOND = 100;

/**
 * What a process has taken so far; `null` where it has ended. Deno reads `/proc` of others with all permissions only, so
 * `cat` does it.
 */
export function usageOf(pid: number): Pick<Usage, "cpuS" | "peakRssMB"> & { readonly rssMB: number } | null {
  const args = [`/proc/${pid}/status`, `/proc/${pid}/stat`];
  const text = new TextDecoder().decode(
    new Deno.Command("cat", { args, stderr: "null" }).outputSync().stdout,
  );
  const sizeMB = (name: string) => Number(new RegExp(`${name}:\\s*(\\d+) kB`).exec(text)?.[1]) / 1000;
  const fields = text.trimEnd().split("\n").at(-1)!.replace(/^.*\) /, "").split(" ");
  const rssMB = sizeMB("VmRSS");
  if (Number.isNaN(rssMB)) return null; // it has ended and waits for its parent
  const cpuS = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  return { rssMB, peakRssMB: sizeMB("VmHWM"), cpuS };
}

/** Runs a process to its end. @throws where it fails, with what it said */
export async function measure(command: string, args: readonly string[]): Promise<Usage> {
  const startMs = performance.now();
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const rssMB: number[] = [];
  let cpuS = NaN;
  let peakRssMB = NaN;
  const sample = () => {
    const now = usageOf(child.pid);
    if (now === null) return;
    rssMB.push(now.rssMB);
    ({ peakRssMB, cpuS } = now);
  };
  const timer = setInterval(sample, SAMPLE_MS);
  const [{ success }, said, stdout] = await Promise.all([
    child.status,
    new Response(child.stderr).text(),
    new Response(child.stdout).text(),
  ]);
  clearInterval(timer);
  if (!success) throw new Error(`${command} ${args.join(" ")} failed: ${said.slice(-2000)}`);
  return { wallS: (performance.now() - startMs) / 1000, cpuS, rssMB, peakRssMB, stdout };
}

/** Python with packages of a peer, installed once below the user's cache directory; or why there is none. */
export async function findPeerPython(
  packages: readonly string[] = PEER_PACKAGES,
  folder = "streamflow-bench-python",
): Promise<string | { readonly missing: string }> {
  const base = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  const dir = `${base}/${folder}`;
  const marker = `${dir}/installed`;
  const python = `${dir}/bin/python`;
  const wanted = packages.join(" ");
  if (await Deno.readTextFile(marker).catch(() => "") === wanted) return python;
  const steps = [["python3", "-m", "venv", dir], [
    python,
    "-m",
    "pip",
    "install",
    "-q",
    ...packages,
  ]] as const;
  for (const [command, ...args] of steps) {
    try {
      await measure(command, args);
    } catch (error) {
      return { missing: `${command} ${args.join(" ")}: ${(error as Error).message.slice(0, 200)}` };
    }
  }
  await Deno.writeTextFile(marker, wanted);
  return python;
}

/** A folder with an npm package for `node`, installed once below the user's cache directory; or why there is none. */
export async function findPeerNode(
  wanted: string,
  folder: string,
): Promise<string | { readonly missing: string }> {
  const base = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  const dir = `${base}/${folder}`;
  const marker = `${dir}/installed`;
  if (await Deno.readTextFile(marker).catch(() => "") === wanted) return dir;
  try {
    await Deno.mkdir(dir, { recursive: true });
    await measure("node", ["--version"]);
    // The package itself brings what runs on the processor; its script would fetch what runs on graphics cards.
    const quiet = ["--no-audit", "--no-fund", "--silent", "--ignore-scripts"];
    await measure("npm", ["install", ...quiet, "--prefix", dir, wanted]);
  } catch (error) {
    return { missing: (error as Error).message.slice(0, 200) };
  }
  await Deno.writeTextFile(marker, wanted);
  return dir;
}
