/** Imports point one way: the table in src/README.md, held by a test. */
import assert from "node:assert/strict";
import { resolveImport } from "./paths.ts";
import { readScripts, readSources, roomOf, specifiers } from "./sources.ts";

/** What a room may import beside itself, as the map's table says. `types:` means `import type` only. */
const ARROWS = await readArrows();

async function readArrows(): Promise<Readonly<Record<string, readonly string[]>>> {
  const map = await Deno.readTextFile(new URL("../../src/README.md", import.meta.url));
  const table = /<!-- rooms -->([^]*)<!-- \/rooms -->/.exec(map)![1]!;
  const words = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
  const rows = table.trim().split("\n").slice(2).map((line) => line.split("|").map((cell) => cell.trim()));
  return Object.fromEntries(rows.map((cells) => [words(cells[1]!)[0]!, words(cells[3]!)]));
}

/** Packages, by the only rooms that may know them. `node:` built-ins are the runtime's. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "kafkajs": ["src/kafka"],
  "@platformatic/kafka": ["src/kafka"],
  // One HTTP frame for all; its schemas are zod's.
  "hono": ["src/web"],
  "@hono/zod-openapi": ["src/web"],
  "uplot": ["src/web"],
  "swagger-ui-dist": ["src/web"],
  "@prometheus-io/client": ["src/metrics"],
  "@opentelemetry/api": ["src/kafka"],
  "@noble/ciphers": ["src/federated"],
  "mongodb": ["src/store"],
  "hyparquet-writer": ["src/store"],
  "@noble/curves": ["src/federated"],
  "@noble/hashes": ["src/federated"],
  "zod": ["src/records", "src/config", "src/cli", "src/youtube"],
  "commander": ["src/cli"],
  "@bomb.sh/tab": ["src/cli"],
  "papaparse": ["src/datasets"],
  "smol-toml": ["src/config"],
  "yaml": ["src/config"],
  "cli-progress": ["src/runtime"],
  "asciichart": ["src/monitor"],
  // Offline alone: hot paths have statistics of their own, tested against it.
  "simple-statistics": ["src/train", "src/traffic", "src/cli"],
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

Deno.test("no file imports itself by way of others", async () => {
  const imports = new Map<string, string[]>();
  for (const source of await readSources("nn", "src")) {
    const targets = specifiers(source.text).map(({ specifier }) => resolveImport(source.path, specifier));
    imports.set(
      source.path,
      targets.filter((target) => target !== null && target !== source.path) as string[],
    );
  }
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    const begins = way.indexOf(path);
    if (begins >= 0) circles.push([...way.slice(begins), path].join(" → "));
    if (begins >= 0 || done.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  assert.deepEqual(circles, []);
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

Deno.test("every script of the browser is loaded by a document or by another script", async () => {
  const scripts = await readScripts();
  const documents = await Promise.all(
    ["pages/index.html", "frame/docs.html"].map((name) =>
      Deno.readTextFile(new URL(`../../src/web/${name}`, import.meta.url))
    ),
  );
  const loaded = new Set(
    scripts.flatMap(({ path, text }) =>
      specifiers(text).map(({ specifier }) => resolveImport(path, specifier)).filter((to) => to !== path)
    ),
  );
  const isInDocument = (path: string) => {
    const name = path.slice(path.lastIndexOf("/") + 1).replace(/^docs_/, "");
    const tag = new RegExp(`<script[^>]* src="/(?:assets|docs)/${name}"`);
    return documents.some((text) => tag.test(text));
  };
  const dead = scripts.map(({ path }) => path).filter((path) => !loaded.has(path) && !isInDocument(path));
  assert.deepEqual(dead, []);
});
