/** Fetches the files of a data set: each downloaded, checked, and recorded with its SHA-256. */
import { dirname, join } from "node:path";
import { UserError } from "../../runtime/errors.ts";
import { fileKind } from "../../runtime/file_kind.ts";
import { formatCount } from "../../runtime/progress.ts";
import { readBytes } from "../bytes.ts";
import type { CatalogEntry, CatalogFile } from "../catalog/entry.ts";
import { checkUrl } from "./answer.ts";
import { type Download, download } from "./download.ts";
import { FILE_BYTES_MAX, UNPACKED_BYTES_MAX } from "./limits.ts";
import { finishPart, partOf, removePart } from "./part.ts";
import { fileSha256, readSums, recordSum } from "./sums.ts";

/** Who says what a file's SHA-256 is. */
export type SumBy = "catalogue" | "first download";

/** A file that is there. */
export interface FetchedFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** What it was compared with; `null`: nothing was known, and it is recorded now. */
  readonly checkedBy: SumBy | null;
  /** Whether it was there before. */
  readonly wasThere: boolean;
}

/** Where to, and what is said on the way. */
export interface FetchOptions extends Pick<Download, "signal" | "onRemark" | "stallMs" | "retryMs"> {
  readonly folder: string;
  /** Another address: of the file, or of the folder that has the files where they are several. */
  readonly url: string | undefined;
  /** Bytes that are here, of all files. */
  readonly onProgress: (bytes: number, note: string) => void;
}

/**
 * Fetches all files of a data set; those that are there and as they should be stay.
 *
 * @throws {UserError} for the first that cannot be had, or is not what it should be
 * @throws The signal's reason.
 */
export async function fetchDataset(entry: CatalogEntry, options: FetchOptions): Promise<FetchedFile[]> {
  const { folder, onProgress } = options;
  const files = entry.files.map((file) => ({ ...file, url: addressOf(file, { entry, url: options.url }) }));
  files.forEach(({ url }) => checkUrl(url));
  const fetched: FetchedFile[] = [];
  let before = 0;
  for (const file of files) {
    await Deno.mkdir(dirname(join(folder, file.path)), { recursive: true }).catch((error) => {
      throw new UserError(`cannot make the folder ${folder}: ${(error as Error).message}`, {
        hint: "name one that can be written with --folder",
        cause: error,
      });
    });
    const done = await fetchFile(file, {
      ...options,
      onProgress: (bytes) => onProgress(before + bytes, file.path),
    });
    before += done.bytes;
    fetched.push(done);
  }
  return fetched;
}

function addressOf(
  { path, url: published }: CatalogFile,
  { entry, url }: { entry: CatalogEntry; url: string | undefined },
): string {
  if (url === undefined) return published;
  return entry.files.length === 1 ? url : `${url.replace(/\/$/, "")}/${path}`;
}

async function fetchFile(file: CatalogFile, options: FetchOptions): Promise<FetchedFile> {
  const { folder, signal, onRemark } = options;
  const path = join(folder, file.path);
  const recorded = (await readSums(folder)).get(file.path);
  const wanted = file.sha256 ?? recorded;
  const checkedBy: SumBy | null = file.sha256 !== undefined
    ? "catalogue"
    : recorded !== undefined
    ? "first download"
    : null;
  const present = wanted === undefined ? null : await fileSha256(path);
  if (present !== null) {
    const { size: bytes } = await Deno.stat(path);
    if (present === wanted) return { path, bytes, sha256: present, checkedBy, wasThere: true };
    onRemark(`${path} is not as it was published: downloading it again`);
  }
  await download({
    ...{ url: file.url, path, bytes: file.bytes, bytesMax: file.bytes ?? FILE_BYTES_MAX, signal, onRemark },
    onProgress: (bytes) => options.onProgress(bytes, file.path),
    ...(options.stallMs === undefined ? {} : { stallMs: options.stallMs }),
    ...(options.retryMs === undefined ? {} : { retryMs: options.retryMs }),
  });
  const sha256 = await checked(path, { file, wanted, checkedBy, folder });
  await finishPart(path);
  if (recorded !== sha256) await recordSum(folder, { path: file.path, sha256 });
  const { size: bytes } = await Deno.stat(path);
  return { path, bytes, sha256, checkedBy, wasThere: false };
}

/** Of the partial file, that is whole now; what is wrong is removed: going on from it would not mend it. */
async function checked(path: string, { file, wanted, checkedBy, folder }: {
  readonly file: CatalogFile;
  readonly wanted: string | undefined;
  readonly checkedBy: SumBy | null;
  readonly folder: string;
}): Promise<string> {
  try {
    await refusePage(partOf(path), file);
    const sha256 = (await fileSha256(partOf(path)))!;
    if (wanted !== undefined && sha256 !== wanted) {
      throw new UserError(`${file.path} has the SHA-256 ${sha256}, that of the ${checkedBy} is ${wanted}`, {
        hint: checkedBy === "catalogue"
          ? "it was removed; run it again, or name an address of the file as it was published with --url"
          : `it was removed; if its publisher has changed it, remove ${
            join(folder, "SHA256SUMS")
          } and run it again`,
      });
    }
    if (file.path.endsWith(".gz")) await refuseBadGzip(partOf(path), file);
    return sha256;
  } catch (error) {
    if (error instanceof UserError) await removePart(path);
    throw error;
  }
}

/** A page that a proxy or a login puts in the file's place. */
async function refusePage(path: string, { path: name }: CatalogFile): Promise<void> {
  using file = await Deno.open(path);
  const head = new Uint8Array(512);
  const kind = fileKind(head.subarray(0, await file.read(head) ?? 0));
  if (kind !== "an HTML page" && kind !== "empty" && kind !== undefined) return;
  if (kind === undefined && !name.endsWith(".gz")) return;
  throw new UserError(`what came is ${kind ?? "no gzip file"}, and not ${name}`, {
    hint: "a proxy or a login may stand in the way; name another address with --url",
  });
}

/** Unpacks to nowhere: a file that is cut, or unpacks to more than it may, is found here and not in the middle of the work. */
async function refuseBadGzip(
  path: string,
  { path: name, unpackedBytesMax = UNPACKED_BYTES_MAX }: CatalogFile,
) {
  let unpacked = 0;
  for await (const chunk of readBytes(path, "--folder")) {
    unpacked += chunk.length;
    if (unpacked > unpackedBytesMax) {
      throw new UserError(
        `${name} unpacks to more than ${formatCount(unpackedBytesMax)} bytes: that is not the file`,
        {
          hint: "it was removed; name an address of the file as it was published with --url",
        },
      );
    }
  }
}
