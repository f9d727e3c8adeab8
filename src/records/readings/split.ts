/**
 * `{"readings": […]}` → the bytes of each reading, so that each is read as a record's value is, and one that is broken
 * does not spoil the others. Pure, one pass over the bytes.
 */

/** What a body holds: one value, the bytes of several, or nothing of the kind. */
export type SplitBody =
  | { readonly kind: "one" }
  | { readonly kind: "many"; readonly readings: readonly Uint8Array[] }
  | { readonly kind: "too-many" }
  | { readonly kind: "broken"; readonly detail: string };

const QUOTE = 34, BACKSLASH = 92, COMMA = 44, COLON = 58, OPEN = 123, CLOSE = 125;
const OPEN_ARRAY = 91, CLOSE_ARRAY = 93;
const NAME = new TextEncoder().encode('"readings"');

/** Splits a body that begins as a batch does. @param countMax more readings are `too-many` */
export function splitReadings(body: Uint8Array, countMax: number): SplitBody {
  let at = skipSpace(body, 0);
  if (body[at] !== OPEN) return { kind: "one" };
  at = skipSpace(body, at + 1);
  if (!NAME.every((byte, i) => body[at + i] === byte)) return { kind: "one" };
  at = skipSpace(body, at + NAME.length);
  if (body[at] !== COLON) return broken("a colon is missing behind readings");
  at = skipSpace(body, at + 1);
  if (body[at] !== OPEN_ARRAY) return broken("readings is no array");
  const readings: Uint8Array[] = [];
  let start = skipSpace(body, at + 1);
  at = start;
  if (body[at] !== CLOSE_ARRAY) {
    for (;;) {
      at = endOfElement(body, start);
      if (at >= body.length) return broken("the array of readings has no end");
      if (readings.length === countMax) return { kind: "too-many" };
      readings.push(body.subarray(start, at));
      if (body[at] === CLOSE_ARRAY) break;
      start = skipSpace(body, at + 1);
    }
  }
  at = skipSpace(body, at + 1);
  if (body[at] !== CLOSE || skipSpace(body, at + 1) !== body.length) {
    return broken("something stands behind the array of readings");
  }
  return { kind: "many", readings };
}

function broken(detail: string): SplitBody {
  return { kind: "broken", detail };
}

function skipSpace(body: Uint8Array, at: number): number {
  for (;; at++) {
    const byte = body[at];
    if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) return at;
  }
}

/** Where the comma or bracket stands that ends the element; the body's length where there is none. */
function endOfElement(body: Uint8Array, start: number): number {
  let depth = 0;
  for (let at = start; at < body.length; at++) {
    const byte = body[at]!;
    if (byte === QUOTE) {
      at = endOfText(body, at + 1);
    } else if (byte === OPEN || byte === OPEN_ARRAY) depth++;
    else if (depth === 0 && (byte === COMMA || byte === CLOSE_ARRAY)) return at;
    else if (byte === CLOSE || byte === CLOSE_ARRAY) depth--;
  }
  return body.length;
}

/** Where the quote stands that ends the text. */
function endOfText(body: Uint8Array, at: number): number {
  while (at < body.length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1;
  return at;
}
