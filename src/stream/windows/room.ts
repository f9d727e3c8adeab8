/** How much windows may keep, and who has how much of it. */
import type { Full, WindowOptions } from "./types.ts";
import { KEYS_MAX, OPEN_MAX, OPEN_PER_KEY_MAX } from "../limits.ts";

/** What is known of a key while it has a state. */
export interface KeyEntry {
  /** Whose it is. */
  readonly key: string;
  /** Open states. */
  states: number;
}

type Bounds = Pick<WindowOptions<never, never, never>, "keysMax" | "openMax" | "openPerKeyMax">;

/** Counts states by key and in all; the entries may carry what else a kind of windows keeps of a key. */
export class Room<Entry extends KeyEntry> {
  readonly #entries = new Map<string, Entry>();
  readonly #create: (key: string) => Entry;
  readonly #keysMax: number;
  readonly #openMax: number;
  readonly #openPerKeyMax: number;
  #states = 0;

  /** `create` makes what a new key begins with. @param create the entry of a key without a state */
  constructor(create: (key: string) => Entry, bounds: Bounds) {
    this.#create = create;
    this.#keysMax = bounds.keysMax ?? KEYS_MAX;
    this.#openMax = bounds.openMax ?? OPEN_MAX;
    this.#openPerKeyMax = bounds.openPerKeyMax ?? OPEN_PER_KEY_MAX;
  }

  /** Keys that have a state. */
  get keys(): number {
    return this.#entries.size;
  }

  /** States of all keys. */
  get states(): number {
    return this.#states;
  }

  /** The entry of a key that has a state. */
  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** All entries; in no order that outputs may depend on. */
  entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  /**
   * Whether there is no room for one more state in the window.
   *
   * @param entry what {@linkcode Room.get} has of the key
   */
  full(entry: Entry | undefined, start: number, end: number): Full | null {
    if (entry === undefined && this.#entries.size >= this.#keysMax) {
      return { reason: "full", bound: "keys", max: this.#keysMax, start, end };
    }
    if (this.#states >= this.#openMax) {
      return { reason: "full", bound: "open", max: this.#openMax, start, end };
    }
    if (entry !== undefined && entry.states >= this.#openPerKeyMax) {
      return { reason: "full", bound: "open-per-key", max: this.#openPerKeyMax, start, end };
    }
    return null;
  }

  /** One more state of the key. */
  take(key: string, entry: Entry | undefined = this.#entries.get(key)): Entry {
    if (entry === undefined) {
      entry = this.#create(key);
      this.#entries.set(key, entry);
    }
    entry.states++;
    this.#states++;
    return entry;
  }

  /** One state of the key less: with the last one the key is forgotten. */
  release(entry: Entry): void {
    this.#states--;
    if (--entry.states === 0) this.#entries.delete(entry.key);
  }
}
