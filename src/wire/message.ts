/** Requests and responses: header and body together, by API and version. */
import { WireReader } from "./reader.ts";
import {
  type Api,
  codingOf,
  type Fields,
  type Message,
  readFields,
  readFieldsInSteps,
  writeFields,
  writeFieldsInSteps,
} from "./schema.ts";
import { finish } from "./steps.ts";
import { WireWriter } from "./writer.ts";

/** What stands before every request. */
export interface RequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
}

/** Reads key, version and correlation id: the part that every version shares. */
export function readRequestHeader(reader: WireReader): RequestHeader {
  const apiKey = reader.int16();
  const apiVersion = reader.int16();
  const correlationId = reader.int32();
  const length = reader.length("string", false);
  return { apiKey, apiVersion, correlationId, clientId: length < 0 ? null : reader.text(length) };
}

function skipTags(reader: WireReader): void {
  for (let left = reader.uvarint(); left > 0; left--) {
    reader.count(1);
    reader.uvarint();
    reader.raw(reader.uvarint());
  }
}

/** Reads the body of a request whose header has been read. */
export function readRequestBody<Q extends Fields>(
  api: Api<Q, Fields>,
  request: { reader: WireReader; version: number },
): Message<Q> {
  return finish(readRequestBodyInSteps(api, request));
}

/** As {@linkcode readRequestBody}: a long one need not be read in one go. */
export function* readRequestBodyInSteps<Q extends Fields>(
  api: Api<Q, Fields>,
  { reader, version }: { reader: WireReader; version: number },
): Generator<void, Message<Q>> {
  const coding = codingOf(api, version);
  if (coding.flexible) skipTags(reader);
  return yield* readFieldsInSteps(api.request, { reader, coding });
}

const API_VERSIONS_KEY = 18;

/** A response as a frame, length prefix included, in chunks. */
export function writeResponse<S extends Fields>(
  api: Api<Fields, S>,
  response: { value: Message<S>; version: number; correlationId: number },
): Uint8Array[] {
  return finish(writeResponseInSteps(api, response));
}

/** As {@linkcode writeResponse}: a long one need not be written in one go. */
export function* writeResponseInSteps<S extends Fields>(
  api: Api<Fields, S>,
  { value, version, correlationId }: { value: Message<S>; version: number; correlationId: number },
): Generator<void, Uint8Array[]> {
  const coding = codingOf(api, version);
  const body = new WireWriter();
  body.int32(correlationId);
  if (coding.flexible && api.key !== API_VERSIONS_KEY) body.uvarint(0);
  yield* writeFieldsInSteps(api.response, { writer: body, value, coding });
  return framed(body);
}

/** A request as a frame, length prefix included, in chunks. */
export function writeRequest<Q extends Fields>(
  api: Api<Q, Fields>,
  { value, header }: { value: Message<Q>; header: RequestHeader },
): Uint8Array[] {
  const coding = codingOf(api, header.apiVersion);
  const body = new WireWriter();
  body.int16(header.apiKey);
  body.int16(header.apiVersion);
  body.int32(header.correlationId);
  body.text(header.clientId, false);
  if (coding.flexible) body.uvarint(0);
  writeFields(api.request, { writer: body, value, coding });
  return framed(body);
}

/** Reads a response frame (without its length prefix). */
export function readResponse<S extends Fields>(
  api: Api<Fields, S>,
  { frame, version }: { frame: Uint8Array; version: number },
): { readonly correlationId: number; readonly value: Message<S> } {
  const coding = codingOf(api, version);
  const reader = new WireReader(frame);
  const correlationId = reader.int32();
  if (coding.flexible && api.key !== API_VERSIONS_KEY) skipTags(reader);
  return { correlationId, value: readFields(api.response, { reader, coding }) };
}

function framed(body: WireWriter): Uint8Array[] {
  const prefix = new WireWriter();
  prefix.int32(body.size);
  return [prefix.bytes(), ...body.chunks()];
}
