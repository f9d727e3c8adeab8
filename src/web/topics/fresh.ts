/** Answers that several ask for: found out once for all who ask within a second, and once for all who ask meanwhile. */
import { FRESH_ENTRIES_MAX, FRESH_MS } from "./limits.ts";

/** Keeps answers for {@linkcode FRESH_MS}, those that were asked for last. */
export class Fresh {
  readonly #answers = new Map<string, { readonly answer: Promise<unknown>; untilMs: number }>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** The answer under the key, or what `find` finds; a failure is not kept. */
  get<T>(key: string, find: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key);
    if (known !== undefined && this.#now() < known.untilMs) return known.answer as Promise<T>;
    const answer = find();
    const entry = { answer, untilMs: Infinity };
    this.#answers.delete(key);
    this.#answers.set(key, entry);
    answer.then(() => entry.untilMs = this.#now() + FRESH_MS, () => {
      if (this.#answers.get(key) === entry) this.#answers.delete(key);
    });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > FRESH_ENTRIES_MAX && oldest !== undefined) this.#answers.delete(oldest);
    return answer;
  }
}
