/** Arguments that begin with `-` beside flags. */
import assert from "node:assert/strict";
import { setDashedApart } from "../../../src/cli/program/dashed.ts";
import { DASHED_ID } from "../../../src/youtube/ids.ts";

const keys = ["topic", "interval", "once", "partitions"] as const;
const apart = (...args: string[]) => setDashedApart(args, { dashed: DASHED_ID, keys });

Deno.test("setDashedApart() moves arguments that begin with - behind --, and leaves flags and their values", () => {
  assert.deepEqual(apart("-wNyEUrxzFU"), ["--", "-wNyEUrxzFU"]);
  assert.deepEqual(apart("a", "-VNyEUrxzFU", "--once", "b"), ["a", "--once", "b", "--", "-VNyEUrxzFU"]);
  assert.deepEqual(apart("-V", "-h", "--once"), ["-V", "-h", "--once"]);
  assert.deepEqual(apart("--topic", "-wNyEUrxzFU"), ["--topic", "-wNyEUrxzFU"]);
  assert.deepEqual(apart("--once", "-wNyEUrxzFU"), ["--once", "--", "-wNyEUrxzFU"]);
  assert.deepEqual(apart("--", "-wNyEUrxzFU"), ["--", "-wNyEUrxzFU"]);
  assert.deepEqual(apart("-wNyEUrxzFU", "--", "b"), ["--", "-wNyEUrxzFU", "b"]);
  // A slip, not an id.
  assert.deepEqual(apart("--intervall"), ["--intervall"]);
  assert.deepEqual(apart("--NyEUrxzFU"), ["--", "--NyEUrxzFU"]);
});
