/** One request for a file, or for the rest of it: what the server's answer says, checked before anything is written. */
import { UserError } from "../../runtime/errors.ts";
import { formatCount } from "../../runtime/progress.ts";
import { REDIRECTS_MAX } from "./limits.ts";

/** What is asked for. */
export interface Asked {
  readonly url: string;
  /** Bytes that are there already, and of which version; `null` asks for the whole. */
  readonly part: { readonly bytes: number; readonly validator: string } | null;
  /** Bytes that the file may have at most. */
  readonly bytesMax: number;
  /** Its exact size where it is known. */
  readonly bytes: number | undefined;
  readonly signal: AbortSignal;
}

/** What comes. */
export interface Answer {
  readonly body: ReadableStream<Uint8Array>;
  /** Where in the file the body begins. */
  readonly from: number;
  /** Bytes of the whole file, where the server says so. */
  readonly total: number | undefined;
  readonly validator: string | null;
}

/** The server cannot be reached or is busy: worth another attempt. */
export class Passing extends Error {}

/** The partial file cannot be gone on with: the whole is asked for. */
export class PartRefused extends Error {}

/** An address for people: without what may be secret in it. */
export function shownUrl(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** @throws {UserError} where it is no address of the web */
export function checkUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed !== null && /^https?:$/.test(parsed.protocol)) return;
  throw new UserError(`${url} is no address of a file on the web`, {
    hint: "give one that begins with https:// with --url",
    exitCode: 2,
  });
}

/**
 * Asks for a file.
 *
 * @throws {Passing} where another attempt may help
 * @throws {PartRefused} where the whole has to be asked for
 * @throws {UserError} where nothing helps but another address
 */
export async function ask(asked: Asked): Promise<Answer> {
  const response = await followed(asked);
  const { part } = asked;
  // All of it is here already.
  if (response.status === 416 && response.headers.get("content-range") === `bytes */${part?.bytes}`) {
    await response.body?.cancel().catch(() => {});
    return { body: new Blob().stream(), from: part!.bytes, total: part!.bytes, validator: part!.validator };
  }
  if (response.ok && response.body !== null) {
    try {
      return answerOf(response, asked);
    } catch (error) {
      await response.body.cancel().catch(() => {});
      throw error;
    }
  }
  await response.body?.cancel().catch(() => {});
  throw failureOf(response, asked);
}

async function followed({ url, part, signal }: Asked): Promise<Response> {
  const headers = {
    // The bytes as they are stored: lengths and ranges are of those.
    "accept-encoding": "identity",
    ...(part === null ? {} : { range: `bytes=${part.bytes}-`, "if-range": part.validator }),
  };
  let at = new URL(url);
  for (let redirects = 0;; redirects++) {
    const response = await reach(at, { headers, signal });
    const location = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response;
    await response.body?.cancel().catch(() => {});
    const next = URL.canParse(location, at.href) ? new URL(location, at) : null;
    const stays = next !== null && next.hostname === at.hostname &&
      (next.protocol === "https:" || next.protocol === at.protocol);
    if (!stays) {
      throw new UserError(
        `${shownUrl(url)} redirects elsewhere: to ${next === null ? "no address" : shownUrl(next.href)}`,
        { hint: "if you trust that address, name it with --url" },
      );
    }
    if (redirects === REDIRECTS_MAX) {
      throw new UserError(`${shownUrl(url)} redirects more than ${REDIRECTS_MAX} times`, {
        hint: "name another address with --url",
      });
    }
    at = next;
  }
}

async function reach(url: URL, init: { headers: Record<string, string>; signal: AbortSignal }) {
  try {
    return await fetch(url, { ...init, redirect: "manual" });
  } catch (error) {
    init.signal.throwIfAborted();
    throw new Passing(`cannot reach ${url.host}: ${reasonOf(error)}`, { cause: error });
  }
}

/** The innermost reason, as the system words it. */
function reasonOf(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  const message = inner instanceof Error ? inner.message : String(inner);
  if (/dns error|lookup address/i.test(message)) return "its name is not known here";
  if (/refused/i.test(message)) return "it refuses the connection";
  if (/certificate/i.test(message)) return "its certificate is not accepted";
  return message.split(": ").at(-1)!;
}

function answerOf(response: Response, { url, part, bytesMax, bytes }: Asked): Answer {
  const { status, headers, body } = response;
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
  if (status === 206 && part === null) {
    throw new UserError(`${shownUrl(url)} sends a part of the file, and the whole was asked for`, {
      hint: "name another address with --url",
    });
  }
  if (status === 206 && (range === null || Number(range[1]) !== part!.bytes)) {
    throw new PartRefused("the server sends another part than the one that was asked for");
  }
  const from = status === 206 ? part!.bytes : 0;
  const length = lengthOf(headers.get("content-length"));
  const total = range !== null && range[3] !== "*"
    ? Number(range[3])
    : length === undefined
    ? undefined
    : from + length;
  if (total !== undefined && bytes !== undefined && total !== bytes) {
    throw new UserError(
      `${shownUrl(url)} has ${formatCount(total)} bytes, ${
        formatCount(bytes)
      } are expected: it is another file`,
      { hint: "name an address of the file as it was published with --url" },
    );
  }
  if (total !== undefined && total > bytesMax) throw tooLarge(url, bytesMax);
  const etag = headers.get("etag");
  // A weak one says that two files mean the same, not that their bytes are the same.
  const validator = etag !== null && !etag.startsWith("W/") ? etag : headers.get("last-modified");
  return { body: body!, from, total, validator };
}

function lengthOf(header: string | null): number | undefined {
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}

/** The file has more bytes than are taken. */
export function tooLarge(url: string, bytesMax: number): UserError {
  return new UserError(
    `${shownUrl(url)} has more than ${formatCount(bytesMax)} bytes: that is not the file`,
    {
      hint: "name another address with --url",
    },
  );
}

function failureOf({ status, statusText }: Response, { url, part }: Asked): Error {
  if (status === 416 && part !== null) return new PartRefused("the server has no more bytes than are here");
  const said = `${status} ${statusText}`.trim();
  if (status === 408 || status === 429 || status >= 500) {
    return new Passing(`${shownUrl(url)} answers ${said}`);
  }
  const gone = status === 404 || status === 410;
  return new UserError(
    gone ? `there is no ${shownUrl(url)} (${said})` : `${shownUrl(url)} answers ${said}, and no file`,
    { hint: "the publisher may have moved it: name its address with --url" },
  );
}
