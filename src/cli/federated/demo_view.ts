/** The rounds of the demo, live on the screen, where there is one; else its lines go on. */
import type { Settings } from "../../config/settings.ts";
import type { KafkaClient } from "../../kafka/port.ts";
import { federatedView } from "../../monitor/terminal/federated_view.ts";
import { runShell } from "../../monitor/terminal/shell.ts";
import type { Terminal } from "../../monitor/terminal/screen.ts";
import { openTerminal } from "../../monitor/terminal/terminal.ts";
import type { Log } from "../../runtime/log.ts";
import { federatedSubject, follow } from "../monitor/subjects.ts";

/** Between two times that the whole screen is drawn, in ms. */
const REDRAW_EVERY_MS = 2_000;

/** What is shown, and how. */
export interface DemoViewOptions
  extends Pick<Settings, "interval" | "color" | "json" | "quiet" | "roundsTopic" | "anomalies"> {
  readonly client: KafkaClient;
  /** Somebody pressed `q`. */
  readonly onQuit: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** A log that says nothing but warnings while the screen is drawn. */
export class DemoView {
  readonly log: Log;
  #isShown = false;

  constructor(log: Log) {
    this.log = { ...log, info: (message) => this.#isShown ? undefined : log.info(message) };
  }

  /** Draws until it is disposed of; does nothing where there is no screen, or lines are wanted. @param title what is shown */
  show(title: string, options: DemoViewOptions): AsyncDisposable {
    const { client, interval, color, json, quiet, onQuit, onFailure } = options;
    const found = json || quiet ? null : openTerminal();
    if (found === null || "reason" in found) return { [Symbol.asyncDispose]: () => Promise.resolve() };
    const ended = new AbortController();
    const { signal } = ended;
    const { source } = follow(federatedSubject(options), {
      ...{ client, from: "beginning", until: "never", signal, say: () => {} },
    });
    this.#isShown = true;
    const shown = runShell({
      ...{ source, view: federatedView(), refreshMs: interval * 1_000, signal },
      output: { mode: "screen", terminal: redrawn(found.terminal), color, title },
    }).then(({ quit }) => quit ? onQuit() : undefined, onFailure).finally(() => this.#isShown = false);
    return {
      [Symbol.asyncDispose]: async () => {
        ended.abort();
        await shown;
      },
    };
  }
}

/** Deno clears the cursor's line where it loads a thread's modules: the screen is drawn whole now and then. */
function redrawn(terminal: Terminal): Terminal {
  return {
    ...terminal,
    onResize: (changed) => {
      const cancel = terminal.onResize(changed);
      const timer = setInterval(changed, REDRAW_EVERY_MS);
      return () => {
        clearInterval(timer);
        cancel();
      };
    },
  };
}
