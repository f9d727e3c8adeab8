/** A disk with little room, to be filled. */
import assert from "node:assert/strict";

/** Bytes of it. */
export const DISK_BYTES = 2_000_000;

function run(command: string, args: string[]): string | null {
  const { success, stderr } = new Deno.Command(command, { args, stderr: "piped" }).outputSync();
  return success ? null : new TextDecoder().decode(stderr).trim();
}

type Use = (path: string) => void | Promise<void>;

/** Runs with a disk of its own; what keeps this user from having one, otherwise `null`. */
async function withSmallDisk(use: Use): Promise<string | null> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "only root on Linux mounts one";
  const path = await Deno.makeTempDir();
  const problem = run("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", path]);
  try {
    if (problem === null) await use(path);
  } finally {
    if (problem === null) assert.equal(run("umount", [path]), null);
    await Deno.remove(path);
  }
  return problem;
}

/** `Deno.test` with a disk of 2 MB; ignored, and said why, where there can be none. @param who for that line */
export async function smallDiskTest(who: string): Promise<(name: string, use: Use) => void> {
  const problem = await withSmallDisk(() => {});
  if (problem !== null) console.log(`${who}: skipped, there is no small disk: ${problem}`);
  return (name, use) =>
    Deno.test({ name, ignore: problem !== null, fn: async () => void await withSmallDisk(use) });
}
