/** Data sets that came before their template. */
import { HELD_BYTES_MAX, HELD_SETS_MAX } from "./limits.ts";
import type { MessageHeader } from "./message.ts";
import type { ExportStream } from "./stream.ts";

/** A set's body, and what is needed to read it later. */
export interface HeldSet {
  readonly stream: ExportStream;
  readonly templateId: number;
  readonly header: MessageHeader;
  /** Its place among the message's sets. */
  readonly place: number;
  readonly body: Uint8Array;
}

/** Keeps them, the newest up to a limit. */
export class HeldSets {
  #sets: HeldSet[] = [];
  #bytes = 0;

  /** Sets that wait. */
  get count(): number {
    return this.#sets.length;
  }

  /** Keeps a set; returns how many older ones had to be dropped for it. */
  hold(set: HeldSet): number {
    this.#sets.push(set);
    this.#bytes += set.body.length;
    let dropped = 0;
    while (this.#sets.length - dropped > HELD_SETS_MAX || this.#bytes > HELD_BYTES_MAX) {
      this.#bytes -= this.#sets[dropped++]!.body.length;
    }
    if (dropped > 0) this.#sets = this.#sets.slice(dropped);
    return dropped;
  }

  /** Takes out the sets of a template, or all of a stream, in the order in which they came. */
  takeOut(stream: ExportStream, templateId?: number): HeldSet[] {
    const taken: HeldSet[] = [], kept: HeldSet[] = [];
    for (const set of this.#sets) {
      const isWanted = set.stream === stream && (templateId === undefined || set.templateId === templateId);
      (isWanted ? taken : kept).push(set);
      if (isWanted) this.#bytes -= set.body.length;
    }
    if (taken.length > 0) this.#sets = kept;
    return taken;
  }
}
