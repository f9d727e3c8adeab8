/** A script of this folder as a process that is killed at a chosen moment. */
import assert from "node:assert/strict";

/** Starts `script` on a directory and kills it after `lines` lines; its whole lines. */
export async function killAfterLines(
  script: string,
  { directory, lines }: { directory: string; lines: number },
): Promise<string[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", new URL(`./${script}`, import.meta.url).pathname, directory],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let text = "";
  let killed = false;
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (killed || text.split("\n").length <= lines) continue;
    killed = true;
    child.kill("SIGKILL");
  }
  await child.status;
  assert.ok(killed, `the process ended by itself: ${text.slice(-200)}`);
  return text.slice(0, text.lastIndexOf("\n")).split("\n");
}
