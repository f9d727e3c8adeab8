/**
 * Asks a broker which APIs it has: ApiVersions v0, which every broker answers, before any login. On a plain
 * connection, so that `doctor` can distinguish a broker from something else before a client library tries.
 */
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ConnectionOptions } from "../../kafka/port.ts";
import { apiVersionsApi } from "../../wire/api/records.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { FrameSplitter } from "../../wire/frame.ts";
import { readResponse, writeRequest } from "../../wire/message.ts";
import { WireError } from "../../wire/reader.ts";
import type { ResponseOf } from "../../wire/schema.ts";

/** Versions of one API. */
export type ApiRange = ResponseOf<typeof apiVersionsApi>["apiKeys"][number];

/** Largest answer that is taken for one, in bytes. */
const ANSWER_BYTES_MAX = 65_536;
const HEADER = { apiKey: apiVersionsApi.key, apiVersion: 0, correlationId: 1, clientId: null };

async function readAnswer(socket: Socket): Promise<ApiRange[] | undefined> {
  const splitter = new FrameSplitter(ANSWER_BYTES_MAX);
  try {
    for await (const chunk of socket as AsyncIterable<Uint8Array>) {
      for (const frame of splitter.push(chunk)) {
        const { correlationId, value } = readResponse(apiVersionsApi, { frame, version: HEADER.apiVersion });
        const isAnswer = correlationId === HEADER.correlationId && value.errorCode === ErrorCode.NONE;
        return isAnswer ? value.apiKeys : undefined;
      }
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
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
    const value = { clientSoftwareName: "", clientSoftwareVersion: "" };
    for (const chunk of writeRequest(apiVersionsApi, { value, header: HEADER })) socket.write(chunk);
    return await readAnswer(socket);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
