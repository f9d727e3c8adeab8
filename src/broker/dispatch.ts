/** One request frame → one response frame: finds the handler, checks the version, reads and writes the messages. */
import { apiVersionsApi, produceApi } from "../wire/api/records.ts";
import { readRequestBodyInSteps, readRequestHeader, writeResponseInSteps } from "../wire/message.ts";
import { WireError, WireReader } from "../wire/reader.ts";
import type { Message } from "../wire/schema.ts";
import { inTurns, then } from "./elements.ts";
import { refuseApiVersions } from "./handle/18_api_versions.ts";
import type { RequestContext } from "./handler.ts";
import { HANDLERS } from "./handlers.ts";
import { ELEMENT_BYTES, REQUEST_ELEMENTS_MAX } from "./limits.ts";
import { reasonLeftOut } from "./left_out.ts";

/** What surrounds a request before it is read. */
export interface Surroundings extends Omit<RequestContext, "version" | "clientId"> {
  /** Called with the memory that the request takes while it is worked on, in bytes. */
  readonly onHold: (sizeBytes: number) => void;
}

/**
 * Answers a request. The answer may come later.
 * @returns chunks of the response frame; empty where no answer is wanted.
 * @throws {WireError} where the request cannot be read or its API or version is not served: the connection must close.
 */
export function dispatch(
  frame: Uint8Array,
  context: Surroundings,
): Uint8Array[] | Promise<Uint8Array[]> {
  const reader = new WireReader(frame);
  reader.elementsMax = REQUEST_ELEMENTS_MAX;
  const header = readRequestHeader(reader);
  const handler = HANDLERS.get(header.apiKey);
  if (handler === undefined) {
    const reason = reasonLeftOut(header.apiKey) ?? "Kafka has no such API";
    throw new WireError(`request with API key ${header.apiKey}, which is not served (${reason})`);
  }
  const { apiVersion: version, correlationId } = header;
  const { api, versions: [first, last] } = handler;
  if (version < first || version > last) {
    if (api.key === apiVersionsApi.key) {
      return refuseApiVersions(HANDLERS.values(), correlationId);
    }
    const hint = api.key === produceApi.key ? " (message formats 0 and 1 are left out)" : "";
    throw new WireError(`${api.name} version ${version}: ${first} to ${last} are served${hint}`);
  }
  context.onHold(frame.length);
  const write = (value: Message<typeof api.response> | null) =>
    value === null ? [] : inTurns(writeResponseInSteps(api, { value, version, correlationId }), context);
  const read = inTurns(readRequestBodyInSteps(api, { reader, version }), context);
  return then(read, (request) => {
    context.onHold(frame.length + ELEMENT_BYTES * reader.elements);
    const whole = { ...context, version, clientId: header.clientId ?? "" };
    return then<Message<typeof api.response> | null, Uint8Array[]>(handler.handle(request, whole), write);
  });
}
