// Not pure: it is the terminal.
/** The terminal that the program runs in, with all that a terminal may lack. */
import { writeAllSync } from "../../runtime/output.ts";
import { SCREEN_MIN } from "./limits.ts";
import type { ScreenSize } from "./frame.ts";
import type { Terminal } from "./screen.ts";

/** Where no signal reports a new size, it is polled this often, in ms. */
const SIZE_POLL_MS = 500;

/** Size of the terminal on standard output; `null` where there is none. */
export function terminalSize(): ScreenSize | null {
  if (!Deno.stdout.isTerminal()) return null;
  try {
    const { columns, rows } = Deno.consoleSize();
    return columns > 0 && rows > 0 ? { columns, rows } : null;
  } catch {
    return null; // standard output is a terminal without a size, as in some containers
  }
}

/** Why there can be no screen; `null` where there can. */
export function whyNoScreen(
  { size, environment }: {
    size: ScreenSize | null;
    environment: Readonly<Record<string, string | undefined>>;
  },
): string | null {
  if (size === null) return "standard output is not a terminal";
  if (environment["TERM"] === "dumb") return "TERM is dumb";
  if (!["", "0", "false", undefined].includes(environment["CI"])) return "CI is set";
  if (size.columns >= SCREEN_MIN.columns && size.rows >= SCREEN_MIN.rows) return null;
  return `the terminal has ${size.columns}×${size.rows} cells, a screen needs ${SCREEN_MIN.columns}×${SCREEN_MIN.rows}`;
}

/** The terminal, or why there is no screen to be had. */
export function openTerminal(): { terminal: Terminal } | { reason: string } {
  const environment = { TERM: Deno.env.get("TERM"), CI: Deno.env.get("CI") };
  const reason = whyNoScreen({ size: terminalSize(), environment });
  return reason === null ? { terminal: systemTerminal } : { reason };
}

const systemTerminal: Terminal = {
  write: (text) => void writeAllSync(Deno.stdout, text),
  size: terminalSize,
  onResize,
  onSuspend,
  openKeys,
};

function onResize(changed: () => void): () => void {
  if (Deno.build.os === "windows") {
    let last = terminalSize();
    const timer = setInterval(() => {
      const now = terminalSize();
      if (now?.columns === last?.columns && now?.rows === last?.rows) return;
      last = now;
      changed();
    }, SIZE_POLL_MS);
    return () => clearInterval(timer);
  }
  // After a stop the shell has written on the screen.
  const signals = ["SIGWINCH", "SIGCONT"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, changed);
  return () => {
    for (const signal of signals) Deno.removeSignalListener(signal, changed);
  };
}

/** Keys are read: raw mode is ours to switch off for a stop and on again after it. */
let isReadingKeys = false;

function onSuspend(leave: () => void, enter: () => void): () => void {
  if (Deno.build.os === "windows") return () => {};
  let isSuspended = false;
  const stop = () => {
    isSuspended = true;
    leave();
    if (isReadingKeys) setRaw(false);
    Deno.kill(Deno.pid, "SIGSTOP"); // SIGTSTP that is listened to stops nothing by itself
  };
  const goOn = () => {
    if (!isSuspended) return;
    isSuspended = false;
    if (isReadingKeys) setRaw(true);
    enter();
  };
  Deno.addSignalListener("SIGTSTP", stop);
  Deno.addSignalListener("SIGCONT", goOn);
  return () => {
    Deno.removeSignalListener("SIGTSTP", stop);
    Deno.removeSignalListener("SIGCONT", goOn);
  };
}

/** Raw mode: keys at once and unseen. Ctrl-C stays a signal where the system can do that. */
function setRaw(raw: boolean): boolean {
  try {
    Deno.stdin.setRaw(raw, { cbreak: raw && Deno.build.os !== "windows" });
    return true;
  } catch {
    return false; // ENOTTY and the like: standard input looks like a terminal and is none
  }
}

function openKeys(typed: (input: string) => void): (() => void) | null {
  if (!Deno.stdin.isTerminal() || !setRaw(true)) return null;
  isReadingKeys = true;
  let open = true;
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(256);
  const read = async () => {
    while (open) {
      const bytes = await Deno.stdin.read(buffer);
      if (bytes === null) return;
      if (open) typed(decoder.decode(buffer.subarray(0, bytes), { stream: true }));
    }
  };
  // A terminal that goes away ends its program by SIGHUP: there is nothing to read any more.
  read().catch(() => {});
  return () => {
    open = false;
    isReadingKeys = false;
    setRaw(false);
  };
}
