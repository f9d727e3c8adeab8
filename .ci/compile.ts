/**
 * Makes `./streamflow`, one executable file: `deno task compile [--out FILE]`.
 *
 * With the runtime base (`denort`, which `deno compile` downloads once) it is a true `deno compile --bundle
 * --minify`. Where that cannot be had it says so, and packs this very `deno` and the minified bundle into a
 * self-extracting file: a shell stub with a tar.gz behind it, unpacked once into the user's cache folder.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { parseArgs, stripVTControlCharacters } from "node:util";

const root = new URL("../", import.meta.url);
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
    ...["bundle", "--quiet", "--minify", "--platform", "deno", "--output", target, "src/main.ts"],
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
    "-A",
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

/** Shell stub: unpacks what is behind it once, then runs it. `LINES` is its own length. */
function stub(digest: string): string {
  const lines = [
    "#!/bin/sh",
    "# streamflow, self-extracting: the deno binary and the bundled program follow this script as a tar.gz.",
    'base="${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}"; [ -n "$base" ] && mkdir -p "$base" 2>/dev/null && [ -w "$base" ] || base="${TMPDIR:-/tmp}"',
    `dir="$base/streamflow/${digest}"`,
    'if [ ! -x "$dir/deno" ]; then',
    '  new="$dir.$$"; mkdir -p "$new" && tail -n +LINES "$0" | tar xz -C "$new" || { echo "error: cannot unpack into $new: is there room, may you write there?" >&2; exit 1; }',
    '  mv "$new" "$dir" 2>/dev/null || rm -rf "$new"',
    "fi",
    'DENO_DIR="$dir/cache" DENO_NO_UPDATE_CHECK=1 exec "$dir/deno" run -A --v8-flags=--max-semi-space-size=4 --no-config --no-lock --cached-only "$dir/streamflow.js" "$@"',
    "",
  ];
  return lines.join("\n").replace("LINES", String(lines.length));
}

/** `build` holds the bundle and takes what else is packed. */
async function pack(out: string, build: string): Promise<void> {
  await Deno.copyFile(Deno.execPath(), `${build}/deno`);
  await Deno.chmod(`${build}/deno`, 0o755);
  const tar = await run("tar", ["czf", `${build}/payload.tar.gz`, "-C", build, "deno", "streamflow.js"]);
  if (!tar.ok) throw new Error(`tar failed:\n${tar.stderr}`);
  const payload = await Deno.readFile(`${build}/payload.tar.gz`);
  const digest = createHash("sha256").update(payload).digest("hex").slice(0, 16);
  const head = new TextEncoder().encode(stub(digest));
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
