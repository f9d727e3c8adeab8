/** Style under test: purity, sizes, and words that promise work for later. */
import assert from "node:assert/strict";
import { readSources, type Source } from "./sources.ts";

const LINES_PER_FILE_MAX = 500;
const LINES_PER_FUNCTION_MAX = 90;

/** Pure rooms and files: time, randomness, disk and network are arguments there. */
const PURE = [
  /^nn\//,
  // But the operators: async iterables.
  /^src\/stream\/(?!operators\.ts)/,
  /^src\/jobs\/(job\.ts|restore\/)/,
  /^src\/records\/(?!dead_letters\/(send|topic)\.ts)/,
  /^src\/anomaly\//,
  /^src\/traffic\/(watch\/|model\/|(forecast_job|link_forecasts|alerts|alert_expression|intervals|observed)\.ts$)/,
  /^src\/datasets\/(traffic_model|netflow\/(?!collect)|pcap\/(?!capture\.ts))/,
  /^src\/wire\//,
  /^src\/broker\/groups\//,
  /^src\/models\/(?!disk\.ts|swap\/(watch|follow|announcements)\.ts)/,
  // Its shell.
  /^src\/predict\/(?!worker\.ts|consumer\.ts)/,
  /^src\/monitor\/boards\//,
  /^src\/monitor\/terminal\/(keys|chart|text|panels|frame|\w+_(render|plain|lines|panels|view))\.ts$/,
  /^src\/youtube\/totals\.ts$/,
  /^src\/train\/(card|evaluation)\//,
  /^src\/train\/loop\/(training_run|training_log|tune|batch_gradients)\.ts$/,
  /^src\/train\/(forecaster|classifier)\/(?!(mod|read)\.ts)/,
  /^src\/train\/tensorboard\/(record|histogram|event|hyperparameters)\.ts$/,
];
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

Deno.test("pure files hold no clock, no chance, no disk, no network and no await", async () => {
  const sources = (await readSources("nn", "src")).filter((source) =>
    PURE.some((pure) => pure.test(source.path))
  );
  assert.ok(sources.length > 5);
  assert.deepEqual(sources.flatMap((source) => findLines(source, IMPURE)), []);
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
