/** Keys that stand twice in one JSON object: `JSON.parse` keeps the last and says nothing. */

/**
 * The first key that stands twice in one object, or null.
 *
 * @param text what `JSON.parse` accepts; anything else gives an unspecified answer
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(findRepeatedKey('{"a":{"b":1},"b":["b"],"c":"a"}'), null);
 * assert.equal(findRepeatedKey('{"a":1,"\\u0061":2}'), "a");
 * ```
 */
export function findRepeatedKey(text: string): string | null {
  /** The keys of each open object; null for an open array. */
  const open: (Set<string> | null)[] = [];
  for (const { 0: token } of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (token.endsWith(":")) {
      const key = JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return null;
}
