/** What is pinned, and what stands at the top level. */
import assert from "node:assert/strict";
import { fromFileUrl } from "./paths.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));

Deno.test("every dependency is from npm and pinned exactly", async () => {
  const manifest = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
  for (const [name, specifier] of Object.entries<string>(manifest.imports)) {
    assert.match(specifier, /^npm:(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+(\/|$)/, name);
  }
});

Deno.test("programs name what they may do, the lock is frozen, and CI installs nothing that is not pinned", async () => {
  const manifest = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
  for (const [name, command] of Object.entries<string>(manifest.tasks)) {
    // Benchmarks read /proc of what they measure, and playwright-core that of the machine: nothing less allows it.
    if (/deno (run|compile|install)/.test(command) && !["bench", "screenshots"].includes(name)) {
      assert.doesNotMatch(command, / -A\b|--allow-all/, name);
    }
    if (/deno (run|test|check)/.test(command)) assert.match(command, /deno \w+ --frozen/, name);
  }
  assert.doesNotMatch(manifest.tasks.streamflow, /--allow-(run|ffi|all)/);
  for (const file of [".ci/compile.ts", "README.md"]) {
    const text = await Deno.readTextFile(`${root}${file}`);
    assert.doesNotMatch(text, /deno (run|install|compile) .*(-A\b|--allow-all)|"-A"/, file);
  }
  for (const file of ["peers.txt", "spark.txt"]) {
    const peers = (await Deno.readTextFile(`${root}.ci/${file}`)).trimEnd().split("\n");
    for (const peer of peers) assert.match(peer, /^[\w-]+==\d+(\.\d+)+$/);
  }
  const installs = (await Deno.readTextFile(`${root}.ci/run`)).match(/pip" install.*/g) ?? [];
  assert.ok(
    installs.length === 2 && installs.every((line) => line.includes("--no-deps")),
    installs.join("; "),
  );
});

Deno.test("the top level holds what the design says and nothing else", async () => {
  const git = await new Deno.Command("git", {
    args: ["ls-files"],
    cwd: root,
    stdout: "piped",
    stderr: "piped",
  })
    .output();
  if (!git.success) return; // not a clone: nothing to compare with
  const tops = new Set(
    new TextDecoder().decode(git.stdout).trim().split("\n").map((path) => path.split("/")[0]!),
  );
  const known = new Set([
    ...["src", "nn", "data", "tests", ".ci", "deno.json", "deno.lock", "compose.yaml"],
    ...["README.md", "REPORT.md", "LICENSE", ".gitignore", "ops"],
  ]);
  assert.deepEqual([...tops].filter((top) => !known.has(top)), []);
});
