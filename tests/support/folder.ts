/** Folders and files that a test has for itself, and that go when it is over. */
import { join } from "node:path";

/** Runs with an empty folder, under its real path (a system's temporary folder may be a link). */
export async function withFolder<T>(use: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "streamflow-test-" }));
  try {
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** {@linkcode withFolder} for what is synchronous. */
export function withFolderSync(use: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync({ prefix: "streamflow-test-" });
  try {
    use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Runs with a file of this content, alone in its folder. */
export async function withFile<T>(
  content: string | Uint8Array,
  use: (path: string) => Promise<T> | T,
  name = "file",
): Promise<T> {
  return await withFolder(async (folder) => {
    const path = join(folder, name);
    await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    return await use(path);
  });
}

/** A folder that goes, with all that is in it, when the tests of the calling module are over. */
export async function scratchFolder(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "streamflow-tests-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  return folder;
}
