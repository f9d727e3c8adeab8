/**
 * Record batches that nobody should send, and what Apache Kafka 4.3.1 answers to each. The embedded broker answers the
 * same but for two things: INVALID_RECORD, with what is wrong, where Kafka has an UNKNOWN_SERVER_ERROR; and it refuses
 * some batches that Kafka stores although no consumer can read them.
 */
import { compressionsAlgorithms } from "@platformatic/kafka";
import { Buffer } from "node:buffer";
import type { ErrorName } from "../../src/wire/error_code.ts";
import { lz4Frame } from "./lz4_frames.ts";
import { concatBytes, rawBatch, rawHeader, rawRecord, varint } from "../support/raw_batch.ts";

/** A batch, and the answer to it. */
export interface BatchCase {
  readonly name: string;
  readonly batch: Uint8Array;
  /** Kafka's. */
  readonly answer: ErrorName;
  /** The embedded broker refuses it with INVALID_RECORD although Kafka does not. */
  readonly isRefusedHere?: boolean;
}

const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
type Codec = (typeof CODECS)[number];

/** Compressed as the codec does. */
export function compress(codec: Codec, bytes: Uint8Array): Uint8Array {
  if (codec === "none") return bytes;
  return Uint8Array.from(compressionsAlgorithms[codec].compressSync(Buffer.from(bytes)) as Uint8Array);
}

/** The attributes' bits of a codec. */
export function bitsOf(codec: Codec): number {
  return CODECS.indexOf(codec);
}

const TEN = concatBytes(...Array.from({ length: 10 }, (_, index) => rawRecord({ offsetDelta: index })));

/** What is wrong, whatever the codec: the body before compression and what the header says of it. */
const BODIES: readonly {
  readonly name: string;
  readonly records: Uint8Array;
  readonly count: number;
  readonly lastOffsetDelta?: number;
  readonly answer: ErrorName;
  /** Where it is another one. */
  readonly compressedAnswer?: ErrorName;
  readonly isRefusedHere?: boolean;
}[] = [
  { name: "ten records", records: TEN, count: 10, answer: "NONE" },
  { name: "fewer records than counted", records: TEN, count: 11, answer: "INVALID_RECORD" },
  { name: "more records than counted", records: TEN, count: 9, answer: "INVALID_RECORD" },
  { name: "no records, one counted", records: new Uint8Array(0), count: 1, answer: "INVALID_RECORD" },
  { name: "none counted, ten there", records: TEN, count: 0, answer: "INVALID_RECORD" },
  { name: "none counted, none there", records: new Uint8Array(0), count: 0, answer: "INVALID_RECORD" },
  { name: "a negative count", records: TEN, count: -1, answer: "INVALID_RECORD" },
  { name: "a count of 2^31 - 1", records: TEN, count: 2 ** 31 - 1, answer: "INVALID_RECORD" },
  {
    name: "a last offset delta that is too small",
    records: TEN,
    count: 10,
    lastOffsetDelta: 8,
    answer: "INVALID_RECORD",
  },
  {
    name: "a last offset delta that is too large",
    records: TEN,
    count: 10,
    lastOffsetDelta: 10,
    answer: "INVALID_RECORD",
  },
  {
    name: "a negative last offset delta",
    records: TEN,
    count: 10,
    lastOffsetDelta: -1,
    answer: "INVALID_RECORD",
  },
  {
    name: "bytes behind the last record",
    records: concatBytes(TEN, Uint8Array.of(0)),
    count: 10,
    answer: "INVALID_RECORD",
  },
  {
    name: "a cut last record",
    records: TEN.subarray(0, TEN.length - 1),
    count: 10,
    answer: "INVALID_RECORD",
  },
  {
    name: "an offset delta of 900,000",
    records: concatBytes(rawRecord(), rawRecord({ offsetDelta: 900_000 })),
    count: 2,
    answer: "NONE",
    compressedAnswer: "UNKNOWN_SERVER_ERROR",
    isRefusedHere: true,
  },
  {
    name: "offset deltas that begin with 1",
    records: concatBytes(rawRecord({ offsetDelta: 1 }), rawRecord({ offsetDelta: 2 })),
    count: 2,
    answer: "NONE",
    compressedAnswer: "UNKNOWN_SERVER_ERROR",
    isRefusedHere: true,
  },
  {
    name: "offset deltas that go down",
    records: concatBytes(rawRecord({ offsetDelta: 1 }), rawRecord({ offsetDelta: 0 })),
    count: 2,
    answer: "NONE",
    compressedAnswer: "UNKNOWN_SERVER_ERROR",
    isRefusedHere: true,
  },
  {
    name: "the same offset delta twice",
    records: concatBytes(rawRecord(), rawRecord()),
    count: 2,
    answer: "NONE",
    compressedAnswer: "UNKNOWN_SERVER_ERROR",
    isRefusedHere: true,
  },
  {
    name: "a negative offset delta",
    records: rawRecord({ offsetDelta: -1 }),
    count: 1,
    answer: "NONE",
    compressedAnswer: "UNKNOWN_SERVER_ERROR",
    isRefusedHere: true,
  },
  { name: "10^9 headers", records: rawRecord({ headerCount: 1e9 }), count: 1, answer: "INVALID_RECORD" },
  { name: "-1 headers", records: rawRecord({ headerCount: -1 }), count: 1, answer: "INVALID_RECORD" },
  {
    name: "one header fewer than counted",
    records: rawRecord({ headerCount: 2, headers: rawHeader("a") }),
    count: 1,
    answer: "INVALID_RECORD",
  },
  {
    name: "one header more than counted",
    records: rawRecord({ headerCount: 1, headers: concatBytes(rawHeader("a"), rawHeader("b")) }),
    count: 1,
    answer: "INVALID_RECORD",
  },
  {
    name: "two headers",
    records: rawRecord({
      headerCount: 2,
      headers: concatBytes(rawHeader("a"), rawHeader("b", { value: Uint8Array.of(1) })),
    }),
    count: 1,
    answer: "NONE",
  },
  {
    name: "a header key of length -1",
    records: rawRecord({ headerCount: 1, headers: rawHeader("", { keyLength: -1 }) }),
    count: 1,
    answer: "INVALID_RECORD",
  },
  {
    name: "a header key longer than its record",
    records: rawRecord({ headerCount: 1, headers: rawHeader("a", { keyLength: 100 }) }),
    count: 1,
    answer: "INVALID_RECORD",
  },
  {
    name: "a header value longer than its record",
    records: rawRecord({ headerCount: 1, headers: concatBytes(varint(1), Uint8Array.of(97), varint(1000)) }),
    count: 1,
    answer: "INVALID_RECORD",
  },
  {
    name: "a header value of length -2",
    records: rawRecord({ headerCount: 1, headers: concatBytes(varint(1), Uint8Array.of(97), varint(-2)) }),
    count: 1,
    answer: "NONE",
  },
  {
    name: "a header key that is not UTF-8",
    records: rawRecord({ headerCount: 1, headers: concatBytes(varint(1), Uint8Array.of(0xff), varint(-1)) }),
    count: 1,
    answer: "NONE",
  },
  {
    name: "a key longer than its record",
    records: rawRecord({ keyLength: 1000 }),
    count: 1,
    answer: "INVALID_RECORD",
  },
  { name: "a key of length -2", records: rawRecord({ keyLength: -2 }), count: 1, answer: "NONE" },
  {
    name: "a value longer than its record",
    records: rawRecord({ valueLength: 1000 }),
    count: 1,
    answer: "INVALID_RECORD",
  },
  {
    name: "a value longer than its record, but not than its batch",
    records: concatBytes(rawRecord({ valueLength: 8 }), rawRecord({ offsetDelta: 1 })),
    count: 2,
    answer: "INVALID_RECORD",
  },
  {
    name: "a value of length -2",
    records: rawRecord({ value: new Uint8Array(0), valueLength: -2 }),
    count: 1,
    answer: "NONE",
  },
  { name: "a null key and a null value", records: rawRecord({ value: null }), count: 1, answer: "NONE" },
  {
    name: "a record with bytes behind its headers",
    records: rawRecord({ tail: Uint8Array.of(0) }),
    count: 1,
    answer: "INVALID_RECORD",
  },
  {
    name: "a record that is longer than it says",
    records: rawRecord({ lengthOff: -1 }),
    count: 1,
    answer: "INVALID_RECORD",
    compressedAnswer: "NONE",
    isRefusedHere: true,
  },
  {
    name: "a record that is shorter than it says",
    records: rawRecord({ lengthOff: 1 }),
    count: 1,
    answer: "INVALID_RECORD",
    compressedAnswer: "NONE",
    isRefusedHere: true,
  },
  { name: "a record of length 0", records: varint(0), count: 1, answer: "INVALID_RECORD" },
  {
    name: "a record of negative length",
    records: concatBytes(varint(-5), new Uint8Array(10)),
    count: 1,
    answer: "INVALID_RECORD",
  },
  {
    name: "a record length of six bytes",
    records: concatBytes(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0x01), new Uint8Array(10)),
    count: 1,
    answer: "UNKNOWN_SERVER_ERROR",
    compressedAnswer: "INVALID_RECORD",
  },
  { name: "a record with attributes", records: rawRecord({ attributes: 0x7f }), count: 1, answer: "NONE" },
];

const BODY = rawRecord();

/** A byte of something compressed, flipped. */
function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at < 0 ? copy.length + at : at]! ^= 0xff;
  return copy;
}

function compressedCases(): BatchCase[] {
  return CODECS.flatMap((codec) =>
    BODIES.map(({ name, records, answer, compressedAnswer = answer, isRefusedHere = false, ...rest }) => ({
      name: `${name}, ${codec}`,
      answer: codec === "none" ? answer : compressedAnswer,
      isRefusedHere,
      batch: rawBatch({ ...rest, records: compress(codec, records), attributes: bitsOf(codec) }),
    }))
  );
}

/** Where Kafka's answer to a broken stream is not UNKNOWN_SERVER_ERROR: damage that only the records show. */
const OTHER_ANSWERS: Readonly<Record<string, ErrorName>> = {
  "zstd: nothing": "INVALID_RECORD",
  "snappy: a byte in the middle flipped": "INVALID_RECORD",
  "lz4: a byte in the middle flipped": "INVALID_RECORD",
  "zstd: a byte in the middle flipped": "INVALID_RECORD",
  "snappy: the last byte flipped": "INVALID_RECORD",
  "gzip: zeros behind it": "NONE",
  "gzip: text behind it": "NONE",
  "lz4: zeros behind it": "NONE",
  "lz4: text behind it": "NONE",
};

function brokenStreams(): BatchCase[] {
  return CODECS.filter((codec) => codec !== "none").flatMap((codec) => {
    const whole = compress(codec, TEN);
    const streams: Readonly<Record<string, Uint8Array>> = {
      "not compressed at all": TEN,
      "nothing": new Uint8Array(0),
      "the first byte flipped": flipped(whole, 0),
      "a byte in the middle flipped": flipped(whole, whole.length >> 1),
      "the last byte flipped": flipped(whole, -1),
      "cut by a half": whole.subarray(0, whole.length >> 1),
      "cut by a byte": whole.subarray(0, whole.length - 1),
      "zeros behind it": concatBytes(whole, new Uint8Array(5)),
      "text behind it": concatBytes(whole, new TextEncoder().encode("garbage")),
      "zeros": new Uint8Array(100),
    };
    return Object.entries(streams).map(([what, records]) => ({
      name: `${codec}: ${what}`,
      answer: OTHER_ANSWERS[`${codec}: ${what}`] ?? "UNKNOWN_SERVER_ERROR",
      isRefusedHere: `${codec}: ${what}` === "gzip: text behind it",
      batch: rawBatch({ records, count: 10, attributes: bitsOf(codec) }),
    }));
  });
}

function lz4Cases(): BatchCase[] {
  const size = new Uint8Array(8);
  size[0] = TEN.length;
  const frames: Readonly<Record<string, [Uint8Array, ErrorName]>> = {
    "a plain frame": [lz4Frame(TEN), "NONE"],
    "a header with a wrong checksum": [lz4Frame(TEN, { headerChecksumOff: 1 }), "UNKNOWN_SERVER_ERROR"],
    "version 0": [lz4Frame(TEN, { flags: 0x20 }), "UNKNOWN_SERVER_ERROR"],
    "version 2": [lz4Frame(TEN, { flags: 0xa0 }), "UNKNOWN_SERVER_ERROR"],
    "dependent blocks": [lz4Frame(TEN, { flags: 0x40 }), "UNKNOWN_SERVER_ERROR"],
    "a reserved flag": [lz4Frame(TEN, { flags: 0x62 }), "UNKNOWN_SERVER_ERROR"],
    "a dictionary": [lz4Frame(TEN, { flags: 0x61, more: new Uint8Array(4) }), "UNKNOWN_SERVER_ERROR"],
    "the content's size": [lz4Frame(TEN, { flags: 0x68, more: size }), "NONE"],
    "another size": [lz4Frame(TEN, { flags: 0x68, more: new Uint8Array(8) }), "NONE"],
    "a block's checksum": [lz4Frame(TEN, { flags: 0x70, blockChecksumOff: 0 }), "NONE"],
    "a block's wrong checksum": [lz4Frame(TEN, { flags: 0x70, blockChecksumOff: 1 }), "UNKNOWN_SERVER_ERROR"],
    "a missing block checksum": [lz4Frame(TEN, { flags: 0x70 }), "UNKNOWN_SERVER_ERROR"],
    "the content's wrong checksum": [lz4Frame(TEN, { flags: 0x64, tail: new Uint8Array(4) }), "NONE"],
    "a missing content checksum": [lz4Frame(TEN, { flags: 0x64 }), "UNKNOWN_SERVER_ERROR"],
    "blocks of no size": [lz4Frame(TEN, { descriptor: 0x00 }), "UNKNOWN_SERVER_ERROR"],
    "a reserved bit": [lz4Frame(TEN, { descriptor: 0xc0 }), "UNKNOWN_SERVER_ERROR"],
    "blocks of 4 MiB": [lz4Frame(TEN, { descriptor: 0x70 }), "NONE"],
  };
  return Object.entries(frames).map(([name, [records, answer]]) => ({
    name: `lz4: ${name}`,
    answer,
    batch: rawBatch({ records, count: 10, attributes: bitsOf("lz4") }),
  }));
}

function headerCases(nowMs: number): BatchCase[] {
  const one = { records: BODY, count: 1 };
  const hourMs = 3_600_000;
  return [
    { name: "codec 5", answer: "UNKNOWN_SERVER_ERROR", batch: rawBatch({ ...one, attributes: 5 }) },
    { name: "codec 7", answer: "UNKNOWN_SERVER_ERROR", batch: rawBatch({ ...one, attributes: 7 }) },
    { name: "LogAppendTime claimed", answer: "NONE", batch: rawBatch({ ...one, attributes: 8 }) },
    { name: "a control batch", answer: "INVALID_RECORD", batch: rawBatch({ ...one, attributes: 0x20 }) },
    { name: "a delete horizon", answer: "NONE", batch: rawBatch({ ...one, attributes: 0x40 }) },
    { name: "bits that nobody uses", answer: "NONE", batch: rawBatch({ ...one, attributes: 0x100 }) },
    {
      name: "transactional without a producer",
      answer: "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
      batch: rawBatch({ ...one, attributes: 0x10 }),
    },
    { name: "a base offset of 7", answer: "INVALID_RECORD", batch: rawBatch({ ...one, baseOffset: 7 }) },
    { name: "a base offset of -7", answer: "INVALID_RECORD", batch: rawBatch({ ...one, baseOffset: -7 }) },
    { name: "magic 0", answer: "INVALID_RECORD", batch: rawBatch({ ...one, magic: 0 }) },
    { name: "magic 1", answer: "INVALID_RECORD", batch: rawBatch({ ...one, magic: 1 }) },
    { name: "magic 3", answer: "CORRUPT_MESSAGE", batch: rawBatch({ ...one, magic: 3 }) },
    { name: "magic -1", answer: "CORRUPT_MESSAGE", batch: rawBatch({ ...one, magic: -1 }) },
    { name: "a wrong CRC", answer: "CORRUPT_MESSAGE", batch: rawBatch({ ...one, crcOff: 1 }) },
    {
      name: "a length that is too small",
      answer: "CORRUPT_MESSAGE",
      batch: rawBatch({ ...one, lengthOff: -1 }),
    },
    {
      name: "a length that is too large",
      answer: "INVALID_RECORD",
      batch: rawBatch({ ...one, lengthOff: 1 }),
    },
    {
      name: "a length of 0",
      answer: "CORRUPT_MESSAGE",
      batch: rawBatch({ ...one, lengthOff: -(49 + BODY.length) }),
    },
    {
      name: "a negative length",
      answer: "CORRUPT_MESSAGE",
      batch: rawBatch({ ...one, lengthOff: -(99 + BODY.length) }),
    },
    { name: "no bytes", answer: "INVALID_RECORD", batch: new Uint8Array(0) },
    { name: "ten bytes", answer: "INVALID_RECORD", batch: new Uint8Array(10) },
    { name: "two batches", answer: "INVALID_RECORD", batch: concatBytes(rawBatch(one), rawBatch(one)) },
    {
      name: "a batch and zeros",
      answer: "CORRUPT_MESSAGE",
      batch: concatBytes(rawBatch(one), new Uint8Array(30)),
    },
    { name: "a producer without epoch", answer: "NONE", batch: rawBatch({ ...one, producer: [5, -1, 0] }) },
    {
      name: "a producer without sequence",
      answer: "INVALID_RECORD",
      batch: rawBatch({ ...one, producer: [5, 0, -1] }),
    },
    { name: "an epoch without producer", answer: "NONE", batch: rawBatch({ ...one, producer: [-1, 0, 0] }) },
    {
      name: "a time two hours ahead",
      answer: "INVALID_TIMESTAMP",
      batch: rawBatch({ ...one, baseTimestampMs: nowMs + 2 * hourMs }),
    },
    {
      name: "a time half an hour ahead",
      answer: "NONE",
      batch: rawBatch({ ...one, baseTimestampMs: nowMs + hourMs / 2 }),
    },
    { name: "the time -1", answer: "NONE", batch: rawBatch({ ...one, baseTimestampMs: -1 }) },
    { name: "the time -2", answer: "NONE", batch: rawBatch({ ...one, baseTimestampMs: -2 }) },
    { name: "the time -10^12", answer: "NONE", batch: rawBatch({ ...one, baseTimestampMs: -1e12 }) },
    { name: "the time 0", answer: "NONE", batch: rawBatch({ ...one, baseTimestampMs: 0 }) },
    {
      name: "a record two hours ahead of its batch",
      answer: "INVALID_TIMESTAMP",
      batch: rawBatch({
        count: 1,
        records: rawRecord({ timestampDeltaMs: 2 * hourMs }),
        baseTimestampMs: nowMs,
      }),
    },
    {
      name: "a record 50 years ahead, gzip",
      answer: "INVALID_TIMESTAMP",
      batch: rawBatch({
        count: 1,
        records: compress("gzip", rawRecord({ timestampDeltaMs: 5e11 })),
        attributes: 1,
        baseTimestampMs: nowMs,
      }),
    },
    {
      name: "a largest time that no record has",
      answer: "NONE",
      batch: rawBatch({ ...one, maxTimestampMs: 5000 }),
    },
    {
      name: "a largest time two hours ahead that no record has",
      answer: "NONE",
      batch: rawBatch({ ...one, maxTimestampMs: nowMs + 2 * hourMs }),
    },
    {
      name: "a largest time below a record's",
      answer: "NONE",
      batch: rawBatch({ records: rawRecord({ timestampDeltaMs: 500 }), count: 1, maxTimestampMs: 1000 }),
    },
    {
      name: "a record time below 0",
      answer: "NONE",
      batch: rawBatch({ records: rawRecord({ timestampDeltaMs: -5000 }), count: 1 }),
    },
    {
      name: "a time of 2^60",
      answer: "INVALID_TIMESTAMP",
      batch: rawBatch({ ...one, baseTimestampMs: 2 ** 60 }),
    },
  ];
}

/** All of them. */
export function batchCases(nowMs: number): BatchCase[] {
  return [...compressedCases(), ...brokenStreams(), ...lz4Cases(), ...headerCases(nowMs)];
}
