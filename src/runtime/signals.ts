/** SIGINT and SIGTERM as one AbortSignal: the first asks to finish, the second ends at once. */

/** Why a command was asked to stop. */
export type StopReason = "SIGINT" | "SIGTERM" | "output closed";

/** What asks the running command to stop. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
  /** Who asked, `undefined` as long as nobody did. */
  reason(): StopReason | undefined;
  /** Asks the command to finish what is in hand. */
  stop(reason: StopReason): void;
}

/** Signals of the operating system; an argument so that tests can send their own. */
export interface SignalSource {
  add(signal: Deno.Signal, handler: () => void): void;
  remove(signal: Deno.Signal, handler: () => void): void;
}

const osSignals: SignalSource = {
  add: (signal, handler) => Deno.addSignalListener(signal, handler),
  remove: (signal, handler) => Deno.removeSignalListener(signal, handler),
};

/**
 * Listens for SIGINT and SIGTERM (SIGBREAK takes the place of SIGTERM on Windows).
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
    if (reason === "SIGINT" || reason === "SIGTERM") atOnce();
    else stop(why);
  };
  const handlers: [Deno.Signal, () => void][] = [
    ["SIGINT", onSignal("SIGINT")],
    [windows ? "SIGBREAK" : "SIGTERM", onSignal("SIGTERM")],
  ];
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
