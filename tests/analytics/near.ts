/** Comparing with what other software computed. */
import assert from "node:assert/strict";

/** All of `expected` is found, numbers to 1e-9, relative. */
export function assertNear(found: unknown, expected: unknown, path = ""): void {
  if (typeof expected === "number") {
    const close = typeof found === "number" &&
      Math.abs(found - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
    assert.ok(close, `${path}: ${found}, ${expected} is wanted`);
  } else if (typeof expected === "object" && expected !== null) {
    for (const [key, value] of Object.entries(expected)) {
      assertNear((found as Record<string, unknown>)[key], value, `${path}.${key}`);
    }
  } else assert.equal(found, expected, path);
}
