/** Traffic on a terminal: a screen that is drawn when it is time or a key asks for it, until `q`. */
import { actionsOf, nextRefresh } from "./keys.ts";
import { FRAME_MS_MIN } from "../boards/limits.ts";
import { Screen, type Terminal } from "./screen.ts";
import type { TrafficChoice, TrafficSnapshot } from "../boards/traffic.ts";
import { renderTraffic, windowsShown } from "./traffic_render.ts";

/** How traffic is shown. */
export interface TrafficDisplayOptions {
  readonly terminal: Terminal;
  readonly color: boolean;
  readonly title: string;
  readonly refreshMs: number;
  readonly snapshot: (choice: TrafficChoice) => TrafficSnapshot;
  /** What is not as it should be; `null` = all is well. */
  readonly trouble: () => string | null;
  /** Somebody pressed `q`. */
  readonly onQuit: () => void;
  /** The refresh was changed, or the next drawing is wanted now. */
  readonly onHurry: () => void;
}

/** Keys beside those of every screen. */
const KEYS = {
  "l": "next-link",
  "L": "previous-link",
  "a": "busiest",
  "t": "next-target",
} as const;

type OwnAction = (typeof KEYS)[keyof typeof KEYS];

/** The one after (or before) the shown one, around the end. */
function neighbour(names: readonly string[], shown: string | undefined, step: 1 | -1): string | null {
  const at = names.indexOf(shown ?? "");
  return names[(at + step + names.length) % Math.max(1, names.length)] ?? null;
}

/** Takes the terminal until it is disposed. */
export class TrafficScreen implements Disposable {
  readonly #options: TrafficDisplayOptions;
  readonly #screen: Screen;
  readonly #closers: (() => void)[] = [];
  #keys = false;
  #help = false;
  #frozen: TrafficSnapshot | null = null;
  #shown: TrafficSnapshot | null = null;
  #link: string | null = null;
  #target: string | null = null;
  /** Between two drawings. */
  refreshMs: number;

  constructor(options: TrafficDisplayOptions) {
    this.#options = options;
    this.refreshMs = Math.max(FRAME_MS_MIN, options.refreshMs);
    const { terminal, onHurry } = options;
    const screen = this.#screen = new Screen(terminal);
    this.#closers.push(terminal.onResize(() => {
      screen.forget();
      onHurry();
    }));
    this.#closers.push(terminal.onSuspend(() => screen.leave(), () => {
      screen.enter();
      onHurry();
    }));
    const closeKeys = terminal.openKeys((input) => {
      for (const action of actionsOf<OwnAction>(input, KEYS)) this.#act(action);
    });
    this.#keys = closeKeys !== null;
    if (closeKeys !== null) this.#closers.push(closeKeys);
    this.draw();
  }

  #act(action: ReturnType<typeof actionsOf<OwnAction>>[number]): void {
    const { onQuit, onHurry, snapshot } = this.#options;
    if (action === "quit") return onQuit();
    if (action === "help") this.#help = !this.#help;
    else if (action === "close") this.#help = false;
    else if (action === "pause") {
      this.#frozen = this.#frozen === null ? this.#shown : null;
    } else if (action === "slower" || action === "faster") {
      this.refreshMs = nextRefresh(this.refreshMs, action);
    } else if (action === "busiest" || action === "reset") this.#link = this.#target = null;
    else {
      const { links, chosen } = snapshot({ link: this.#link, target: this.#target, points: 2 });
      if (action === "next-target") this.#target = neighbour(chosen?.targets ?? [], chosen?.target, 1);
      else this.#link = neighbour(links, chosen?.link, action === "next-link" ? 1 : -1);
      this.#frozen = null;
    }
    onHurry();
  }

  /** Shows how it is now. */
  draw(): void {
    const { terminal, color, title, trouble, onQuit, snapshot } = this.#options;
    const size = terminal.size();
    if (size === null) return onQuit(); // the terminal has gone
    this.#shown = this.#frozen ??
      snapshot({ link: this.#link, target: this.#target, points: windowsShown(size) });
    this.#screen.draw(renderTraffic(this.#shown, {
      ...{ size, color, title, refreshMs: this.refreshMs },
      trouble: trouble(),
      paused: this.#frozen !== null,
      help: this.#help,
      keys: this.#keys,
    }));
  }

  /** Gives the terminal back. */
  [Symbol.dispose](): void {
    for (const close of this.#closers.toReversed()) close();
    this.#screen[Symbol.dispose]();
  }
}
