/** The real program as a child process. */
import { fileURLToPath } from "node:url";
import manifest from "../../deno.json" with { type: "json" };

const root = new URL("../../", import.meta.url);
const main = fileURLToPath(new URL("src/main.ts", root));
const config = fileURLToPath(new URL("deno.json", root));

/** What a run left behind. */
export interface RunResult {
  readonly code: number;
  /** What ended it; `null` where it ended by itself: whoever is killed by SIGINT has the code 130, too. */
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What surrounds a run. */
export interface RunOptions {
  /** Text for standard input; `null` = standard input stays open and silent. @default empty */
  readonly stdin?: string | null;
  /** Added to the environment; variables of this process named `STREAMFLOW_*` are not passed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** @default a directory that is empty, so that no configuration file counts */
  readonly cwd?: string;
  /** Offers what the program writes while it runs, see {@linkcode Running.watched}. @default false */
  readonly watchOutput?: boolean;
}

/** A program that is running. */
export interface Running extends AsyncDisposable {
  readonly child: Deno.ChildProcess;
  /** Standard output and error as they come, with `watchOutput`. */
  readonly watched: ReadableStream<Uint8Array> | undefined;
  /** Resolves when it has ended. */
  readonly result: Promise<RunResult>;
}

function environment(extra: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(Deno.env.toObject()).filter(([name]) =>
    !name.startsWith("STREAMFLOW_") && name !== "XDG_CONFIG_HOME" && name !== "FORCE_COLOR"
  );
  return { ...Object.fromEntries(kept), XDG_CONFIG_HOME: "/nonexistent", NO_COLOR: "1", ...extra };
}

/** What the program may do: as the task of deno.json says it, so that nothing works in tests alone. */
const PERMISSIONS = manifest.tasks.streamflow.split(" ").filter((flag) => flag.startsWith("--allow-"));

/** Arguments of `deno` that run `streamflow …`, as the task does. */
export function streamflowArgs(args: readonly string[]): string[] {
  return [
    "run",
    ...PERMISSIONS,
    "--no-prompt",
    "--quiet",
    "--no-check",
    "--v8-flags=--max-semi-space-size=4",
    "--config",
    config,
    main,
    ...args,
  ];
}

/** Starts `streamflow …`; dispose it to be sure that it has ended. */
export async function startStreamflow(args: readonly string[], options: RunOptions = {}): Promise<Running> {
  const scratch = options.cwd === undefined
    ? await Deno.makeTempDir({ prefix: "streamflow-run-" })
    : undefined;
  const child = new Deno.Command(Deno.execPath(), {
    args: streamflowArgs(args),
    cwd: options.cwd ?? scratch!,
    env: environment(options.env ?? {}),
    clearEnv: true,
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const write = async () => {
    if (options.stdin === undefined || options.stdin === null) return;
    const writer = child.stdin.getWriter();
    try {
      await writer.write(new TextEncoder().encode(options.stdin));
      await writer.close();
    } catch (error) {
      // A program that ends without reading all of its input closes the pipe.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  };
  const seen = options.watchOutput ? new TransformStream<Uint8Array, Uint8Array>() : undefined;
  const watcher = seen?.writable.getWriter();
  const gather = async (stream: ReadableStream<Uint8Array>): Promise<string> => {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of stream) {
      text += decoder.decode(chunk, { stream: true });
      // Whoever watches may stop reading; the program goes on.
      watcher?.write(chunk).catch(() => {});
    }
    return text + decoder.decode();
  };
  const collect = async (): Promise<RunResult> => {
    const [{ code, signal }, stdout, stderr] = await Promise.all([
      child.status,
      gather(child.stdout),
      gather(child.stderr),
      write(),
    ]);
    watcher?.close().catch(() => {});
    if (options.stdin === null) await child.stdin.close();
    if (scratch !== undefined) await Deno.remove(scratch, { recursive: true });
    return { code, signal, stdout, stderr };
  };
  const result = collect();
  let ended = false;
  child.status.then(() => ended = true);
  return {
    child,
    watched: seen?.readable,
    result,
    [Symbol.asyncDispose]: async () => {
      if (!ended) child.kill("SIGKILL");
      await result;
    },
  };
}

/** Runs `streamflow …` to its end. */
export async function runStreamflow(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  await using running = await startStreamflow(args, options);
  return await running.result;
}

/** The lines that say how a run failed, without the one that says at once that no broker answers. */
export function failureOf({ stderr }: RunResult): string[] {
  const lines = stderr.trimEnd().split("\n");
  return /^warning: cannot reach Kafka at /.test(lines[0]!) ? lines.slice(1) : lines;
}

/** Resolves when the program, started with `watchOutput`, has said this. */
export async function untilSaid({ watched }: Running, text: string): Promise<void> {
  let said = "";
  for await (const chunk of watched!.pipeThrough(new TextDecoderStream()).values({ preventCancel: true })) {
    said += chunk;
    if (said.includes(text)) return;
  }
  throw new Error(`it did not say '${text}': ${said}`);
}

/** A folder that goes, with all that is in it, when the tests of the calling module are over. */
export async function scratchFolder(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "streamflow-tests-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  return folder;
}

/** A model of the shipped set, trained briefly; its file goes when the tests of the calling module are over. */
export async function trainModel(): Promise<string> {
  const model = `${await scratchFolder()}/model.safetensors`;
  const { code, stderr } = await runStreamflow([
    ...["train", "--dataset", "sensors", "--epochs", "2", "--model", model, "--quiet"],
  ]);
  if (code !== 0) throw new Error(`train ended with ${code}: ${stderr}`);
  return model;
}
