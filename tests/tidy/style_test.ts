/** Style under test: purity, sizes, and words that promise work for later. */
import assert from "node:assert/strict";
import {
  type Exceptions,
  LINES_PER_FILE_MAX,
  LINES_PER_FUNCTION_MAX,
  LONG_FILES,
  LONG_FUNCTIONS,
} from "./sizes.ts";
import { readScripts, readSources, type Source } from "./sources.ts";

const IMPURE =
  /\bDeno\.|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.now\b|\bawait\b|\bconsole\./;

function code(line: string): string {
  return line.replace(/\/\/.*$/, "").replace(/^\s*\/?\*.*$/, "").replace(/"(?:[^"\\]|\\.)*"/g, '""');
}

function findLines(source: Source, pattern: RegExp): string[] {
  return source.lines.flatMap((line, index) =>
    pattern.test(code(line)) ? [`${source.path}:${index + 1}: ${line.trim()}`] : []
  );
}

/** The folders and files that the map calls pure. */
async function readPure(): Promise<readonly string[]> {
  const map = await Deno.readTextFile(new URL("../../src/README.md", import.meta.url));
  const list = /<!-- pure -->([^]*)<!-- \/pure -->/.exec(map)![1]!;
  return [...list.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
}

Deno.test("pure files hold no clock, no chance, no disk, no network and no await", async () => {
  const sources = await readSources("nn", "src");
  const wrong: string[] = [];
  for (const place of await readPure()) {
    const here = sources.filter(({ path }) => path === place || path.startsWith(`${place}/`));
    assert.ok(here.length > 0, `${place} is on the map's list of what is pure, and not there`);
    for (const source of here) {
      const found = findLines(source, IMPURE);
      if (/^\/\/ Not pure: \w/.test(source.text)) {
        if (found.length === 0) wrong.push(`${source.path} is pure by now: its first line goes`);
      } else wrong.push(...found);
    }
  }
  assert.deepEqual(wrong, [], "a file that cannot be pure begins with '// Not pure: ' and why");
});

Deno.test("only main reads Deno.args and calls Deno.exit", async () => {
  const sources = (await readSources("nn", "src")).filter((source) => source.path !== "src/main.ts");
  assert.deepEqual(sources.flatMap((source) => findLines(source, /Deno\.(args|exit)\b/)), []);
});

/** An entry that stands so far above what it is about has to be lowered. */
const SLACK_LINES = 20;

/** What has grown, what is new over the limit, and which entries can be lowered or go. */
function breaches(found: ReadonlyMap<string, number>, max: number, listed: Exceptions): string[] {
  const wrong: string[] = [];
  for (const [name, lines] of found) {
    const allowed = listed[name]?.[0] ?? max;
    if (lines > allowed) wrong.push(`${name}: ${lines} lines, at most ${allowed}: look for the second idea`);
  }
  for (const [name, [allowed, reason]] of Object.entries(listed)) {
    const lines = found.get(name) ?? 0;
    if (lines <= max) wrong.push(`${name}: its entry in sizes.ts is not needed any more`);
    else if (lines < allowed - SLACK_LINES) wrong.push(`${name}: lower its entry in sizes.ts to ${lines}`);
    if (reason.length < 10) wrong.push(`${name}: its entry has no reason`);
  }
  return wrong;
}

Deno.test("what is over a limit is listed with a reason, does not grow, and is listed no longer than needed", () => {
  const listed: Exceptions = {
    "same.ts": [320, "one table of codes"],
    "grown.ts": [320, "one table of codes"],
    "shorter.ts": [400, "one table of codes"],
    "short.ts": [320, "one table of codes"],
    "gone.ts": [320, "one table of codes"],
    "silent.ts": [320, ""],
  };
  const found = new Map(
    Object.entries({
      ...{ "same.ts": 320, "grown.ts": 321, "shorter.ts": 350, "short.ts": 300, "silent.ts": 320 },
      ...{ "new.ts": 301, "fine.ts": 300 },
    }),
  );
  const names = breaches(found, 300, listed).map((line) => line.split(":")[0]);
  assert.deepEqual(names, ["grown.ts", "new.ts", "shorter.ts", "short.ts", "gone.ts", "silent.ts"]);
});

Deno.test("files are short enough to be read in one sitting", async () => {
  const sources = [...await readSources("nn", "src", "tests"), ...await readScripts()];
  const found = new Map(sources.map(({ path, lines }) => [path, lines.length - 1]));
  assert.deepEqual(breaches(found, LINES_PER_FILE_MAX, LONG_FILES), []);
});

/** Top-level functions and methods, as `deno fmt` lays them out: a header line, and a closing brace under it. */
function functionSizes(source: Source): [name: string, lines: number][] {
  const sizes: [string, number][] = [];
  for (let start = 0; start < source.lines.length; start++) {
    const header = source.lines[start]!.match(
      /^(\s*)(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:function\b|(?:static\s+|async\s+|get\s+|set\s+|#|\*)*[\w#]+\s*(?:<[^>]*>)?\()/,
    );
    if (
      header === null || /^\s*(?:if|for|while|switch|return|await|throw|new)\b/.test(source.lines[start]!)
    ) continue;
    const close = `${header[1]}}`;
    if (!source.lines[start]!.endsWith("{") && !source.lines[start]!.endsWith("(")) continue;
    let end = start + 1;
    let isCall = false;
    while (end < source.lines.length && source.lines[end] !== close) {
      if (source.lines[end]!.startsWith(`${header[1]}}`) && !source.lines[end]!.endsWith("{")) break;
      if (source.lines[end]!.startsWith(`${header[1]})`) && !source.lines[end]!.endsWith("{")) isCall = true;
      end++;
    }
    if (isCall || end === source.lines.length) continue;
    const name = /([\w#]+)\s*(?:<[^>]*>?)?\(/.exec(source.lines[start]!)?.[1] ?? "function";
    sizes.push([`${source.path} ${name}`, end - start + 1]);
  }
  return sizes;
}

Deno.test("functions are short", async () => {
  const found = new Map<string, number>();
  for (
    const [name, lines] of [
      ...await readSources("nn", "src"),
      ...await readScripts(),
    ].flatMap(functionSizes)
  ) {
    found.set(name, Math.max(lines, found.get(name) ?? 0));
  }
  assert.deepEqual(breaches(found, LINES_PER_FUNCTION_MAX, LONG_FUNCTIONS), []);
});

Deno.test("nothing is left for later", async () => {
  const later = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"].join("|")})\\b`);
  const sources = await readSources("nn", "src", "tests");
  const found = sources.flatMap((source) =>
    source.lines.flatMap((line, index) => later.test(line) ? [`${source.path}:${index + 1}`] : [])
  );
  assert.deepEqual(found, []);
});
