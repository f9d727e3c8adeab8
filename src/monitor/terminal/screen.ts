/** A screen of its own on a terminal: lines that changed are written, all at once, and the terminal is given back. */
import { harmless } from "../../runtime/harmless.ts";
import type { ScreenSize } from "./frame.ts";

/** A terminal, as the shell needs it. */
export interface Terminal {
  /** Writes at once. */
  write(text: string): void;
  /** Size now; `null` where it has none any more. */
  size(): ScreenSize | null;
  /** Calls back when the size may have changed or the screen was used by somebody else; returns what ends that. */
  onResize(changed: () => void): () => void;
  /**
   * Calls `leave` before the program is stopped (Ctrl-Z) and `enter` when it goes on; returns what ends that.
   */
  onSuspend(leave: () => void, enter: () => void): () => void;
  /** Input as it is typed; `null` where nobody can type. Called once. */
  openKeys(typed: (input: string) => void): (() => void) | null;
}

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[2J";
const LEAVE = "\x1b[?2026l\x1b[0m\x1b[H\x1b[2J\x1b[?7h\x1b[?25h\x1b[?1049l";

/** A line with its own colours; whatever else could steer the terminal is text of others. */
function drawable(line: string): string {
  // deno-lint-ignore no-control-regex
  return line.split(/(\x1b\[\d{0,2}m)/).map((part, at) => at % 2 === 1 ? part : harmless(part)).join("");
}

/** The alternate screen of a terminal, from construction to disposal. */
export class Screen implements Disposable {
  readonly #terminal: Terminal;
  #shown: readonly string[] = [];
  #left = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    terminal.write(ENTER);
  }

  /** Gives the terminal back for a while; nothing is drawn until {@linkcode enter}. Again does nothing. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#terminal.write(LEAVE);
  }

  /** Takes the terminal again after {@linkcode leave}. */
  enter(): void {
    if (!this.#left) return;
    this.#left = false;
    this.forget();
    this.#terminal.write(ENTER);
  }

  /** Everything is redrawn the next time: the size has changed. */
  forget(): void {
    this.#shown = [];
  }

  /** Shows the lines, from the top; one write, nothing where nothing changed. */
  draw(lines: readonly string[]): void {
    if (this.#left) return;
    const fresh = this.#shown.length !== lines.length;
    let frame = fresh ? "\x1b[H\x1b[2J" : "";
    lines.forEach((line, row) => {
      if (!fresh && this.#shown[row] === line) return;
      frame += `\x1b[${row + 1};1H${fresh ? "" : "\x1b[2K"}${drawable(line)}`;
    });
    this.#shown = [...lines];
    if (frame !== "") this.#terminal.write(`\x1b[?2026h${frame}\x1b[?2026l`);
  }

  /** Gives the terminal back; again does nothing. */
  [Symbol.dispose](): void {
    this.leave();
  }
}
