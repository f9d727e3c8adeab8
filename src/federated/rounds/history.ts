/** Published rounds, the newest ones: as many as there is room for. */
import type { RoundRecord } from "../../records/federated_rounds/schema.ts";
import { ROUNDS_KEPT_MAX, ROUNDS_NAMES_CHARS_MAX } from "../limits.ts";

/** Rounds by number. */
export class RoundsHistory {
  /** In ascending order. */
  readonly #rounds = new Map<number, RoundRecord>();
  /** Rounds that still have their devices' names, in ascending order, and how many characters these are. */
  readonly #named: { readonly round: number; readonly chars: number }[] = [];
  #chars = 0;

  /** Takes the next one. */
  add(record: RoundRecord): void {
    this.#rounds.set(record.round, record);
    const chars = record.devices.reduce((sum, device) => sum + device.length, 0);
    this.#named.push({ round: record.round, chars });
    this.#chars += chars;
    while (
      this.#named.length > ROUNDS_KEPT_MAX || this.#chars > ROUNDS_NAMES_CHARS_MAX && this.#named.length > 1
    ) {
      const oldest = this.#named.shift()!;
      this.#chars -= oldest.chars;
      const kept = this.#rounds.get(oldest.round);
      if (kept !== undefined) this.#rounds.set(oldest.round, { ...kept, devices: [] });
    }
    if (this.#rounds.size > ROUNDS_KEPT_MAX) this.#rounds.delete(this.#rounds.keys().next().value!);
  }

  /** A round by its number. */
  get(round: number): RoundRecord | null {
    return this.#rounds.get(round) ?? null;
  }

  /** Those before a round, the newest first. */
  newest({ limit, before }: { readonly limit: number; readonly before: number }): RoundRecord[] {
    const found: RoundRecord[] = [];
    for (const record of [...this.#rounds.values()].reverse()) {
      if (found.length >= limit) break;
      if (record.round < before) found.push(record);
    }
    return found;
  }
}
