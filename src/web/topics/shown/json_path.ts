/**
 * A small subset of JSONPath, for filters: `$`, `.name`, `["any name"]` and `[index]`, as in `$.input.values[0]`. No
 * wildcards, no expressions; nothing is run.
 */
import { FILTER_CHARACTERS_MAX, PATH_STEPS_MAX } from "../limits.ts";

/** Names of members and indexes of elements, from the outside in. */
export type JsonPath = readonly (string | number)[];

const STEP = /\.([\p{L}_$][\p{L}\p{N}_$-]*)|\[(\d{1,9})\]|\["((?:[^"\\]|\\.)*)"\]|\['([^'\\]*)'\]/uy;

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
  const wanted = 'write it as $.name, $.name[0] or $["any name"]';
  if (text.length > FILTER_CHARACTERS_MAX) return `a path has at most ${FILTER_CHARACTERS_MAX} characters`;
  if (!text.startsWith("$")) return `a path begins with $: ${wanted}`;
  const path: (string | number)[] = [];
  for (let at = 1; at < text.length; at = STEP.lastIndex) {
    STEP.lastIndex = at;
    const found = STEP.exec(text);
    if (found === null) return `the path cannot be read from "${text.slice(at)}" on: ${wanted}`;
    const [, name, index, quoted, single] = found;
    if (name !== undefined) path.push(name);
    else if (index !== undefined) path.push(Number(index));
    else if (single !== undefined) path.push(single);
    else {
      const member = unquoted(quoted!);
      if (member === null) return `the path cannot be read from "${text.slice(at)}" on: ${wanted}`;
      path.push(member);
    }
  }
  return path.length > PATH_STEPS_MAX ? `a path has at most ${PATH_STEPS_MAX} steps` : path;
}

function unquoted(inside: string): string | null {
  try {
    return String(JSON.parse(`"${inside}"`));
  } catch {
    return null;
  }
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
