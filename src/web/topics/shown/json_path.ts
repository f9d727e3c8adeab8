/**
 * A small subset of JSONPath, for filters: `$`, `.name`, `["any name"]` and `[index]`, as in `$.input.values[0]`. No
 * wildcards, no expressions, no escapes in names; nothing is run.
 */
import { FILTER_CHARACTERS_MAX } from "../limits.ts";

/** Names of members and indexes of elements, from the outside in. */
export type JsonPath = readonly (string | number)[];

const STEP = /\.([^.[\]"'\s]+)|\[(\d{1,9})\]|\["([^"\\]*)"\]|\['([^'\\]*)'\]/y;

/** How a path is written, a sentence. */
export const PATH_WANTED = 'a path begins with $: write it as $.name, $.name[0] or $["any name"]';

/** What a path looks like, for those who check it before they send it. */
export const JSON_PATH_PATTERN = new RegExp(`^\\$(${STEP.source.replaceAll(/\((?!\?)/g, "(?:")})*$`);

/**
 * Reads a path.
 * @returns a sentence where it is none.
 * @example
 * ```ts
 * import { parseJsonPath } from "./json_path.ts";
 * parseJsonPath("$.input.values[0]"); // ["input", "values", 0]
 * ```
 */
export function parseJsonPath(text: string): JsonPath | string {
  if (text.length > FILTER_CHARACTERS_MAX) return `a path has at most ${FILTER_CHARACTERS_MAX} characters`;
  if (!text.startsWith("$")) return PATH_WANTED;
  const path: (string | number)[] = [];
  for (let at = 1; at < text.length; at = STEP.lastIndex) {
    STEP.lastIndex = at;
    const found = STEP.exec(text);
    if (found === null) return `the path cannot be read from "${text.slice(at)}" on: ${PATH_WANTED}`;
    const [, name, index, double, single] = found;
    path.push(index === undefined ? name ?? double ?? single ?? "" : Number(index));
  }
  return path;
}

/** What stands at the path in a JSON value; `undefined`: nothing. Only a value's own members count. */
export function valueAt(value: unknown, path: JsonPath): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== "object" || found === null) return undefined;
    if (Array.isArray(found) !== (typeof step === "number")) return undefined;
    if (!Object.hasOwn(found, step)) return undefined;
    found = (found as Record<string | number, unknown>)[step];
  }
  return found;
}
