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

/** Keeps them, of all streams together the newest up to a limit. */
export class HeldSets {
  /** Both in the order in which they came. */
  readonly #all = new Set<HeldSet>();
  readonly #byStream = new Map<ExportStream, Set<HeldSet>>();
  #bytes = 0;

  /** Sets that wait. */
  get count(): number {
    return this.#all.size;
  }

  /** Sets that wait, by exporter. */
  get byExporter(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { header } of this.#all) counts.set(header.exporter, (counts.get(header.exporter) ?? 0) + 1);
    return counts;
  }

  /** Keeps a set; returns the older ones that had to be dropped for it. */
  hold(set: HeldSet): HeldSet[] {
    this.#all.add(set);
    this.#bytes += set.body.length;
    const ofStream = this.#byStream.get(set.stream);
    if (ofStream === undefined) this.#byStream.set(set.stream, new Set([set]));
    else ofStream.add(set);
    const dropped: HeldSet[] = [];
    for (const oldest of this.#all) {
      if (this.#all.size <= HELD_SETS_MAX && this.#bytes <= HELD_BYTES_MAX) break;
      this.#remove(oldest);
      dropped.push(oldest);
    }
    return dropped;
  }

  /** Takes out the sets of a template, or all of a stream, in the order in which they came. */
  takeOut(stream: ExportStream, templateId?: number): HeldSet[] {
    const taken = [...this.#byStream.get(stream) ?? []].filter((set) =>
      templateId === undefined || set.templateId === templateId
    );
    for (const set of taken) this.#remove(set);
    return taken;
  }

  #remove(set: HeldSet): void {
    this.#all.delete(set);
    this.#bytes -= set.body.length;
    const ofStream = this.#byStream.get(set.stream);
    ofStream?.delete(set);
    if (ofStream?.size === 0) this.#byStream.delete(set.stream);
  }
}
