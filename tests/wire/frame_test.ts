import assert from "node:assert/strict";
import { FrameSplitter, FrameTooLargeError } from "../../src/wire/frame.ts";
import { randomBytes, seededRandom } from "../support/random_bytes.ts";

function framed(body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + body.length);
  new DataView(frame.buffer).setInt32(0, body.length);
  frame.set(body, 4);
  return frame;
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

Deno.test("FrameSplitter gives the same frames wherever the stream is cut", () => {
  const bodies = [[], [1], [1, 2, 3], [4, 5, 6, 7, 8]].map((body) => Uint8Array.from(body));
  const stream = concat(bodies.map(framed));
  for (let a = 0; a <= stream.length; a++) {
    for (let b = a; b <= stream.length; b++) {
      const splitter = new FrameSplitter(100);
      const pieces = [stream.slice(0, a), stream.slice(a, b), stream.slice(b)];
      const frames = pieces.flatMap((piece) => [...splitter.push(piece)]);
      assert.deepEqual(frames, bodies, `cut at ${a} and ${b}`);
      assert.equal(splitter.isInsideFrame, false);
    }
  }
});

Deno.test("FrameSplitter survives random cuts of large frames", () => {
  for (let seed = 0; seed < 8; seed++) {
    const random = seededRandom(seed);
    const bodies = Array.from({ length: 5 }, () => randomBytes(random, Math.floor(200_000 * random() ** 3)));
    const stream = concat(bodies.map(framed));
    const splitter = new FrameSplitter(200_000);
    const frames: Uint8Array[] = [];
    for (let at = 0; at < stream.length;) {
      const size = 1 + Math.floor(70_000 * random());
      const piece = stream.slice(at, at + size);
      for (const frame of splitter.push(piece)) frames.push(frame);
      piece.fill(0xee);
      at += size;
    }
    assert.deepEqual(frames, bodies, `seed ${seed}`);
  }
});

Deno.test("FrameSplitter knows when it is inside of a frame", () => {
  const splitter = new FrameSplitter(100);
  assert.equal(splitter.isInsideFrame, false);
  assert.deepEqual([...splitter.push(Uint8Array.of(0, 0))], []);
  assert.equal(splitter.isInsideFrame, true);
  assert.deepEqual([...splitter.push(Uint8Array.of(0, 2, 7))], []);
  assert.equal(splitter.isInsideFrame, true);
  assert.deepEqual([...splitter.push(Uint8Array.of(8))], [Uint8Array.of(7, 8)]);
  assert.equal(splitter.isInsideFrame, false);
});

Deno.test("FrameSplitter refuses what is too large or negative as soon as the length is there", () => {
  for (const length of [[0, 0, 0, 101], [0x7f, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0xff]]) {
    assert.throws(() => [...new FrameSplitter(100).push(Uint8Array.from(length))], FrameTooLargeError);
    const slow = new FrameSplitter(100);
    for (const byte of length.slice(0, 3)) assert.deepEqual([...slow.push(Uint8Array.of(byte))], []);
    assert.throws(() => [...slow.push(Uint8Array.of(length[3]!))], FrameTooLargeError);
  }
});
