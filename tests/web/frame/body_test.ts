/** Bodies: what a route reads is whole, and what it came in is given back at once. */
import assert from "node:assert/strict";
import { Hono } from "hono";
import { limitedBody } from "../../../src/web/frame/body.ts";

/** Answers with the body, which came in these pieces. */
async function echo(pieces: readonly Uint8Array<ArrayBuffer>[]): Promise<Uint8Array> {
  const app = new Hono();
  app.post("/", limitedBody({ bytesMax: 100 }), async (c) => c.body(await c.req.arrayBuffer()));
  const response = await app.request("/", {
    method: "POST",
    body: new ReadableStream({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece);
        controller.close();
      },
    }),
  });
  assert.equal(response.status, 200);
  return await response.bytes();
}

Deno.test("a body in one piece, and in several: the route has all of it, the pieces' memory is free", async () => {
  const whole = Uint8Array.from({ length: 60 }, (_, i) => i);
  for (const cuts of [[0, 60], [0, 7, 50, 60]]) {
    const pieces = cuts.slice(1).map((end, i) => whole.slice(cuts[i], end));
    assert.deepEqual(await echo(pieces), whole);
    assert.deepEqual(pieces.map(({ buffer }) => buffer.detached), pieces.map(() => true));
  }
});

Deno.test("pieces of the same memory are read before it is given back", async () => {
  const whole = Uint8Array.from({ length: 60 }, (_, i) => i);
  const memory = whole.slice();
  assert.deepEqual(await echo([memory.subarray(0, 20), memory.subarray(20, 20), memory.subarray(20)]), whole);
  assert.ok(memory.buffer.detached);
});

Deno.test("no body at all, and an empty one", async () => {
  assert.deepEqual(await echo([]), new Uint8Array(0));
  assert.deepEqual(await echo([new Uint8Array(0)]), new Uint8Array(0));
});
