/** The real program as a child process. */
import { fileURLToPath } from "node:url";
import manifest from "../../deno.json" with { type: "json" };
import { scratchFolder } from "./folder.ts";
import { within } from "./until.ts";

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

/**
 * Sends a signal to a program that handles it and ends by itself. @returns what it left behind
 * @throws {Error} where the signal killed it: who is killed by SIGINT has the code 130, too
 */
export async function interrupt({ child, result }: Running, by: Deno.Signal = "SIGINT"): Promise<RunResult> {
  child.kill(by);
  const ended = await result;
  if (ended.signal !== null) throw new Error(`${ended.signal} killed it: ${ended.stderr}`);
  return ended;
}

/** `kill -9`; resolves when the program is gone. @throws {Error} where it had ended before */
export async function killAtOnce({ child, result }: Running): Promise<void> {
  child.kill("SIGKILL");
  const { signal, code, stderr } = await result;
  if (signal !== "SIGKILL") throw new Error(`it had ended with ${code}: ${stderr}`);
}

/**
 * Runs the program and kills it (`kill -9`) a while after it has begun, unless it has ended by then.
 * @returns whether it was killed
 */
export async function runAndKill(
  args: readonly string[],
  { afterMs, env = {} }: { readonly afterMs: number; readonly env?: Readonly<Record<string, string>> },
): Promise<boolean> {
  await using running = await startStreamflow([...args, "--verbose"], { env, watchOutput: true });
  await untilSaid(running, `${args[0]} begins`);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const due = new Promise<void>((resolve) => timer = setTimeout(resolve, afterMs));
  await Promise.race([due, running.child.status]);
  clearTimeout(timer);
  try {
    running.child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it has ended
  }
  return (await running.result).signal === "SIGKILL";
}

/**
 * Resolves with all that the program, started with `watchOutput`, has said when this is in it. What it says afterwards
 * can be waited for in turn.
 * @throws {Error} with what it has said, where it ends or the limit passes without it
 */
export async function untilSaid({ watched }: Running, wanted: string | RegExp): Promise<string> {
  const decoder = new TextDecoder();
  const holds = (text: string) => typeof wanted === "string" ? text.includes(wanted) : wanted.test(text);
  const reader = watched!.getReader();
  let said = "";
  const read = async () => {
    while (!holds(said)) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`it ended without saying '${wanted}': ${said}`);
      said += decoder.decode(value, { stream: true });
    }
    return said;
  };
  try {
    return await within(read(), () => `'${wanted}' in what it says: ${said}`);
  } finally {
    reader.releaseLock();
  }
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
