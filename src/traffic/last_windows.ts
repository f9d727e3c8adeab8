/** What the last window of each link was, of a bounded number of links: for whoever looks at them now and then. */
import { LINKS_SHOWN_MAX } from "./limits.ts";

/** The links that came first are shown, so that none of them comes and goes. */
export class LastWindows<T extends { readonly link: string }> {
  readonly #byLink = new Map<string, T>();

  /** Takes the window that closed last. */
  take(window: T): void {
    if (this.#byLink.size < LINKS_SHOWN_MAX || this.#byLink.has(window.link)) {
      this.#byLink.set(window.link, window);
    }
  }

  /** One window of each link. */
  all(): T[] {
    return [...this.#byLink.values()];
  }
}
