/** What a collector remembers of one stream of messages: its templates, and where its sequence stands. */
import type { MessageHeader } from "./message.ts";
import type { Template } from "./templates.ts";

/** What a message's place in its stream says. */
export type Continuity =
  | { readonly kind: "in-order" | "late" }
  | { readonly kind: "lost"; readonly count: number }
  | { readonly kind: "restart"; readonly detail: string };

/** Uptime from which its counter may start over without a restart: an hour before the wrap at 49.7 days. */
const UPTIME_WRAP_MS = 2 ** 32 - 3_600_000;

/** A stream: an exporter's messages of one version and one source id. */
export class ExportStream {
  /** Intervals of sampling that were said. */
  readonly intervals = new Set<number>();
  /** Who sends it, `host:port`. */
  readonly exporter: string;
  readonly #templates = new Map<number, Template>();
  #fields = 0;
  #last: MessageHeader | null = null;
  /** What the next message's sequence should be; `null` where the last message's records could not be counted. */
  #expected: number | null = null;

  /** @param exporter `host:port` */
  constructor(exporter: string) {
    this.exporter = exporter;
  }

  /** Fields of all templates. */
  get fields(): number {
    return this.#fields;
  }

  /** The templates by their ids. */
  get templates(): ReadonlyMap<number, Template> {
    return this.#templates;
  }

  /** Takes a template in place of the one that had its id. */
  setTemplate(id: number, template: Template): void {
    this.removeTemplate(id);
    this.#templates.set(id, template);
    this.#fields += fieldsOf(template);
  }

  /** Forgets the template that was not renewed for the longest time; returns whether there was one. */
  removeOldestTemplate(): boolean {
    for (const id of this.#templates.keys()) {
      this.removeTemplate(id);
      return true;
    }
    return false;
  }

  /** Forgets a template. */
  removeTemplate(id: number): void {
    const known = this.#templates.get(id);
    if (known === undefined) return;
    this.#templates.delete(id);
    this.#fields -= fieldsOf(known);
  }

  /** Forgets all of them. */
  clear(): void {
    this.#templates.clear();
    this.#fields = 0;
  }

  /**
   * Where a message stands. A message is an earlier one that comes late, or comes twice, where it was sent no later
   * than the one before; else an uptime or a sequence that goes back is a restart.
   */
  place(header: MessageHeader): Continuity {
    const last = this.#last, expected = this.#expected;
    if (last === null) return { kind: "in-order" };
    if (header.exportUs > last.exportUs) {
      if (isUptimeBack(header, last)) {
        return {
          kind: "restart",
          detail: `its uptime went back from ${last.uptimeMs} to ${header.uptimeMs} ms`,
        };
      }
      if ((header.sequence - last.sequence | 0) < 0) {
        return {
          kind: "restart",
          detail: `its sequence went back from ${last.sequence} to ${header.sequence}`,
        };
      }
    }
    if ((header.sequence - last.sequence | 0) < 0) return { kind: "late" };
    const gap = expected === null ? 0 : header.sequence - expected | 0;
    return gap > 0 ? { kind: "lost", count: gap } : { kind: "in-order" };
  }

  /** Goes on after a message that was not late. */
  advance(header: MessageHeader, counted: number | null): void {
    this.#last = header;
    this.#expected = counted === null ? null : header.sequence + counted >>> 0;
  }
}

function fieldsOf({ fields }: Template): number {
  return fields.length / 2;
}

function isUptimeBack(header: MessageHeader, last: MessageHeader): boolean {
  if (header.uptimeMs === null || last.uptimeMs === null) return false;
  return header.uptimeMs < last.uptimeMs && last.uptimeMs < UPTIME_WRAP_MS;
}
