/** Values that are no numbers are found wherever they stand. */
import assert from "node:assert/strict";
import { firstNotFinite } from "../../nn/finite.ts";

Deno.test("the first value that is not finite is found, in either width and at every place", () => {
  for (let length = 0; length < 12; length++) {
    assert.equal(firstNotFinite(new Float64Array(length).fill(-1e308)), -1);
    for (let at = 0; at < length; at++) {
      for (const wrong of [NaN, Infinity, -Infinity]) {
        const wide = new Float64Array(length).fill(1e308), narrow = new Float32Array(length);
        wide.fill(wrong, at);
        narrow[at] = wrong;
        assert.equal(firstNotFinite(wide), at);
        assert.equal(firstNotFinite(narrow), at);
      }
    }
  }
});
