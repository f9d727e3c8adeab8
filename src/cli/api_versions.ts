/**
 * Asks a broker which APIs it has: ApiVersions v0, which every broker answers, before any login. By hand on a
 * plain connection, so that `doctor` can tell a broker from something else before a client library tries.
 */
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ConnectionOptions } from "../kafka/port.ts";

/** Versions of one API. */
export interface ApiRange {
  readonly key: number;
  readonly min: number;
  readonly max: number;
}

/** Largest answer that is taken for one, in bytes. */
const ANSWER_BYTES_MAX = 65_536;
const CORRELATION_ID = 1;

/** Length, ApiVersions (18), version 0, correlation id, client id (null). */
function request(): Uint8Array {
  const view = new DataView(new ArrayBuffer(14));
  view.setInt32(0, 10);
  view.setInt16(4, 18);
  view.setInt16(6, 0);
  view.setInt32(8, CORRELATION_ID);
  view.setInt16(12, -1);
  return new Uint8Array(view.buffer);
}

/** Reads an answer without its length; `undefined` for bytes that are none. */
export function parseApiVersions(bytes: Uint8Array): ApiRange[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 10 || view.getInt32(0) !== CORRELATION_ID || view.getInt16(4) !== 0) return undefined;
  const count = view.getInt32(6);
  if (count < 0 || bytes.length < 10 + count * 6) return undefined;
  return Array.from({ length: count }, (_, i) => ({
    key: view.getInt16(10 + i * 6),
    min: view.getInt16(12 + i * 6),
    max: view.getInt16(14 + i * 6),
  }));
}

async function readAnswer(socket: Socket): Promise<Uint8Array | undefined> {
  let bytes = new Uint8Array(0);
  for await (const chunk of socket as AsyncIterable<Uint8Array>) {
    bytes = Uint8Array.from([...bytes, ...chunk]);
    if (bytes.length < 4) continue;
    const length = new DataView(bytes.buffer).getInt32(0);
    if (length < 0 || length > ANSWER_BYTES_MAX) return undefined;
    if (bytes.length >= 4 + length) return bytes.slice(4, 4 + length);
  }
  return undefined;
}

/**
 * Asks one broker.
 *
 * @param address `host:port`
 * @returns `undefined` where something answers that is no Kafka broker.
 * @throws {Error} of the system where nothing can be reached within `timeoutMs`.
 */
export async function askApiVersions(
  address: string,
  options: { tls?: ConnectionOptions["tls"]; timeoutMs: number },
): Promise<ApiRange[] | undefined> {
  const at = address.lastIndexOf(":");
  const where = { host: address.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(address.slice(at + 1)) };
  const socket = options.tls === undefined ? connectTcp(where) : connectTls({ ...where, ...options.tls });
  const timer = setTimeout(
    () => socket.destroy(new Error(`no answer within ${options.timeoutMs} ms`)),
    options.timeoutMs,
  );
  try {
    await once(socket, options.tls === undefined ? "connect" : "secureConnect");
    socket.write(request());
    const answer = await readAnswer(socket);
    return answer && parseApiVersions(answer);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
