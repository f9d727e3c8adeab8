/** SHA-256 of files, and the list of those that were downloaded: `SHA256SUMS`, as `sha256sum --check` reads it. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { saveFile } from "../../runtime/save_file.ts";

const NAME = "SHA256SUMS";

/** SHA-256 of a file, hexadecimal; `null` where there is none. */
export async function fileSha256(path: string): Promise<string | null> {
  const hash = createHash("sha256");
  try {
    using file = await Deno.open(path);
    const chunk = new Uint8Array(1024 * 1024);
    for (let read = await file.read(chunk); read !== null; read = await file.read(chunk)) {
      hash.update(chunk.subarray(0, read));
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  return hash.digest("hex");
}

/** What earlier downloads into a folder recorded, by path below it. */
export async function readSums(folder: string): Promise<Map<string, string>> {
  const text = await Deno.readTextFile(join(folder, NAME)).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  return new Map(
    [...text.matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm)].map(([, sha256, path]) => [path!, sha256!]),
  );
}

/** Records one more. @returns the file that holds them */
export async function recordSum(folder: string, { path, sha256 }: { path: string; sha256: string }) {
  const sums = (await readSums(folder)).set(path, sha256);
  const lines = [...sums].map(([path, sha256]) => `${sha256}  ${path}\n`);
  const file = join(folder, NAME);
  await saveFile(file, new TextEncoder().encode(lines.join("")), { what: "checksums", flag: "--folder" });
  return file;
}
