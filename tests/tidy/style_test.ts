/** Style under test: purity, sizes, and words that promise work for later. */
import assert from "node:assert/strict";
import { readSources, type Source } from "./sources.ts";

const LINES_PER_FILE_MAX = 500;
const LINES_PER_FUNCTION_MAX = 90;

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

Deno.test("files are short enough to be read in one sitting", async () => {
  const long = (await readSources("nn", "src", "tests")).filter((source) =>
    source.lines.length > LINES_PER_FILE_MAX
  );
  assert.deepEqual(long.map((source) => `${source.path}: ${source.lines.length} lines`), []);
});

/** Top-level functions and methods, as `deno fmt` lays them out: a header line, and a closing brace under it. */
function longFunctions(source: Source): string[] {
  const long: string[] = [];
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
    while (end < source.lines.length && source.lines[end] !== close) {
      if (source.lines[end]!.startsWith(`${header[1]}}`) && !source.lines[end]!.endsWith("{")) break;
      end++;
    }
    if (end - start + 1 > LINES_PER_FUNCTION_MAX && end < source.lines.length) {
      long.push(`${source.path}:${start + 1}: ${end - start + 1} lines`);
    }
  }
  return long;
}

Deno.test("functions are short", async () => {
  const sources = await readSources("nn", "src");
  assert.deepEqual(sources.flatMap(longFunctions).filter((found) => !found.includes("Deno.test")), []);
});

Deno.test("nothing is left for later", async () => {
  const later = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"].join("|")})\\b`);
  const sources = await readSources("nn", "src", "tests");
  const found = sources.flatMap((source) =>
    source.lines.flatMap((line, index) => later.test(line) ? [`${source.path}:${index + 1}`] : [])
  );
  assert.deepEqual(found, []);
});
