/** Messages of other people's software, read and written again to the same bytes. `tests/golden/wire/record.ts` records them. */
import assert from "node:assert/strict";
import { HANDLERS } from "../../src/broker/handlers.ts";
import {
  readRequestBody,
  readRequestHeader,
  readResponse,
  writeRequest,
  writeResponse,
} from "../../src/wire/message.ts";
import { WireReader } from "../../src/wire/reader.ts";
import java from "../golden/wire/java.json" with { type: "json" };
import kafkajs from "../golden/wire/kafkajs.json" with { type: "json" };
import kcat from "../golden/wire/kcat.json" with { type: "json" };
import platformatic from "../golden/wire/platformatic.json" with { type: "json" };

type Golden = (typeof kcat.messages)[number];

function apiOf({ key }: Golden) {
  const handler = HANDLERS.get(key);
  assert.ok(handler !== undefined);
  return handler.api;
}

/** The frame without its length prefix. */
function joined(chunks: readonly Uint8Array[]): string {
  return chunks.map((chunk) => chunk.toHex()).join("").slice(8);
}

function again(golden: Golden): string {
  const frame = Uint8Array.fromHex(golden.hex);
  const api = apiOf(golden);
  const { version } = golden;
  if (golden.kind === "request") {
    const reader = new WireReader(frame);
    const header = readRequestHeader(reader);
    const value = readRequestBody(api, { reader, version });
    assert.equal(reader.remaining, 0, "the table covers the whole request");
    return joined(writeRequest(api, { value, header }));
  }
  const { correlationId, value } = readResponse(api, { frame, version });
  return joined(writeResponse(api, { value, version, correlationId }));
}

/** Kafka's ApiVersions ends with tagged features, which nobody here reads. */
function hasTags({ key, kind, version }: Golden): boolean {
  return key === 18 && kind === "response" && version >= 3;
}

for (const { client, messages } of [kcat, kafkajs, platformatic, java]) {
  for (const golden of messages) {
    const { api, version, kind } = golden;
    Deno.test(`${api} ${version} ${kind} of ${client} is read and written to the same bytes`, () => {
      if (!hasTags(golden)) assert.equal(again(golden), golden.hex);
      else assert.ok(golden.hex.startsWith(again(golden).slice(0, -2)));
    });
  }
}
