/**
 * Makes `./streamflow`, one executable file: `deno task compile [--out FILE]`.
 *
 * With the runtime base (`denort`, which `deno compile` downloads once) it is a true `deno compile --bundle
 * --minify`. Where that cannot be had it says so, and packs this very `deno` and the minified bundle into a
 * self-extracting file: a shell stub with a tar.gz behind it, unpacked once into a folder that is the user's alone.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { parseArgs, stripVTControlCharacters } from "node:util";

import manifest from "../deno.json" with { type: "json" };

const root = new URL("../", import.meta.url);

/** What the program may do: as its task says. */
const PERMISSIONS = manifest.tasks.streamflow.split(" ").filter((flag) => /^--(allow-|no-prompt)/.test(flag));
const { values } = parseArgs({
  args: Deno.args,
  options: {
    out: { type: "string", default: "streamflow" },
    "self-extracting": { type: "boolean", default: false },
  },
});

async function run(command: string, args: string[]): Promise<{ ok: boolean; stderr: string }> {
  const result = await new Deno.Command(command, { args, cwd: root, stdout: "null", stderr: "piped" })
    .output();
  return { ok: result.success, stderr: new TextDecoder().decode(result.stderr) };
}

async function answersVersion(executable: string): Promise<boolean> {
  const path = executable.includes("/") ? executable : `./${executable}`;
  const result = await new Deno.Command(path, {
    args: ["--version"],
    cwd: root,
    stdout: "piped",
    stderr: "null",
  })
    .output();
  return result.success && /^streamflow \d|^\d+\.\d+\.\d+/m.test(new TextDecoder().decode(result.stdout));
}

/** What `@platformatic/wasm-utils` reads from beside itself, and a bundle has nothing beside it. */
async function readWasm(): Promise<Uint8Array> {
  const lock = await Deno.readTextFile(new URL("deno.lock", root));
  const version = /"@platformatic\/wasm-utils@(\d+\.\d+\.\d+)"/.exec(lock)?.[1];
  const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], stdout: "piped" })
    .output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(info.stdout)) as { npmCache: string };
  for await (const registry of Deno.readDir(npmCache)) {
    const path = `${npmCache}/${registry.name}/@platformatic/wasm-utils/${version}/dist/native.wasm`;
    try {
      return await Deno.readFile(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) && !(error instanceof Deno.errors.NotADirectory)) {
        throw error;
      }
    }
  }
  throw new Error(`no @platformatic/wasm-utils ${version} in ${npmCache}: run 'deno install' first`);
}

/** The whole program as one minified file that reads nothing from beside itself. */
async function bundle(target: string): Promise<void> {
  const { ok, stderr } = await run(Deno.execPath(), [
    ...["bundle", "--frozen", "--quiet", "--minify", "--platform", "deno", "--output", target, "src/main.ts"],
  ]);
  if (!ok) throw new Error(`deno bundle failed:\n${stderr}`);
  const wasm = encodeBase64(await readWasm());
  const reading = /\b[\w$]+\(new URL\("\.\.\/dist\/native\.wasm",\s*import\.meta\.url\)\)/;
  const text = await Deno.readTextFile(target);
  if (!reading.test(text)) throw new Error("the bundle does not read native.wasm as this script expects");
  await Deno.writeTextFile(target, text.replace(reading, () => `Uint8Array.fromBase64("${wasm}")`));
}

function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

/** The line that says why, of what `deno compile` printed. */
function causeOf(stderr: string): string {
  const lines = stripVTControlCharacters(stderr).split("\n").map((line) => line.trim()).filter((line) =>
    line !== ""
  );
  return lines.find((line) => /denort|dns|download|connect/i.test(line)) ?? lines[0] ?? "no reason given";
}

/** The true thing, from the bundle; `null` where it worked, else the reason why not. */
async function compile(out: string, script: string): Promise<string | null> {
  const args = [
    "compile",
    "--quiet",
    "--no-check",
    "--no-config",
    ...PERMISSIONS,
    "--v8-flags=--max-semi-space-size=4",
    "--output",
    out,
    script,
  ];
  const { ok, stderr } = await run(Deno.execPath(), args);
  if (!ok) return causeOf(stderr);
  return await answersVersion(out)
    ? null
    : "the compiled file does not run (DENORT_BIN is not a runtime base)";
}

/**
 * Shell stub: unpacks what is behind it once, then runs it. `LINES` is its own length.
 *
 * What it runs lies in a folder that belongs to whoever runs it and that nobody else can write to. Where there is no
 * home that is a folder of the shared temporary one, and what lies there is compared by its checksums each time: it
 * may be older than whoever runs it, and somebody else's.
 */
function stub(
  { payload, files }: { readonly payload: string; readonly files: Readonly<Record<string, string>> },
): string {
  const sums = Object.entries(files).map(([name, sum]) => `${sum}  ${name}`);
  const options = ["--v8-flags=--max-semi-space-size=4", "--no-config", "--no-lock", "--cached-only"];
  const lines = [
    "#!/bin/sh",
    "# streamflow, self-extracting: the deno binary and the bundled program follow this script as a tar.gz.",
    'fail() { echo "error: $1" >&2; exit 1; }',
    'mine() { [ -d "$1" ] || return 1; set -- $(ls -ldn "$1"); [ "$3" = "$(id -u)" ]; }',
    "# A folder of this user that nobody else can write to.",
    'own() { mine "$1" || return 1; set -- $(ls -ldn "$1"); case $1 in d????-??-*) ;; *) return 1 ;; esac; }',
    "sums() { if command -v sha256sum >/dev/null; then sha256sum -c; else shasum -a 256 -c; fi; }",
    'same() { (cd "$1" && sums >/dev/null 2>&1) <<SUMS',
    ...sums,
    "SUMS",
    "}",
    'bad() { rm -rf "$new"; fail "cannot unpack into $root: is there room, and is $0 whole?"; }',
    "unpack() {",
    '  new="$root/new.$$"; rm -rf "$new"',
    '  mkdir "$new" && tail -n +LINES "$0" | tar xzo -C "$new" && same "$new" || bad',
    '  if [ ! -h "$dir" ] && own "$dir" && same "$dir"; then rm -rf "$new"; else rm -rf "$dir" && mv "$new" "$dir" || bad; fi',
    "}",
    'mask=$(umask); umask 077; base="${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}"; doubted=',
    'if [ -n "$base" ] && mkdir -p "$base" 2>/dev/null && [ -w "$base" ]; then root="$base/streamflow/."',
    'else root="${TMPDIR:-/tmp}/streamflow-$(id -u)"; doubted=1; [ ! -h "$root" ] || fail "$root is a link: remove it"; fi',
    '[ -d "$root" ] || mkdir "${root%/.}" 2>/dev/null',
    'if ! own "$root" && mine "$root"; then doubted=1; chmod 700 "$root"; fi',
    'own "$root" || fail "${root%/.} is no folder that is yours alone: remove it, or name another place with XDG_CACHE_HOME"',
    `dir="$root/${payload.slice(0, 32)}"`,
    '[ ! -h "$dir" ] && own "$dir" && { [ -z "$doubted" ] || same "$dir"; } || unpack',
    'umask "$mask"',
    `DENO_DIR="$dir/cache" DENO_NO_UPDATE_CHECK=1 exec "$dir/deno" run ${
      [...PERMISSIONS, ...options].join(" ")
    } "$dir/streamflow.js" "$@"`,
    "",
  ];
  return lines.join("\n").replace("LINES", String(lines.length));
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** `build` holds the bundle and takes what else is packed. */
async function pack(out: string, build: string): Promise<void> {
  await Deno.copyFile(Deno.execPath(), `${build}/deno`);
  await Deno.chmod(`${build}/deno`, 0o755);
  const tar = await run("tar", ["czf", `${build}/payload.tar.gz`, "-C", build, "deno", "streamflow.js"]);
  if (!tar.ok) throw new Error(`tar failed:\n${tar.stderr}`);
  const payload = await Deno.readFile(`${build}/payload.tar.gz`);
  const files = {
    "deno": sha256(await Deno.readFile(`${build}/deno`)),
    "streamflow.js": sha256(await Deno.readFile(`${build}/streamflow.js`)),
  };
  const head = new TextEncoder().encode(stub({ payload: sha256(payload), files }));
  const file = new Uint8Array(head.length + payload.length);
  file.set(head);
  file.set(payload, head.length);
  await Deno.writeFile(pathOf(out), file, { mode: 0o755 });
}

function pathOf(out: string): string | URL {
  return out.startsWith("/") ? out : new URL(out, root);
}

/** `deno compile` does not overwrite what it did not make. */
async function removeOld(out: string): Promise<void> {
  try {
    await Deno.remove(pathOf(out));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

const build = await Deno.makeTempDir({ prefix: "streamflow-compile-" });
try {
  const script = `${build}/streamflow.js`;
  await bundle(script);
  await removeOld(values.out);
  const reason = values["self-extracting"] ? "as asked" : await compile(values.out, script);
  if (reason !== null) {
    console.error(
      `deno compile cannot make the executable here (${reason}): packing a self-extracting one instead`,
    );
    await pack(values.out, build);
    if (!await answersVersion(values.out)) {
      throw new Error(`${values.out} was made but does not answer --version`);
    }
  }
  const size = `${((await Deno.stat(pathOf(values.out))).size / 1e6).toFixed(1)} MB`;
  console.log(`${values.out}: ${size}${reason === null ? "" : ", self-extracting"}`);
} finally {
  await Deno.remove(build, { recursive: true });
}
