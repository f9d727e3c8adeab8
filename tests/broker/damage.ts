/** Files that a disk has damaged, for tests of what is left. */
import type { Random } from "../../nn/mod.ts";
import { mutate } from "../support/mutate.ts";

/** Copies a directory with all that is in it. */
export function copyDirectory(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyDirectory(`${from}/${name}`, `${to}/${name}`);
    else Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Bytes of all segments below a directory: none may go. */
export function recordBytes(directory: string): number {
  let sum = 0;
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) sum += recordBytes(path);
    else if (/^\d{20}\.log(\.cut)?$/.test(name)) sum += Deno.statSync(path).size;
  }
  return sum;
}

/** One damage: a changed bit or piece, a run of zeros, a missing end, a missing file. */
export function damage(random: Random, bytes: Uint8Array): Uint8Array {
  const at = random.integer(bytes.length);
  switch (random.integer(8)) {
    case 0:
      return bytes.slice().fill(0, at, at + 1 + random.integer(600));
    case 1:
      return bytes.slice(0, at);
    case 2:
      return new Uint8Array(bytes.length);
    case 3:
      return bytes.map((byte, index) => index >= at && index < at + 300 ? random.integer(256) : byte);
    default:
      return mutate(random, bytes, bytes);
  }
}
