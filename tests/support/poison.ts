/**
 * Record batches that a log may hold though no broker of today takes them, and a broker whose fetches bring them: a
 * relay in front of the embedded one, which puts them in the place of batches that were sent.
 */
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { startBroker } from "../../src/broker/mod.ts";
import { fetchApi, produceApi } from "../../src/wire/api/records.ts";
import { crc32c } from "../../src/wire/crc32c.ts";
import { FrameSplitter } from "../../src/wire/frame.ts";
import { readRequestBody, readRequestHeader, readResponse, writeResponse } from "../../src/wire/message.ts";
import { WireReader } from "../../src/wire/reader.ts";
import { BATCH_HEADER_BYTES, iterateBatches, placeBatch } from "../../src/wire/record_batch.ts";
import { encodeBatch } from "../../src/wire/encode_batch.ts";

/** A batch that cannot be read. */
export interface Poison {
  readonly name: string;
  /** What its dead letter says. */
  readonly reason: RegExp;
  readonly bytes: Uint8Array;
}

/** One record with a value, base offset 0. */
export function batchOf(...values: string[]): Uint8Array {
  const encoder = new TextEncoder();
  return encodeBatch(
    values.map((value) => ({ timestampMs: 1_000, key: null, value: encoder.encode(value), headers: [] })),
  );
}

/** Puts a body behind a batch's header, changes the header, and sets length and checksum right. */
export function batchWith(
  body: Uint8Array,
  header: (view: DataView, batch: Uint8Array) => void = () => {},
): Uint8Array {
  const batch = new Uint8Array(BATCH_HEADER_BYTES + body.length);
  batch.set(batchOf("x").subarray(0, BATCH_HEADER_BYTES));
  batch.set(body, BATCH_HEADER_BYTES);
  const view = new DataView(batch.buffer);
  view.setInt32(8, batch.length - 12);
  header(view, batch);
  view.setUint32(17, crc32c(batch, 21));
  return batch;
}

/** The attribute that names a codec. */
export function codec(number: number): (view: DataView) => void {
  return (view) => view.setInt16(21, number);
}

const garbage = new Uint8Array(200).map((_, i) => (i * 37 + 11) % 256);
const record = batchOf("x").slice(BATCH_HEADER_BYTES);
/** A record of one byte's length, with these bytes behind attributes and time. */
const recordOf = (...bytes: number[]) => new Uint8Array([2 * (bytes.length + 2), 0, 0, ...bytes]);
const BILLION = [0x80, 0xa8, 0xd6, 0xb9, 0x07]; // zigzag of 1,000,000,000
const FAR = [0xc0, 0xee, 0x6d]; // zigzag of 900,000

/** Every kind. */
export const POISONS: readonly Poison[] = [
  ...["gzip", "snappy", "lz4", "zstd"].map((name, i) => ({
    name: `broken ${name}`,
    reason: new RegExp(`its ${name} data is broken`),
    bytes: batchWith(garbage, codec(i + 1)),
  })),
  {
    name: "cut-off gzip",
    reason: /gzip data is broken/,
    bytes: batchWith(gzipSync(Buffer.alloc(9_000)).subarray(0, 40), codec(1)),
  },
  { name: "unknown codec", reason: /compression 7 is unknown/, bytes: batchWith(garbage, codec(7)) },
  {
    name: "gzip bomb",
    reason: /gzip data holds more than 104,857,600 bytes/,
    bytes: batchWith(gzipSync(Buffer.alloc(120_000_000)), codec(1)),
  },
  {
    name: "snappy that claims gigabytes",
    reason: /snappy/,
    bytes: batchWith(new Uint8Array([0xff, 0xff, 0xff, 0xff, 0x0f, 0]), codec(2)),
  },
  {
    name: "a billion headers",
    reason: /claims 1000000000 headers/,
    bytes: batchWith(recordOf(0, 1, 1, ...BILLION)),
  },
  {
    name: "a key of a billion bytes",
    reason: /claims 1000000000 bytes/,
    bytes: batchWith(recordOf(0, ...BILLION, 1, 0)),
  },
  {
    name: "an offset delta of 900,000",
    reason: /offset delta 900000/,
    bytes: batchWith(recordOf(...FAR, 1, 1, 0)),
  },
  { name: "a negative offset delta", reason: /offset delta -1/, bytes: batchWith(recordOf(1, 1, 1, 0)) },
  {
    name: "a last offset delta of 900,000",
    reason: /claims offsets \d+-\d+/,
    bytes: batchWith(record, (view) => view.setInt32(23, 900_000)),
  },
  {
    name: "a negative last offset delta",
    reason: /last offset delta is -5/,
    bytes: batchWith(record, (view) => view.setInt32(23, -5)),
  },
  {
    name: "a truncated record",
    reason: /claims \d+ bytes/,
    bytes: batchWith(record.subarray(0, record.length - 1)),
  },
  {
    name: "a record that ends in a number",
    reason: /ends in the middle of a number/,
    bytes: batchWith(new Uint8Array([0x80])),
  },
  {
    name: "no record though one is counted",
    reason: /ends in the middle/,
    bytes: batchWith(new Uint8Array(0)),
  },
  {
    name: "more records counted than offsets",
    reason: /claims 7 records at 1 offsets/,
    bytes: batchWith(record, (view) => view.setInt32(57, 7)),
  },
  {
    name: "a billion records counted",
    reason: /claims 1000000000 records/,
    bytes: batchWith(record, (view) => view.setInt32(57, 1e9)),
  },
  {
    name: "fewer records counted than there are",
    reason: /bytes are left after its 1 records/,
    bytes: batchWith(new Uint8Array([...record, ...record])),
  },
  {
    name: "bytes behind the headers of a record",
    reason: /bytes too many/,
    bytes: batchWith(recordOf(0, 1, 1, 0, 9, 9)),
  },
  {
    name: "the format of old",
    reason: /its format is 1/,
    bytes: batchWith(record, (_view, batch) => batch[16] = 1),
  },
  {
    name: "a wrong checksum",
    reason: /its checksum is wrong/,
    bytes: batchOf("y").map((byte, i) => i === 19 ? byte ^ 1 : byte),
  },
];

/** A broker that brings poison. */
export interface PoisonedBroker extends AsyncDisposable {
  readonly bootstrapServer: string;
}

/**
 * Starts the embedded broker in memory behind a relay. Batches that hold {@linkcode PLACEHOLDER} and begin at an offset
 * of `poison`, of whatever topic, are replaced; the offset is theirs.
 */
export function startPoisonedBroker(
  { topic = "", poison, refusals = [] }: {
    readonly poison: ReadonlyMap<number, Uint8Array>;
    /** The topic that `refusals` are of. */
    readonly topic?: string;
    /** Error codes that the first produce requests to it get in the place of their answer; they are not stored. */
    readonly refusals?: number[];
  },
): PoisonedBroker {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const advertise = { hostname: "127.0.0.1", port };
  const broker = startBroker({ listen: { hostname: "127.0.0.1", port: 0 }, dataDir: null, advertise });
  const poisoned = { topic, poison, refusals };
  const open = new Set<Deno.Conn>();
  const serving = (async () => {
    for await (const client of listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: broker.port });
      for (const one of [client, server]) open.add(one);
      void relay({ client, server, poisoned }).finally(() => {
        for (const one of [client, server]) {
          if (open.delete(one)) one.close();
        }
      });
    }
  })();
  return {
    bootstrapServer: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      for (const one of open) one.close();
      open.clear();
      await Promise.all([serving.catch(() => {}), broker.close()]);
    },
  };
}

async function relay({ client, server, poisoned }: {
  readonly client: Deno.Conn;
  readonly server: Deno.Conn;
  readonly poisoned: Parameters<typeof startPoisonedBroker>[0];
}): Promise<void> {
  /** Versions of the fetches that are not answered yet. */
  const fetches = new Map<number, number>();
  const there = frames(client, async (frame) => {
    const reader = new WireReader(frame);
    const { apiKey, apiVersion, correlationId } = readRequestHeader(reader);
    if (apiKey === produceApi.key && poisoned.refusals!.length > 0) {
      const { topics } = readRequestBody(produceApi, { reader, version: apiVersion });
      if (topics.some(({ name }) => name === poisoned.topic)) {
        const errorCode = poisoned.refusals!.shift()!;
        const responses = topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partition }) => ({ ...REFUSED, partition, errorCode })),
        }));
        const answer = { value: { responses, throttleTimeMs: 0 }, version: apiVersion, correlationId };
        return await write(client, writeResponse(produceApi, answer));
      }
    }
    if (apiKey === fetchApi.key) fetches.set(correlationId, apiVersion);
    await write(server, [prefix(frame.length), frame]);
  });
  const back = frames(server, async (frame) => {
    const correlationId = new DataView(frame.buffer, frame.byteOffset).getInt32(0);
    const version = fetches.get(correlationId);
    fetches.delete(correlationId);
    if (version === undefined) return await write(client, [prefix(frame.length), frame]);
    const { value } = readResponse(fetchApi, { frame, version });
    for (const { partitions } of value.responses) {
      for (const partition of partitions) {
        const bytes = partition.records?.[0];
        if (bytes !== undefined) partition.records = replaced(bytes, poisoned.poison);
      }
    }
    await write(client, writeResponse(fetchApi, { value, version, correlationId }));
  });
  await Promise.race([there, back]).catch(() => {}); // a connection that is closed ends both ways
}

const REFUSED = {
  baseOffset: -1,
  logAppendTimeMs: -1,
  logStartOffset: -1,
  recordErrors: [],
  errorMessage: null,
};

function replaced(bytes: Uint8Array, poison: ReadonlyMap<number, Uint8Array>): Uint8Array[] {
  return [...iterateBatches(bytes)].map(({ start, header: { baseOffset, sizeBytes } }) => {
    const batch = bytes.subarray(start, start + sizeBytes);
    const other = Buffer.from(batch).includes(PLACEHOLDER) ? poison.get(baseOffset) : undefined;
    if (other === undefined) return batch;
    const placed = other.slice();
    placeBatch(placed, { start: 0, baseOffset, leaderEpoch: 0 });
    return placed;
  });
}

/** What is to be sent in the place of a poisoned batch. */
export const PLACEHOLDER = "poison goes here";

function prefix(length: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, length);
  return bytes;
}

async function frames(connection: Deno.Conn, take: (frame: Uint8Array) => Promise<void>): Promise<void> {
  const splitter = new FrameSplitter(100 * 1024 * 1024);
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const read = await connection.read(buffer);
    if (read === null) return;
    for (const frame of splitter.push(buffer.slice(0, read))) await take(frame);
  }
}

async function write(connection: Deno.Conn, chunks: readonly Uint8Array[]): Promise<void> {
  const whole = Buffer.concat(chunks);
  for (let at = 0; at < whole.length;) at += await connection.write(whole.subarray(at));
}
