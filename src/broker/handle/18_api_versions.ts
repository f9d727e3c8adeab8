/**
 * ApiVersions, key 18, versions 0–4: what the broker serves, read off its own table of handlers.
 * A version that is not known is answered in version 0 with UNSUPPORTED_VERSION, so that the client can ask again.
 * Left out: features (KIP-584): there are none to agree on.
 */
import { apiVersionsApi } from "../../wire/api/records.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { writeResponse } from "../../wire/message.ts";
import type { ResponseOf } from "../../wire/schema.ts";
import { defineHandler, type Handler } from "../handler.ts";

function describe(handlers: Iterable<Handler>, errorCode: ErrorCode): ResponseOf<typeof apiVersionsApi> {
  const apiKeys = Array.from(handlers, ({ api, versions, advertised }) => {
    const [minVersion, maxVersion] = advertised ?? versions;
    return { apiKey: api.key, minVersion, maxVersion };
  });
  return { errorCode, apiKeys: apiKeys.sort((a, b) => a.apiKey - b.apiKey), throttleTimeMs: 0 };
}

/** Serves ApiVersions from a table that it stands in itself. */
export function apiVersionsHandler(handlers: () => Iterable<Handler>) {
  return defineHandler({
    api: apiVersionsApi,
    versions: [0, 4],
    handle: () => describe(handlers(), ErrorCode.NONE),
  });
}

/** What a client hears whose ApiVersions is newer than the broker's. */
export function refuseApiVersions(handlers: Iterable<Handler>, correlationId: number): Uint8Array[] {
  const value = describe(handlers, ErrorCode.UNSUPPORTED_VERSION);
  return writeResponse(apiVersionsApi, { value, version: 0, correlationId });
}
