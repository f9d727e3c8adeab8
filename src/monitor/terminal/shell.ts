// Not pure: it waits for keys, records and the clock.
/**
 * Shows a source of figures until somebody ends it: a screen with its keys, lines, or JSON. Knows no subject (that is a
 * view), no Kafka client and no settings: source, clock and terminal are arguments.
 */
import { FRAME_MS_MIN } from "./limits.ts";
import { type MonitorClock, systemClock } from "../watch/clock.ts";
import type { Source } from "../watch/feed.ts";
import type { RenderOptions, ScreenSize } from "./frame.ts";
import { actionsOf, type KeyAction, nextRefresh } from "./keys.ts";
import { Screen, type Terminal } from "./screen.ts";
import { duration } from "./text.ts";

/** What a key changes of what is asked for. */
export type Step<Snapshot, Choice> = (choice: Choice, snapshot: Snapshot) => Choice;

/** How figures of one subject are shown. Pure, but for what `lines` remembers. */
export interface View<Snapshot, Choice> {
  /** What is asked for at the beginning. */
  readonly choice: Choice;
  /** What is asked for on a screen of this size. */
  readonly choiceFor: (choice: Choice, size: ScreenSize) => Choice;
  /** Pages of the screen, the first one first; `f` turns them. */
  readonly pages: readonly ((snapshot: Snapshot, options: RenderOptions) => string[])[];
  /** Keys beside those of every screen. */
  readonly keys: Readonly<Record<string, Step<Snapshot, Choice>>>;
  /** Lines of an interval without a screen. */
  readonly lines: (snapshot: Snapshot, trouble: string | null) => readonly string[];
  /** The same as an object. */
  readonly json: (snapshot: Snapshot, trouble: string | null) => unknown;
  /** How long nothing has come, in ms, where that is longer than usual; else `null`. @default it is not watched */
  readonly silentMs?: (snapshot: Snapshot) => number | null;
  /** Lines at the end. */
  readonly summary: (snapshot: Snapshot) => readonly string[];
}

/** How the figures are shown: `silent` shows nothing before the end. */
export type ShellOutput =
  | {
    readonly mode: "screen";
    readonly terminal: Terminal;
    readonly color: boolean;
    readonly title: string;
    /** The page that is shown first. @default 0 */
    readonly page?: number;
  }
  | { readonly mode: "plain" | "json"; readonly out: (line: string) => void }
  | { readonly mode: "silent" };

/** What is shown, how, and how long. */
export interface ShellOptions<Snapshot, Choice> {
  readonly source: Source<Snapshot, Choice>;
  readonly view: View<Snapshot, Choice>;
  readonly output: ShellOutput;
  readonly refreshMs: number;
  /** Ends it; it returns as after `q`. */
  readonly signal: AbortSignal;
  /** @default systemClock */
  readonly clock?: MonitorClock;
}

/** How it ended. */
export interface ShellResult<Snapshot> {
  readonly snapshot: Snapshot;
  /** What is not as it should be, at the end. */
  readonly trouble: string | null;
  /** Somebody pressed `q` or Ctrl-C. */
  readonly quit: boolean;
}

/**
 * Runs until `q`, until the signal aborts, or until the source has ended. The terminal is restored however it ends.
 *
 * @throws What the source throws.
 */
export async function runShell<Snapshot, Choice>(
  options: ShellOptions<Snapshot, Choice>,
): Promise<ShellResult<Snapshot>> {
  return await new Shell(options).run();
}

class Shell<Snapshot, Choice> {
  readonly #options: ShellOptions<Snapshot, Choice>;
  readonly #clock: MonitorClock;
  readonly #end = new AbortController();
  #screen: Screen | null = null;
  #refreshMs: number;
  #choice: Choice;
  #page: number;
  /** What the screen shows. */
  #shown: Snapshot | null = null;
  #paused = false;
  #help = false;
  #quit = false;
  #hasKeys = false;
  #drawnMs = -Infinity;
  #wake: (() => void) | null = null;
  /** Something is to be drawn before the refresh is due. */
  #urgent = false;

  constructor(options: ShellOptions<Snapshot, Choice>) {
    const { clock = systemClock, refreshMs, view, output } = options;
    this.#options = options;
    this.#clock = clock;
    this.#refreshMs = Math.max(FRAME_MS_MIN, refreshMs);
    this.#choice = view.choice;
    this.#page = output.mode === "screen" ? output.page ?? 0 : 0;
  }

  async run(): Promise<ShellResult<Snapshot>> {
    const { signal, output, source } = this.#options;
    const onAbort = () => this.#stop();
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) this.#stop();
    const closers = output.mode === "screen" ? this.#enter(output.terminal) : [];
    try {
      // A failure ends everything, and is thrown when the terminal is whole again.
      const counting = source.run(this.#end.signal).finally(() => this.#stop());
      const showing = this.#show().catch((error: unknown) => {
        this.#stop();
        throw error;
      });
      await Promise.allSettled([counting, showing]);
      await Promise.all([counting, showing]);
    } finally {
      this.#stop();
      signal.removeEventListener("abort", onAbort);
      for (const close of closers) close();
    }
    const snapshot = source.snapshot(this.#clock.nowMs(), this.#choice);
    return { snapshot, trouble: source.trouble?.() ?? null, quit: this.#quit };
  }

  /** Takes the terminal. @returns what gives it back, in order */
  #enter(terminal: Terminal): (() => void)[] {
    const screen = this.#screen = new Screen(terminal);
    const closers: (() => void)[] = [() => screen[Symbol.dispose]()];
    try {
      closers.unshift(terminal.onResize(() => {
        screen.forget();
        this.#drawSoon();
      }));
      closers.unshift(terminal.onSuspend(() => screen.leave(), () => {
        screen.enter();
        this.#drawSoon();
      }));
      const closeKeys = terminal.openKeys((input) =>
        actionsOf(input, this.#options.view.keys).forEach((action) => this.#act(action))
      );
      this.#hasKeys = closeKeys !== null;
      if (closeKeys !== null) closers.unshift(closeKeys);
      return closers;
    } catch (error) {
      for (const close of closers) close();
      throw error;
    }
  }

  async #show(): Promise<void> {
    const { signal } = this.#end;
    if (this.#options.output.mode === "silent") return;
    if (this.#screen !== null) this.#draw();
    while (!signal.aborted) {
      const waitMs = this.#urgent
        ? Math.max(0, this.#drawnMs + FRAME_MS_MIN - this.#clock.nowMs())
        : this.#refreshMs;
      this.#urgent = false;
      if (waitMs > 0) await this.#wait(waitMs);
      if (!signal.aborted && !this.#urgent) this.#draw();
    }
  }

  #draw(): void {
    const nowMs = this.#drawnMs = this.#clock.nowMs();
    const { output, source, view } = this.#options;
    if (output.mode === "silent") return;
    const size = output.mode === "screen" ? output.terminal.size() : null;
    if (output.mode === "screen" && size === null) return this.#stop(); // the terminal has gone
    if (!this.#paused || this.#shown === null) {
      const choice = size === null ? this.#choice : view.choiceFor(this.#choice, size);
      this.#shown = source.snapshot(nowMs, choice);
    }
    const snapshot = this.#shown;
    const trouble = source.trouble?.() ??
      (this.#paused ? null : silenceText(view.silentMs?.(snapshot) ?? null));
    if (output.mode === "plain") view.lines(snapshot, trouble).forEach(output.out);
    if (output.mode === "json") output.out(JSON.stringify(view.json(snapshot, trouble)));
    if (output.mode !== "screen" || size === null) return;
    this.#screen?.draw(view.pages[this.#page % view.pages.length]!(snapshot, {
      ...{ size, color: output.color, title: output.title, trouble },
      ...{ paused: this.#paused, help: this.#help, refreshMs: this.#refreshMs, keys: this.#hasKeys },
    }));
  }

  #act(action: KeyAction | Step<Snapshot, Choice>): void {
    const nowMs = this.#clock.nowMs();
    const { source } = this.#options;
    if (action === "quit") {
      this.#quit = true;
      return this.#stop();
    }
    if (action === "help") this.#help = !this.#help;
    else if (action === "close") this.#help = false;
    else if (action === "page") this.#page++;
    else if (action === "pause") this.#paused = !this.#paused;
    else if (action === "slower" || action === "faster") {
      this.#refreshMs = nextRefresh(this.#refreshMs, action);
    } else if (action === "reset") {
      source.reset?.(nowMs);
      this.#paused = false;
    } else {
      this.#choice = action(this.#choice, source.snapshot(nowMs, this.#choice));
      this.#shown = null; // also where it is paused: something else is asked for
    }
    this.#drawSoon();
  }

  #drawSoon(): void {
    this.#urgent = true;
    this.#wake?.();
  }

  #stop(): void {
    this.#end.abort();
    this.#wake?.();
  }

  /** Waits, unless something is to be drawn or it is the end. */
  async #wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = null;
  }
}

function silenceText(silentMs: number | null): string | null {
  return silentMs === null ? null : `nothing new for ${duration(silentMs)}`;
}
