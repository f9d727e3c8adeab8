/** Damaged and random bytes: every reader gives a value or a WireError, never anything else. */
import assert from "node:assert/strict";
import { HANDLERS } from "../../src/broker/handlers.ts";
import { readRequestBody, readRequestHeader, readResponse } from "../../src/wire/message.ts";
import { ELEMENTS_MAX, WireError, WireReader } from "../../src/wire/reader.ts";
import { WireWriter } from "../../src/wire/writer.ts";
import java from "../golden/wire/java.json" with { type: "json" };
import kafkajs from "../golden/wire/kafkajs.json" with { type: "json" };
import kcat from "../golden/wire/kcat.json" with { type: "json" };
import platformatic from "../golden/wire/platformatic.json" with { type: "json" };
import { randomBytes, seededRandom } from "../support/random_bytes.ts";

const RUNS_PER_MESSAGE = 100;
const RUNS_PER_VERSION = 30;
const golden = [kcat, kafkajs, platformatic, java].flatMap(({ messages }) => messages);

/** Whether the bytes could be read. */
function isReadable(read: () => void): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return false;
  }
}

function readMessage({ key, version, kind }: (typeof golden)[number], frame: Uint8Array): void {
  const { api } = HANDLERS.get(key)!;
  if (kind === "response") return void readResponse(api, { frame, version });
  const reader = new WireReader(frame);
  readRequestHeader(reader);
  readRequestBody(api, { reader, version });
}

Deno.test("a message that is cut off anywhere is refused", () => {
  for (const message of golden) {
    const frame = Uint8Array.fromHex(message.hex);
    for (let size = 0; size < frame.length; size++) {
      assert.equal(
        isReadable(() => readMessage(message, frame.subarray(0, size))),
        false,
        `${message.api} ${message.version} ${message.kind} cut to ${size} of ${frame.length} bytes`,
      );
    }
  }
});

Deno.test("a message with changed bytes is read or refused", () => {
  const random = seededRandom(1);
  let refused = 0;
  for (const message of golden) {
    const whole = Uint8Array.fromHex(message.hex);
    for (let run = 0; run < RUNS_PER_MESSAGE; run++) {
      const frame = whole.slice();
      for (let change = 0; change <= 3 * random(); change++) {
        frame[Math.floor(frame.length * random())] = randomBytes(random, 1)[0]!;
      }
      if (!isReadable(() => readMessage(message, frame))) refused++;
    }
  }
  assert.ok(refused > golden.length);
});

Deno.test("random bytes are read or refused, in every version of every API", () => {
  const random = seededRandom(2);
  for (const { api, versions: [first, last] } of HANDLERS.values()) {
    for (let version = first; version <= last; version++) {
      for (let run = 0; run < RUNS_PER_VERSION; run++) {
        const frame = randomBytes(random, Math.floor(300 * random()));
        isReadable(() => readRequestBody(api, { reader: new WireReader(frame), version }));
        isReadable(() => readResponse(api, { frame, version }));
      }
    }
  }
});

Deno.test("a message of empty elements alone does not take memory without end", () => {
  const writer = new WireWriter();
  writer.int32(ELEMENTS_MAX + 1);
  const frame = new Uint8Array(4 + 2 * (ELEMENTS_MAX + 1));
  frame.set(writer.bytes());
  const { api } = HANDLERS.get(3)!;
  assert.throws(
    () => readRequestBody(api, { reader: new WireReader(frame), version: 1 }),
    /more than 500000 elements in all/,
  );
});
