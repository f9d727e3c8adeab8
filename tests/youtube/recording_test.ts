import assert from "node:assert/strict";
import { UserError } from "../../src/runtime/errors.ts";
import { readRecording } from "../../src/youtube/recording.ts";
import { commentEvent, videoEvent } from "./events.ts";

const EVENTS = [
  videoEvent("v", { likes: 1, poll: 0, title: "Ünï 👩‍👧" }),
  commentEvent("v", { commentId: "c", likes: 2, poll: 0 }),
  videoEvent("v", { likes: 3, poll: 1 }),
];
const TEXT = EVENTS.map((event) => `${JSON.stringify(event)}\n`).join("");

async function* inPieces(text: string, size: number): AsyncIterable<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function readAll(text: string, size = 7) {
  return (await Array.fromAsync(readRecording(inPieces(text, size), "run.ndjson"))).flat();
}

Deno.test("readRecording() reads the same events however the bytes are cut", async () => {
  for (const size of [1, 2, 3, 64, 10_000]) assert.deepEqual(await readAll(TEXT, size), EVENTS);
  assert.deepEqual(await readAll(TEXT.trimEnd()), EVENTS, "the last line needs no end");
  assert.deepEqual(await readAll(`\n${TEXT.replaceAll("\n", "\r\n")}\n`), EVENTS);
});

Deno.test("readRecording() leaves out a last line that was cut off, and says so", async () => {
  assert.deepEqual(await readAll(TEXT.slice(0, -20)), [...EVENTS.slice(0, 2), null]);
});

Deno.test("readRecording() names the line that is no event", async () => {
  const names = (line: number) => (error: unknown) =>
    error instanceof UserError && error.message.startsWith(`run.ndjson, line ${line}: `);
  await assert.rejects(readAll(`${TEXT}no json\n${TEXT}`), names(4));
  await assert.rejects(readAll(`{}\n${TEXT}`), names(1));
  await assert.rejects(readAll(`${TEXT}"${"x".repeat(70_000)}"\n`, 65_000), names(4));
});
