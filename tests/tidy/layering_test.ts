/** Imports point one way: the table of DESIGN, held by a test. */
import assert from "node:assert/strict";
import { resolveImport } from "./paths.ts";
import { readSources, roomOf, specifiers } from "./sources.ts";

/** What a room may import beside itself. `types:` means `import type` only. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  "nn": [],
  // src/train: the one-file program begins in main.ts as a training's thread, too.
  "src": ["src/cli", "src/runtime", "src/train"],
  "src/cli": ["*"],
  "src/config": ["src/runtime"],
  "src/runtime": [],
  "src/stream": ["src/runtime", "types:src/kafka"],
  "src/anomaly": ["nn", "src/runtime"],
  "src/traffic": [
    "src/stream",
    "src/anomaly",
    "src/predict",
    "src/train",
    "src/datasets",
    "src/runtime",
    "nn",
    "types:src/kafka",
  ],
  "src/datasets": ["src/runtime", "src/stream", "data"],
  "src/wire": [],
  "src/broker": ["src/wire", "src/runtime"],
  "src/kafka": ["src/runtime"],
  "src/predict": ["src/stream", "nn", "src/runtime", "types:src/kafka"],
  // src/wire: TensorBoard's event files have the checksum of Kafka's record batches.
  "src/train": ["src/predict", "src/stream", "src/datasets", "src/runtime", "src/wire", "nn"],
  "src/youtube": ["src/stream", "src/runtime", "types:src/kafka"],
  "src/monitor": ["src/stream", "src/youtube", "src/runtime", "nn", "types:src/kafka"],
};

/** Packages, by the only rooms that may know them. `node:` built-ins are the runtime's. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "kafkajs": ["src/kafka"],
  "@platformatic/kafka": ["src/kafka"],
  "zod": ["src/stream", "src/config", "src/cli", "src/youtube"],
  "commander": ["src/cli"],
  "@bomb.sh/tab": ["src/cli"],
  "papaparse": ["src/datasets"],
  "smol-toml": ["src/config"],
  "yaml": ["src/config"],
  "cli-progress": ["src/runtime"],
  "asciichart": ["src/monitor"],
};

function arrowAllows(from: string, { to, typeOnly }: { to: string; typeOnly: boolean }): boolean {
  const allowed = ARROWS[from] ?? [];
  return allowed.includes("*") || allowed.includes(to) || (typeOnly && allowed.includes(`types:${to}`));
}

Deno.test("imports point the way that the design says", async () => {
  const wrong: string[] = [];
  for (const source of await readSources("nn", "src")) {
    assert.ok(source.room in ARROWS, `${source.path}: a room without a row in ARROWS`);
    for (const { specifier, typeOnly } of specifiers(source.text)) {
      const target = resolveImport(source.path, specifier);
      if (target === null) continue;
      const to = roomOf(target);
      if (to === source.room && to !== "src/cli") continue;
      if (to === "src/cli" && source.room === "src/cli") continue;
      if (to === "src/cli" && source.path !== "src/main.ts") {
        wrong.push(`${source.path}: nobody imports src/cli`);
      } else if (!arrowAllows(source.room, { to, typeOnly })) {
        wrong.push(`${source.path}: ${source.room} may not import ${target}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

Deno.test("a package is known to its own rooms alone", async () => {
  const wrong: string[] = [];
  for (const source of await readSources("nn", "src")) {
    for (const { specifier } of specifiers(source.text)) {
      if (specifier.startsWith(".") || specifier.startsWith("node:")) continue;
      const name = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
      if (!(PACKAGES[name] ?? []).includes(source.room)) wrong.push(`${source.path}: ${specifier}`);
    }
  }
  assert.deepEqual(wrong, []);
});

Deno.test("every source file is reached from the program, its tests or its benchmarks", async () => {
  const sources = await readSources("nn", "src", "tests");
  const reached = new Set<string>();
  for (const source of sources) {
    for (const { specifier } of specifiers(source.text)) {
      const target = resolveImport(source.path, specifier);
      if (target !== null && source.path !== target) reached.add(target);
    }
  }
  const dead = sources.map((source) => source.path).filter((path) =>
    !path.startsWith("tests/") && path !== "src/main.ts" && !reached.has(path)
  );
  assert.deepEqual(dead, []);
});
