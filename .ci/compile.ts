/**
 * Makes `./streamflow`, one executable file: `deno task compile [--out FILE]`.
 *
 * With the runtime base (`denort`, which `deno compile` downloads once) it is a true `deno compile --bundle
 * --minify`. Where that cannot be had it says so, and packs this very `deno` and the minified bundle into a
 * self-extracting file: a shell stub with a tar.gz behind it, unpacked once into the user's cache folder.
 */
import { createHash } from "node:crypto";
import { parseArgs } from "node:util";

const root = new URL("../", import.meta.url);
const { values } = parseArgs({
  args: Deno.args,
  options: { out: { type: "string", default: "streamflow" }, "self-extracting": { type: "boolean", default: false } },
});

async function run(command: string, args: string[]): Promise<{ ok: boolean; stderr: string }> {
  const result = await new Deno.Command(command, { args, cwd: root, stdout: "null", stderr: "piped" }).output();
  return { ok: result.success, stderr: new TextDecoder().decode(result.stderr) };
}

async function answersVersion(executable: string): Promise<boolean> {
  const path = executable.includes("/") ? executable : `./${executable}`;
  const result = await new Deno.Command(path, { args: ["--version"], cwd: root, stdout: "piped", stderr: "null" })
    .output();
  return result.success && /^streamflow \d|^\d+\.\d+\.\d+/m.test(new TextDecoder().decode(result.stdout));
}

/** The true thing; `null` where it worked, else the reason why not. */
async function compile(out: string): Promise<string | null> {
  const args = ["compile", "--quiet", "--bundle", "--minify", "--no-check", "-A", "--output", out, "src/main.ts"];
  const { ok, stderr } = await run(Deno.execPath(), args);
  if (!ok) return stderr.trim().split("\n").find((line) => /error/i.test(line)) ?? "deno compile failed";
  return await answersVersion(out) ? null : "the compiled file does not run (DENORT_BIN is not a runtime base)";
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
    'DENO_DIR="$dir/cache" DENO_NO_UPDATE_CHECK=1 exec "$dir/deno" run -A --no-config --no-lock --cached-only "$dir/streamflow.js" "$@"',
    "",
  ];
  return lines.join("\n").replace("LINES", String(lines.length));
}

async function pack(out: string): Promise<void> {
  const build = await Deno.makeTempDir({ prefix: "streamflow-compile-" });
  try {
    const bundle = await run(Deno.execPath(), [
      ...["bundle", "--quiet", "--minify", "--platform", "deno", "--output", `${build}/streamflow.js`, "src/main.ts"],
    ]);
    if (!bundle.ok) throw new Error(`deno bundle failed:\n${bundle.stderr}`);
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
    const target = out.startsWith("/") ? out : new URL(out, root);
    await Deno.writeFile(target, file, { mode: 0o755 });
  } finally {
    await Deno.remove(build, { recursive: true });
  }
}

const reason = values["self-extracting"] ? "as asked" : await compile(values.out);
if (reason !== null) {
  console.error(`deno compile cannot make the executable here (${reason}): packing a self-extracting one instead`);
  await pack(values.out);
  if (!await answersVersion(values.out)) throw new Error(`${values.out} was made but does not answer --version`);
}
const target = values.out.startsWith("/") ? values.out : new URL(values.out, root);
console.log(`${values.out}: ${((await Deno.stat(target)).size / 1e6).toFixed(1)} MB${reason ? ", self-extracting" : ""}`);
