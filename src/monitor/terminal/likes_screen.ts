/** The likes on a terminal: a screen that is drawn anew when it is told to, until `q`. */
import type { Total } from "../../records/youtube_totals.ts";
import { actionsOf } from "./keys.ts";
import { renderLikes } from "./likes_lines.ts";
import { Screen, type Terminal } from "./screen.ts";

/** What is drawn, beside the totals. */
export interface LikesFrame {
  readonly ranking: readonly Total[];
  readonly note: string;
  /** Likes that came per minute, oldest first. */
  readonly gains: readonly number[];
}

/** How the likes are shown. */
export interface LikesDisplayOptions {
  readonly terminal: Terminal;
  readonly color: boolean;
  readonly title: string;
  /** Somebody pressed `q`. */
  readonly onQuit: () => void;
}

/** Takes the terminal until it is disposed. */
export class LikesScreen implements Disposable {
  readonly #options: LikesDisplayOptions;
  readonly #screen: Screen;
  readonly #closers: (() => void)[] = [];
  #keys = false;
  #frame: LikesFrame = { ranking: [], note: "", gains: [] };

  constructor(options: LikesDisplayOptions) {
    this.#options = options;
    const { terminal, onQuit } = options;
    const screen = this.#screen = new Screen(terminal);
    this.#closers.push(terminal.onResize(() => {
      screen.forget();
      this.#draw();
    }));
    this.#closers.push(terminal.onSuspend(() => screen.leave(), () => {
      screen.enter();
      this.#draw();
    }));
    const closeKeys = terminal.openKeys((input) => {
      if (actionsOf(input).includes("quit")) onQuit();
    });
    this.#keys = closeKeys !== null;
    if (closeKeys !== null) this.#closers.push(closeKeys);
    this.#draw();
  }

  /** Shows this. */
  show(frame: LikesFrame): void {
    this.#frame = frame;
    this.#draw();
  }

  #draw(): void {
    const { terminal, color, title, onQuit } = this.#options;
    const size = terminal.size();
    if (size === null) return onQuit(); // the terminal has gone
    const { ranking, note, gains } = this.#frame;
    this.#screen.draw(renderLikes(ranking, { size, color, title, note, gains, keys: this.#keys }));
  }

  /** Gives the terminal back. */
  [Symbol.dispose](): void {
    for (const close of this.#closers.toReversed()) close();
    this.#screen[Symbol.dispose]();
  }
}
