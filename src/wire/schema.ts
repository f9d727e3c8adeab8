/**
 * The language of the message tables: a message is an object literal of fields in wire order, each with the
 * versions that carry it. Reader, writer and TypeScript type are derived from that one table.
 *
 * A field that a version does not carry reads as its default and is not written. From an API's `flexibleFrom`
 * on, lengths are compact and every struct ends with tagged fields (KIP-482); unknown tags are skipped.
 */
import { WireError, type WireReader } from "./reader.ts";
import type { WireWriter } from "./writer.ts";

/** How a version is coded. */
export interface Coding {
  readonly version: number;
  readonly flexible: boolean;
}

/** Which versions carry a field. */
export interface FieldOptions<T> {
  /** First version that carries it. @default 0 */
  readonly since?: number;
  /** Last version that carries it. @default Infinity */
  readonly until?: number;
  /** Tag number, where it is a tagged field. */
  readonly tag?: number;
  /** What it is in versions that do not carry it. */
  readonly absent?: T;
}

/** One field: how to read and write it. */
export interface Field<T> {
  readonly since: number;
  readonly until: number;
  readonly tag: number | undefined;
  readonly absent: T;
  read(reader: WireReader, coding: Coding): T;
  write(writer: WireWriter, options: { value: T; coding: Coding }): void;
  /** The same element by element, where it is a list. */
  readonly steps?: {
    read(reader: WireReader, coding: Coding): Generator<void, T>;
    write(writer: WireWriter, options: { value: T; coding: Coding }): Generator<void>;
  };
}

/** Fields in wire order. */
// deno-lint-ignore no-explicit-any
export type Fields = { readonly [name: string]: Field<any> };

/** The value that a table of fields describes. */
export type Message<F extends Fields> = { -readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

interface Codec<T> {
  readonly read: (reader: WireReader, coding: Coding) => T;
  readonly write: (writer: WireWriter, value: T, coding: Coding) => void;
}

function field<T>(codec: Codec<T>, { options, absent }: { options: FieldOptions<T>; absent: T }): Field<T> {
  return {
    since: options.since ?? 0,
    until: options.until ?? Infinity,
    tag: options.tag,
    absent: options.absent !== undefined ? options.absent : absent,
    read: codec.read,
    write: (writer, { value, coding }) => codec.write(writer, value, coding),
  };
}

function scalar<T>(
  absent: T,
  read: (reader: WireReader) => T,
  write: (writer: WireWriter, value: T) => void,
): (options?: FieldOptions<T>) => Field<T> {
  return (options = {}) => field({ read, write }, { options, absent });
}

/** int8 */
export const int8 = scalar(0, (reader) => reader.int8(), (writer, value) => writer.int8(value));
/** boolean, one byte */
export const bool = scalar(false, (reader) => reader.bool(), (writer, value) => writer.int8(value ? 1 : 0));
/** int16 */
export const int16 = scalar(0, (reader) => reader.int16(), (writer, value) => writer.int16(value));
/** int32 */
export const int32 = scalar(0, (reader) => reader.int32(), (writer, value) => writer.int32(value));
/** int64 as a number below 2^53 */
export const int64 = scalar(0, (reader) => reader.int64(), (writer, value) => writer.int64(value));
/** A uuid that names nothing. */
export const NO_UUID: string = "0".repeat(32);
/** 16 bytes as 32 hexadecimal digits */
export const uuid = scalar(
  NO_UUID,
  (reader) => reader.uuid(),
  (writer, value) => writer.uuid(value),
);

function readText(reader: WireReader, coding: Coding): string | null {
  const length = reader.length("string", coding.flexible);
  return length < 0 ? null : reader.text(length);
}

/** A string. */
export function string(options: FieldOptions<string> = {}): Field<string> {
  return field({
    read: (reader, coding) => {
      const value = readText(reader, coding);
      if (value === null) throw new WireError("reading a string: null where none is allowed");
      return value;
    },
    write: (writer, value, coding) => writer.text(value, coding.flexible),
  }, { options, absent: "" });
}

/** A string or null. */
export function nullableString(options: FieldOptions<string | null> = {}): Field<string | null> {
  return field<string | null>({
    read: readText,
    write: (writer, value, coding) => writer.text(value, coding.flexible),
  }, { options, absent: null });
}

/** Bytes or null, not copied. */
export function bytes(options: FieldOptions<Uint8Array | null> = {}): Field<Uint8Array | null> {
  return field<Uint8Array | null>({
    read: (reader, coding) => {
      const length = reader.length("bytes", coding.flexible);
      return length < 0 ? null : reader.raw(length);
    },
    write: (writer, value, coding) => {
      writer.length("bytes", { length: value === null ? -1 : value.length, flexible: coding.flexible });
      if (value !== null) writer.raw(value);
    },
  }, { options, absent: null });
}

/** Record batches as bytes, possibly in several pieces; read as one. */
export function records(
  options: FieldOptions<readonly Uint8Array[] | null> = {},
): Field<readonly Uint8Array[] | null> {
  return field<readonly Uint8Array[] | null>({
    read: (reader, coding) => {
      const length = reader.length("bytes", coding.flexible);
      return length < 0 ? null : [reader.raw(length)];
    },
    write: (writer, value, coding) => {
      const length = value === null ? -1 : value.reduce((sum, piece) => sum + piece.length, 0);
      writer.length("bytes", { length, flexible: coding.flexible });
      for (const piece of value ?? []) writer.raw(piece);
    },
  }, { options, absent: null });
}

function elementCodec<T>(element: Field<T> | Fields): Codec<T> {
  if (typeof element["read"] === "function") {
    const inner = element as Field<T>;
    return { read: inner.read, write: (writer, value, coding) => inner.write(writer, { value, coding }) };
  }
  const fields = element as Fields;
  return {
    read: (reader, coding) => readFields(fields, { reader, coding }) as T,
    write: (writer, value, coding) =>
      writeFields(fields, { writer, value: value as Message<Fields>, coding }),
  };
}

/** A list of structs. */
export function array<F extends Fields>(
  element: F,
  options?: FieldOptions<Message<F>[]>,
): Field<Message<F>[]>;
/** A list of scalars. */
export function array<T>(element: Field<T>, options?: FieldOptions<T[]>): Field<T[]>;
export function array(
  element: Field<unknown> | Fields,
  options: FieldOptions<unknown[]> = {},
): Field<unknown[]> {
  const nullable = nullableArrayOf(element, options as FieldOptions<unknown[] | null>);
  const { read, write } = nullable.steps!;
  return {
    ...nullable,
    absent: options.absent ?? [],
    read: (reader, coding) => refuseNull(nullable.read(reader, coding)),
    write: nullable.write,
    steps: {
      *read(reader, coding) {
        return refuseNull(yield* read(reader, coding));
      },
      write,
    },
  };
}

function refuseNull<T>(value: T | null): T {
  if (value === null) throw new WireError("reading an array: null where none is allowed");
  return value;
}

/** A list of structs or null. */
export function nullableArray<F extends Fields>(
  element: F,
  options?: FieldOptions<Message<F>[] | null>,
): Field<Message<F>[] | null>;
/** A list of scalars or null. */
export function nullableArray<T>(element: Field<T>, options?: FieldOptions<T[] | null>): Field<T[] | null>;
export function nullableArray(
  element: Field<unknown> | Fields,
  options: FieldOptions<unknown[] | null> = {},
): Field<unknown[] | null> {
  return nullableArrayOf(element, options);
}

function nullableArrayOf(
  element: Field<unknown> | Fields,
  options: FieldOptions<unknown[] | null>,
): Field<unknown[] | null> {
  const codec = elementCodec(element);
  const writeLength = (writer: WireWriter, value: unknown[] | null, { flexible }: Coding) =>
    writer.length("array", { length: value === null ? -1 : value.length, flexible });
  const whole = field<unknown[] | null>({
    read: (reader, coding) => {
      const length = reader.length("array", coding.flexible);
      if (length < 0) return null;
      return Array.from({ length }, () => codec.read(reader, coding));
    },
    write: (writer, value, coding) => {
      writeLength(writer, value, coding);
      for (const one of value ?? []) codec.write(writer, one, coding);
    },
  }, { options, absent: null });
  return {
    ...whole,
    steps: {
      *read(reader, coding) {
        const length = reader.length("array", coding.flexible);
        if (length < 0) return null;
        const list: unknown[] = [];
        for (; list.length < length; yield) list.push(codec.read(reader, coding));
        return list;
      },
      *write(writer, { value, coding }) {
        writeLength(writer, value, coding);
        for (const one of value ?? []) {
          codec.write(writer, one, coding);
          yield;
        }
      },
    },
  };
}

function carries({ tag, since, until }: Field<unknown>, { version }: Coding): boolean {
  return tag === undefined && version >= since && version <= until;
}

/** Reads the fields that the version carries. */
export function readFields<F extends Fields>(
  fields: F,
  { reader, coding }: { reader: WireReader; coding: Coding },
): Message<F> {
  const message: Record<string, unknown> = {};
  for (const name in fields) {
    const one = fields[name]!;
    message[name] = carries(one, coding) ? one.read(reader, coding) : one.absent;
  }
  if (coding.flexible) readTags(fields, { reader, coding, message });
  return message as Message<F>;
}

/** As {@linkcode readFields}, with a step after each element of a list of the outermost fields. */
export function* readFieldsInSteps<F extends Fields>(
  fields: F,
  { reader, coding }: { reader: WireReader; coding: Coding },
): Generator<void, Message<F>> {
  const message: Record<string, unknown> = {};
  for (const name in fields) {
    const one = fields[name]!;
    if (!carries(one, coding)) message[name] = one.absent;
    else message[name] = one.steps ? yield* one.steps.read(reader, coding) : one.read(reader, coding);
  }
  if (coding.flexible) readTags(fields, { reader, coding, message });
  return message as Message<F>;
}

function readTags(
  fields: Fields,
  { reader, coding, message }: { reader: WireReader; coding: Coding; message: Record<string, unknown> },
): void {
  for (let left = reader.uvarint(); left > 0; left--) {
    reader.count(1);
    const tag = reader.uvarint();
    const size = reader.uvarint();
    const end = reader.position + size;
    const name = Object.keys(fields).find((key) => fields[key]!.tag === tag);
    if (name !== undefined) message[name] = fields[name]!.read(reader, coding);
    if (end < reader.position) throw new WireError(`reading tag ${tag}: longer than its ${size} bytes`);
    reader.raw(end - reader.position);
  }
}

/** Writes the fields that the version carries; tagged fields are left at their defaults. */
export function writeFields<F extends Fields>(
  fields: F,
  { writer, value, coding }: { writer: WireWriter; value: Message<F>; coding: Coding },
): void {
  for (const name in fields) {
    const one = fields[name]!;
    if (carries(one, coding)) one.write(writer, { value: value[name], coding });
  }
  if (coding.flexible) writer.uvarint(0);
}

/** As {@linkcode writeFields}, with a step after each element of a list of the outermost fields. */
export function* writeFieldsInSteps<F extends Fields>(
  fields: F,
  { writer, value, coding }: { writer: WireWriter; value: Message<F>; coding: Coding },
): Generator<void> {
  for (const name in fields) {
    const one = fields[name]!;
    if (!carries(one, coding)) continue;
    if (one.steps) yield* one.steps.write(writer, { value: value[name], coding });
    else one.write(writer, { value: value[name], coding });
  }
  if (coding.flexible) writer.uvarint(0);
}

/** One API: its key, the versions that the tables know, and the two messages. */
export interface Api<Q extends Fields = Fields, S extends Fields = Fields> {
  readonly key: number;
  readonly name: string;
  /** First and last version that the tables describe. */
  readonly versions: readonly [number, number];
  readonly flexibleFrom: number;
  readonly request: Q;
  readonly response: S;
}

/** Keeps the exact fields in the type. */
export function defineApi<Q extends Fields, S extends Fields>(api: Api<Q, S>): Api<Q, S> {
  return api;
}

/** The request of an API. */
export type RequestOf<A> = A extends Api<infer Q, Fields> ? Message<Q> : never;
/** The response of an API. */
export type ResponseOf<A> = A extends Api<Fields, infer S> ? Message<S> : never;

/** How a version of an API is coded. */
export function codingOf(api: Api, version: number): Coding {
  return { version, flexible: version >= api.flexibleFrom };
}
