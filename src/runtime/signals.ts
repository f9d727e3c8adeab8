/** SIGINT, SIGTERM and SIGHUP as one AbortSignal: the first asks to finish, the second ends at once. */

/** Why a command was asked to stop. */
export type StopReason = "SIGINT" | "SIGTERM" | "SIGHUP" | "output closed";

/** What asks the running command to stop. */
export interface Interruption extends Disposable {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Who asked, `undefined` as long as nobody did. */
  reason(): StopReason | undefined;
  /** Asks the command to finish what is in hand. */
  stop(reason: StopReason): void;
}

/** Signals of the operating system; an argument so that tests can send their own. */
export interface SignalSource {
  /** `Deno.addSignalListener`. */
  add(signal: Deno.Signal, handler: () => void): void;
  /** `Deno.removeSignalListener`. */
  remove(signal: Deno.Signal, handler: () => void): void;
}

const osSignals: SignalSource = {
  add: (signal, handler) => {
    if (signal !== "SIGHUP" || !isHangupIgnored()) Deno.addSignalListener(signal, handler);
  },
  remove: (signal, handler) => Deno.removeSignalListener(signal, handler),
};

/** `nohup` asks that the end of the terminal is no end: only Linux says so. */
function isHangupIgnored(): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1];
    return mask !== undefined && (BigInt(`0x${mask}`) & 1n) === 1n;
  } catch {
    return false; // another system, or the file may not be read
  }
}

/**
 * Listens for SIGINT, SIGTERM and SIGHUP, the end of the terminal (Windows: SIGBREAK in the place of the latter two).
 *
 * @param atOnce Called on the second signal: the process has to end now.
 */
export function listenForSignals(
  atOnce: () => void,
  options: { source?: SignalSource; windows?: boolean } = {},
): Interruption {
  const source = options.source ?? osSignals;
  const windows = options.windows ?? Deno.build.os === "windows";
  const controller = new AbortController();
  let reason: StopReason | undefined;
  const stop = (why: StopReason) => {
    reason ??= why;
    controller.abort(new DOMException(`stopped: ${why}`, "AbortError"));
  };
  const onSignal = (why: StopReason) => () => {
    if (reason !== undefined && reason !== "output closed") atOnce();
    else stop(why);
  };
  const handlers: [Deno.Signal, () => void][] = [
    ["SIGINT", onSignal("SIGINT")],
    [windows ? "SIGBREAK" : "SIGTERM", onSignal("SIGTERM")],
  ];
  if (!windows) handlers.push(["SIGHUP", onSignal("SIGHUP")]);
  for (const [signal, handler] of handlers) source.add(signal, handler);
  return {
    signal: controller.signal,
    reason: () => reason,
    stop,
    [Symbol.dispose]: () => {
      for (const [signal, handler] of handlers) source.remove(signal, handler);
    },
  };
}
