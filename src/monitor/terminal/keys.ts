/** Bytes of a terminal in raw mode → what they ask for. Pure. */
import { REFRESH_STEPS_MS } from "./limits.ts";

/** What a key asks for. */
export type KeyAction = "quit" | "help" | "close" | "pause" | "page" | "slower" | "faster" | "reset";

/** What each key asks for on every screen. */
const ACTIONS: Readonly<Record<string, KeyAction>> = {
  "q": "quit",
  "Q": "quit",
  "\x03": "quit",
  "\x04": "quit",
  "?": "help",
  "h": "help",
  "p": "pause",
  " ": "pause",
  "+": "slower",
  "=": "slower",
  "-": "faster",
  "_": "faster",
  "r": "reset",
  "f": "page",
};

/** Arrows, function keys, mouse: a sequence that begins with Esc and means nothing here. */
// deno-lint-ignore no-control-regex
const SEQUENCE = /^\x1b(?:\[[0-9;?<]*[ -/]*[@-~]|O.|[^[O\x1b])/;

/** The actions of a piece of input, in order; what means nothing is left out. `more` are keys of a screen of its own. */
export function actionsOf<More = never>(
  input: string,
  more: Readonly<Record<string, More>> = {},
): (KeyAction | More)[] {
  const actions: (KeyAction | More)[] = [];
  for (let rest = input; rest !== "";) {
    const sequence = SEQUENCE.exec(rest)?.[0];
    if (sequence === undefined) {
      const action = rest[0] === "\x1b" ? "close" : more[rest[0]!] ?? ACTIONS[rest[0]!];
      if (action !== undefined) actions.push(action);
    }
    rest = rest.slice(sequence?.length ?? 1);
  }
  return actions;
}

/** The next refresh interval in that direction, in ms. */
export function nextRefresh(refreshMs: number, direction: "slower" | "faster"): number {
  return direction === "slower"
    ? REFRESH_STEPS_MS.find((step) => step > refreshMs) ?? refreshMs
    : REFRESH_STEPS_MS.findLast((step) => step < refreshMs) ?? refreshMs;
}
