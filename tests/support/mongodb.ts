/**
 * A server that speaks MongoDB's protocol: the one that STREAMFLOW_TEST_MONGODB names, else FerretDB 1.24.2, built
 * once from the Go module proxy into a cache folder. Run as a program it builds it: `deno run -A tests/support/mongodb.ts`.
 */
import { join } from "node:path";
import { eventually } from "./until.ts";
import assert from "node:assert/strict";

const VERSION = "v1.24.2";
const MODULE = "github.com/FerretDB/FerretDB";

/** A server, and how to reach it. */
export interface TestMongo extends AsyncDisposable {
  /** Without a database. */
  readonly url: string;
  /** Ends it at once, as a power cut does. */
  stop(): Promise<void>;
  /** Starts it again on the same port with what it had. */
  start(): Promise<void>;
}

/** How to get one. */
export interface TestMongoKind {
  readonly name: string;
  /** Why it is not here; the tests are then registered as ignored. */
  readonly missing: string | null;
  readonly validates: boolean;
  /** Whether it can be stopped and started. */
  readonly isOurs: boolean;
  open(): Promise<TestMongo>;
}

function cacheFolder(): string {
  const base = Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? "/tmp", ".cache");
  return join(base, "streamflow-ferretdb", VERSION);
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isFile }) => isFile, () => false);
}

async function go(args: string[], cwd?: string): Promise<string> {
  const path = `${Deno.env.get("PATH")}:/usr/local/go/bin`;
  const command = new Deno.Command("sh", {
    args: ["-c", 'exec go "$@"', "go", ...args],
    env: { PATH: path },
    stdout: "piped",
    stderr: "piped",
    ...(cwd === undefined ? {} : { cwd }),
  });
  const { success, stdout, stderr } = await command.output();
  if (!success) {
    throw new Error(`go ${args[0]}: ${new TextDecoder().decode(stderr).trim().split("\n").at(-1)}`);
  }
  return new TextDecoder().decode(stdout);
}

/** Builds FerretDB unless it is built: some two minutes. @returns its path @throws {Error} where it cannot be had */
export async function buildFerretDb(): Promise<string> {
  const folder = cacheFolder();
  const program = join(folder, "ferretdb");
  if (await isFile(program)) return program;
  await Deno.mkdir(folder, { recursive: true });
  const { Dir } = JSON.parse(await go(["mod", "download", "-json", `${MODULE}@${VERSION}`])) as {
    Dir: string;
  };
  const sources = await Deno.makeTempDir({ prefix: "ferretdb-" });
  try {
    // The module cache is read-only, and the version is looked for among the sources.
    for (const args of [["cp", "-r", `${Dir}/.`, sources], ["chmod", "-R", "u+w", sources]]) {
      const { success } = await new Deno.Command(args[0]!, { args: args.slice(1) }).output();
      if (!success) throw new Error(`${args.join(" ")} failed`);
    }
    await Deno.mkdir(join(sources, "build/version"), { recursive: true });
    await Deno.writeTextFile(join(sources, "build/version/version.txt"), VERSION);
    await go(["build", "-o", `${program}.new`, "./cmd/ferretdb"], sources);
    await Deno.rename(`${program}.new`, program);
  } finally {
    await Deno.remove(sources, { recursive: true });
  }
  return program;
}

/** A port that was free a moment ago: the server takes no 0. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function startFerretDb(program: string): Promise<TestMongo> {
  const folder = await Deno.makeTempDir({ prefix: "ferretdb-data-" });
  const port = freePort();
  let child: Deno.ChildProcess | null = null;
  const start = async () => {
    child = new Deno.Command(program, {
      args: [
        ...[`--listen-addr=127.0.0.1:${port}`, "--handler=sqlite", `--sqlite-url=file:${folder}/`],
        ...[`--state-dir=${folder}`, "--telemetry=disable", "--debug-addr=-", "--log-level=error"],
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    await eventually(async () => {
      const socket = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => null);
      assert.ok(socket !== null, `${program} does not listen on ${port}`);
      socket.close();
    });
  };
  const stop = async () => {
    if (child === null) return;
    child.kill("SIGKILL");
    await child.status;
    child = null;
  };
  await start();
  return {
    url: `mongodb://127.0.0.1:${port}`,
    ...{ start, stop },
    [Symbol.asyncDispose]: async () => {
      await stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** The servers that the suites run on: a real MongoDB where one is named, and FerretDB. Says once why one is missing. */
export async function testMongos(): Promise<readonly TestMongoKind[]> {
  const url = Deno.env.get("STREAMFLOW_TEST_MONGODB");
  const missing = url ? null : "STREAMFLOW_TEST_MONGODB is not set";
  if (missing !== null) console.log(`MongoDB skipped: ${missing}`);
  let program = "";
  // A build takes minutes: where tests run, it is there already (.ci/run builds it), or it is not asked for.
  const notBuilt = await isFile(join(cacheFolder(), "ferretdb"))
    ? (program = await buildFerretDb(), null)
    : "it is not built: deno run -A tests/support/mongodb.ts";
  if (notBuilt !== null) console.log(`FerretDB skipped: ${notBuilt}`);
  return [
    {
      ...{ name: "MongoDB", missing, validates: true, isOurs: false },
      open: () =>
        Promise.resolve({
          url: url!.replace(/\/$/, ""),
          start: () => Promise.resolve(),
          stop: () => Promise.resolve(),
          [Symbol.asyncDispose]: () => Promise.resolve(),
        }),
    },
    {
      ...{ name: "FerretDB", missing: notBuilt, validates: false, isOurs: true },
      open: () => startFerretDb(program),
    },
  ];
}

if (import.meta.main) {
  try {
    console.log(`FerretDB ${VERSION}: ${await buildFerretDb()}`);
  } catch (error) {
    console.log(`no FerretDB, its tests are skipped: ${(error as Error).message}`);
  }
}
