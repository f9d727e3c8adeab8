/** The embedded broker as a process of its own, in memory, for as long as it is needed. */
import { UserError } from "../runtime/errors.ts";

/** Like the tasks of deno.json: short-lived garbage is most of what there is. */
const V8_FLAGS = "--v8-flags=--max-semi-space-size=4";

/** A broker that is running. */
export interface OwnBroker extends AsyncDisposable {
  readonly address: string;
  readonly pid: number;
}

/** This program again, with other arguments. */
function ownCommand(args: readonly string[]): Deno.Command {
  const program = Deno.build.standalone ? [] : ["run", "-A", "--quiet", V8_FLAGS, Deno.mainModule];
  return new Deno.Command(Deno.execPath(), {
    args: [...program, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  });
}

/** Waits for the line with the address; the rest is not read. */
async function readAddress(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const found = /"ready":"([^"]+)"/.exec(text);
    if (found !== null) return found[1]!;
  }
  throw new UserError(`the embedded broker ended before it was ready: it said '${text.trim()}'`, {
    hint: "try it by itself: streamflow broker --memory --listen 127.0.0.1:0",
  });
}

/** Starts it on a free port. @throws {UserError} where it does not come to be ready */
export async function startOwnBroker(): Promise<OwnBroker> {
  const child = ownCommand(["broker", "--memory", "--listen", "127.0.0.1:0", "--json"]).spawn();
  let ended = false;
  const status = child.status.then(() => ended = true);
  const stop = async () => {
    if (!ended) child.kill("SIGTERM");
    await status;
  };
  try {
    const address = await readAddress(child.stdout);
    return { address, pid: child.pid, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
