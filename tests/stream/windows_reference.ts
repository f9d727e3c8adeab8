/** Windows worked out the plain way, from all records that ever came: what the incremental ones must equal. */
import type { Missed, WindowOptions, WindowResult } from "../../src/stream/windows.ts";

type Options = Pick<WindowOptions<number, unknown, unknown>, "spec" | "grace" | "emission" | "emptyMax">;

interface Kept {
  readonly key: string;
  readonly time: number;
  readonly value: number;
  /** How many early results there had been when it came. */
  readonly tick: number;
}

/** The records of a window, with its span. */
interface Window {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly records: readonly Kept[];
}

/** A session is known by its records, and whether it, or a part of it, was told as final. */
interface Session {
  readonly records: Kept[];
  told: boolean;
}

/** A window's result: the values of its records. */
export type Told = WindowResult<number[]>;

/** Told results and refused records of each call. */
export class ReferenceWindows {
  readonly #options: Options;
  readonly #grace: number;
  readonly #records: Kept[] = [];
  readonly #sessions = new Map<string, Session[]>();
  /** Keys that are known where empty windows are told, with how many were in a row. */
  readonly #known = new Map<string, number>();
  #watermark = -Infinity;
  #tick = 0;

  constructor(options: Options) {
    this.#options = options;
    this.#grace = options.grace ?? 0;
  }

  add(key: string, time: number, value: number, watermark: number): { told: Told[]; missed: Missed | null } {
    const told = watermark > this.#watermark ? this.advance(watermark) : [];
    const record = { key, time, value, tick: this.#tick };
    const { spec } = this.#options;
    if (spec.kind === "session") return this.#addToSession(record, spec.gap, told);
    const before = new Set(this.#windowsOf(key).map(({ end }) => end));
    this.#records.push(record);
    let missed: Missed | null = null;
    for (const window of this.#windowsOf(key)) {
      const { start, end } = window;
      const has = start <= time && time < end;
      if (!has && before.has(end)) continue;
      if (end + this.#grace <= this.#watermark) {
        if (has && (spec.kind !== "sliding" || end === time + 1)) {
          missed = { reason: "late", lateness: this.#watermark - time, start, end };
        }
      } else if (end <= this.#watermark) told.push(this.#tell(window, true, true));
      else if (this.#options.emission?.kind === "every-update") told.push(this.#tell(window, false, false));
    }
    return { told, missed };
  }

  advance(watermark: number): Told[] {
    const from = this.#watermark;
    const all = this.#all();
    const to = watermark === Infinity ? Math.max(-Infinity, ...all.map(({ end }) => end)) : watermark;
    if (!(to > from)) return [];
    this.#watermark = to;
    const told: Told[] = [];
    for (const window of all) {
      if (window.end <= from || window.end > to) continue;
      const session = this.#sessionOf(window);
      told.push(this.#tell(window, true, session?.told ?? false));
      if (session !== undefined) session.told = true;
    }
    told.push(...this.#fill(all, from, to));
    const { emission } = this.#options;
    if (emission?.kind !== "early" || Math.floor(to / emission.every) <= Math.floor(from / emission.every)) {
      return told;
    }
    for (const window of all) {
      if (window.end <= to || window.records.every(({ tick }) => tick < this.#tick)) continue;
      told.push(this.#tell(window, false, this.#sessionOf(window)?.told ?? false));
    }
    this.#tick++;
    return told;
  }

  /** Windows with records that are not final. */
  get open(): number {
    return this.#all().filter(({ end }) => end > this.#watermark).length;
  }

  #all(): Window[] {
    const keys = new Set([...this.#records.map(({ key }) => key), ...this.#sessions.keys()]);
    return [...keys].flatMap((key) => this.#windowsOf(key)).sort((a, b) => a.end - b.end);
  }

  #windowsOf(key: string): Window[] {
    const { spec } = this.#options;
    const records = this.#records.filter((record) => record.key === key);
    const spans = new Map<number, number>();
    switch (spec.kind) {
      case "session":
        return (this.#sessions.get(key) ?? []).map(({ records }) => ({
          key,
          start: Math.min(...records.map(({ time }) => time)),
          end: Math.max(...records.map(({ time }) => time)) + spec.gap,
          records,
        }));
      case "sliding":
        for (const { time } of records) {
          spans.set(time + 1, time - spec.size);
          spans.set(time + spec.size + 2, time + 1);
        }
        break;
      default: {
        const advance = spec.kind === "hopping" ? spec.advance : spec.size;
        for (const { time } of records) {
          for (let n = Math.floor(time / advance); n * advance + spec.size > time; n--) {
            spans.set(n * advance + spec.size, n * advance);
          }
        }
      }
    }
    return [...spans].sort(([a], [b]) => a - b).map(([end, start]) => ({
      key,
      start,
      end,
      records: records.filter(({ time }) => start <= time && time < end),
    })).filter((window) => window.records.length > 0);
  }

  #addToSession(record: Kept, gap: number, told: Told[]): { told: Told[]; missed: Missed | null } {
    const { key, time } = record;
    const all = this.#sessions.get(key) ?? [];
    const endOf = ({ records }: Session) => Math.max(...records.map(({ time }) => time)) + gap;
    const joined = all.filter((session) =>
      endOf(session) + this.#grace > this.#watermark &&
      session.records.some((other) => Math.abs(other.time - time) < gap)
    );
    if (joined.length === 0 && time + gap + this.#grace <= this.#watermark) {
      const lateness = this.#watermark - time;
      return { told, missed: { reason: "late", lateness, start: time, end: time + gap } };
    }
    const session = {
      records: [...joined.flatMap(({ records }) => records), record],
      told: joined.some(({ told }) => told),
    };
    this.#sessions.set(key, [...all.filter((other) => !joined.includes(other)), session]);
    const window = this.#windowsOf(key).find(({ records }) => records === session.records)!;
    if (window.end <= this.#watermark) {
      session.told = true;
      told.push(this.#tell(window, true, true));
    } else if (this.#options.emission?.kind === "every-update") {
      told.push(this.#tell(window, false, session.told));
    }
    return { told, missed: null };
  }

  #sessionOf({ key, records }: Window): Session | undefined {
    return this.#sessions.get(key)?.find((session) => session.records === records);
  }

  #fill(all: readonly Window[], from: number, to: number): Told[] {
    const { spec, emptyMax = 0 } = this.#options;
    if (emptyMax === 0 || spec.kind !== "tumbling") return [];
    const told: Told[] = [];
    const first = Math.max(from, Math.min(...all.map(({ start }) => start)));
    for (let end = (Math.floor(first / spec.size) + 1) * spec.size; end <= to; end += spec.size) {
      const filled = new Set(all.filter((window) => window.end === end).map(({ key }) => key));
      for (const [key, run] of this.#known) {
        if (filled.has(key)) continue;
        if (run === emptyMax) this.#known.delete(key);
        else {
          this.#known.set(key, run + 1);
          told.push(this.#tell({ key, start: end - spec.size, end, records: [] }, true, false));
        }
      }
      for (const key of filled) this.#known.set(key, 0);
    }
    return told;
  }

  #tell({ key, start, end, records }: Window, final: boolean, correction: boolean): Told {
    const value = records.map(({ value }) => value).sort((a, b) => a - b);
    return { key, start, end, count: records.length, value, final, correction };
  }
}
