/**
 * Downloads a file so that nothing is lost and nothing is taken on trust: what has come stays in `NAME.part` and is gone
 * on with (`Range`, `If-Range`), after a cut in the same run and in the next; a file that has changed in between begins
 * again; no more bytes are taken than it may have. The name appears when the file is whole.
 */
import { sleep } from "../../runtime/clock.ts";
import { UserError } from "../../runtime/errors.ts";
import { formatCount } from "../../runtime/progress.ts";
import { type Answer, ask, PartRefused, Passing, shownUrl, tooLarge } from "./answer.ts";
import { ATTEMPTS_MAX, RETRY_MS, STALL_MS } from "./limits.ts";
import { partOf, readPart, removePart, writePartState } from "./part.ts";

/** What is downloaded, and where to. */
export interface Download {
  readonly url: string;
  readonly path: string;
  /** Its exact size where it is known. */
  readonly bytes: number | undefined;
  readonly bytesMax: number;
  readonly signal: AbortSignal;
  /** How many bytes are here, and how many there will be, where the server says so. */
  readonly onProgress: (bytes: number, total: number | undefined) => void;
  /** Once for each attempt after the first, and for each time that the file begins again. */
  readonly onRemark: (remark: string) => void;
  /** @default {@linkcode STALL_MS} */
  readonly stallMs?: number;
  /** @default {@linkcode RETRY_MS} */
  readonly retryMs?: number;
}

/**
 * Downloads to `PATH.part`; the caller checks it and gives it its name.
 *
 * @throws {UserError} where nothing more comes; what has come stays
 * @throws The signal's reason.
 */
export async function download(asked: Download): Promise<void> {
  const { url, path, signal, onRemark, retryMs = RETRY_MS } = asked;
  for (let attempt = 1;;) {
    const before = (await readPart(path, url))?.bytes ?? 0;
    try {
      if (await attemptOnce(asked)) return;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof PartRefused) {
        onRemark(`${error.message}: beginning again`);
        await removePart(path);
        continue;
      }
      if (!(error instanceof Passing)) throw error;
      const here = (await readPart(path, url))?.bytes ?? 0;
      attempt = here > before ? 1 : attempt + 1;
      if (attempt > ATTEMPTS_MAX) throw givenUp(error, { url, here });
      onRemark(`${error.message}; ${here > 0 ? `going on at ${formatCount(here)} bytes` : "trying again"}`);
      await sleep(retryMs * 2 ** (attempt - 1), signal);
      signal.throwIfAborted();
    }
  }
}

function givenUp(error: Passing, { url, here }: { url: string; here: number }): UserError {
  return new UserError(`${shownUrl(url)} cannot be fetched: ${error.message}`, {
    hint: here > 0
      ? `${formatCount(here)} bytes are kept: run it again to go on from there`
      : "look at the network (HTTPS_PROXY names a proxy), or name another address with --url",
    cause: error,
  });
}

/** @returns whether the file is whole */
async function attemptOnce(asked: Download): Promise<boolean> {
  const { url, path, bytes, bytesMax, signal, stallMs = STALL_MS } = asked;
  const part = await readPart(path, url);
  // It was whole, and something went wrong behind it.
  if (part !== null && part.bytes === bytes) return true;
  const watch = new AbortController();
  const within = AbortSignal.any([signal, watch.signal]);
  let timer = setTimeout(() => watch.abort(), stallMs);
  try {
    const answer = await ask({ url, part, bytes, bytesMax, signal: within });
    if (part !== null && answer.from === 0) {
      asked.onRemark("the file has changed at its source: beginning again");
    }
    if (answer.from === 0) await writePartState(path, { url, validator: answer.validator });
    await write(answer, {
      ...asked,
      onBytes: () => {
        clearTimeout(timer);
        timer = setTimeout(() => watch.abort(), stallMs);
      },
    });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (watch.signal.aborted) {
      throw new Passing(`${new URL(url).host} has sent nothing for ${stallMs / 1000} s`, { cause: error });
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** @throws {Passing} where fewer bytes come than were announced */
async function write(
  { body, from, total }: Answer,
  { url, path, bytesMax, bytes, onProgress, onBytes }: Download & { readonly onBytes: () => void },
): Promise<void> {
  using file = await Deno.open(partOf(path), { write: true, create: true, truncate: from === 0 });
  await file.seek(from, Deno.SeekMode.Start);
  let here = from;
  const whole = total ?? bytes;
  const reader = body.getReader();
  try {
    for (;;) {
      const { value, done } = await readOn(reader, url);
      if (done) break;
      onBytes();
      if (here + value.length > (whole ?? bytesMax)) throw tooLarge(url, whole ?? bytesMax);
      for (let written = 0; written < value.length;) written += await file.write(value.subarray(written));
      here += value.length;
      onProgress(here, whole);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  if (whole !== undefined && here < whole) {
    throw new Passing(`the connection was cut at ${formatCount(here)} of ${formatCount(whole)} bytes`);
  }
  await file.sync();
}

async function readOn(reader: ReadableStreamDefaultReader<Uint8Array>, url: string) {
  try {
    return await reader.read();
  } catch (error) {
    throw new Passing(`the connection to ${new URL(url).host} was cut`, { cause: error });
  }
}
