/** Files of pages, embedded as text: sent with a tag so that they travel once, compressed once. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Context } from "hono";

/** A file as it is served. */
export interface Asset {
  readonly type: string;
  readonly text: string;
}

interface Prepared {
  readonly tag: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
}

const prepared = new WeakMap<Asset, Prepared>();

/** Made when it is first asked for. */
function prepare(asset: Asset): Prepared {
  const known = prepared.get(asset);
  if (known !== undefined) return known;
  const plain = Buffer.from(asset.text);
  const made = {
    tag: createHash("sha256").update(plain).digest("base64url").slice(0, 22),
    plain: new Uint8Array(plain),
    gzip: new Uint8Array(gzipSync(plain, { level: 9 })),
  };
  prepared.set(asset, made);
  return made;
}

/** Whether the client takes gzip. */
export function takesGzip(c: Context): boolean {
  return (c.req.header("accept-encoding") ?? "").split(",").some((coding) =>
    /^\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*$)[\d.]+\s*)?$/i.test(coding)
  );
}

/** The answer that is the file; 304 where the client has it. @param headers Beside the usual. */
export function assetResponse(
  c: Context,
  asset: Asset,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { tag, plain, gzip } = prepare(asset);
  const isGzip = takesGzip(c) && gzip.length < plain.length;
  const etag = `"${tag}${isGzip ? "-gzip" : ""}"`;
  const all = { etag, "cache-control": "private, no-cache", "vary": "Accept-Encoding", ...headers };
  const known = (c.req.header("if-none-match") ?? "").split(",").map((one) => one.trim().replace(/^W\//, ""));
  if (known.includes(etag) || known.includes("*")) return c.body(null, 304, all);
  return c.body(isGzip ? gzip : plain, 200, {
    ...all,
    "content-type": asset.type,
    ...(isGzip ? { "content-encoding": "gzip" } : {}),
  });
}
