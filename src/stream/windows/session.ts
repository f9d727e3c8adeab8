/**
 * Session windows: records of a key that follow each other in less than the gap. A record between two sessions makes
 * them one. Sessions are emitted in the order of their ends; those with the same end in the order in which they began to
 * be.
 */
import type { Aggregate } from "../aggregate.ts";
import type { Json } from "../json.ts";
import { type Due, DueQueue } from "./due_queue.ts";
import { Early } from "./early.ts";
import { readSessions } from "./snapshots.ts";
import { type KeyEntry, Room } from "./room.ts";
import type { EmitWindow, Missed, RoomUse, WindowKind, WindowOptions } from "./types.ts";

interface SessionEntry<State> extends KeyEntry {
  /** By time; none within the gap of another. */
  readonly sessions: Session<State>[];
}

interface Session<State> {
  readonly entry: SessionEntry<State>;
  readonly order: number;
  /** Times of its first and last record. */
  start: number;
  last: number;
  count: number;
  state: State;
  /** Whether it, or one that became part of it, has been emitted as final. */
  emitted: boolean;
  /** Whether it has been emitted as final as it is now. */
  closed: boolean;
  fresh: boolean;
  /** When it is looked at again; `null` once it is part of another or forgotten. */
  due: number | null;
}

/** Entries of the queue that are of no use any more, before they are taken out, besides one for each session. */
const STALE_MAX = 1_000;

/** Session windows. */
export class SessionWindows<In, State, Out> implements WindowKind<In, Out> {
  readonly #gap: number;
  readonly #aggregate: Aggregate<In, State, Out>;
  readonly #grace: number;
  readonly #early: Early;
  readonly #room: Room<SessionEntry<State>>;
  readonly #queue = new DueQueue<Session<State>>();
  #begun = 0;
  #lastEnd = -Infinity;

  /**
   * `gap` is in the unit of event time.
   * @param state what {@linkcode SessionWindows.toJson} gave, or `null`
   */
  constructor(gap: number, options: WindowOptions<In, State, Out>, state: Json | null) {
    const { aggregate, grace = 0 } = options;
    this.#gap = gap;
    this.#aggregate = aggregate;
    this.#grace = grace;
    this.#early = new Early(options.emission);
    this.#room = new Room((key) => ({ key, states: 0, sessions: [] }), options);
    if (state !== null) this.#restore(readSessions(state));
  }

  get room(): RoomUse {
    return this.#room;
  }

  /** Once all are forgotten it may be one that was: the watermark has passed it. */
  get lastEnd(): number {
    return this.#lastEnd;
  }

  countOpen(watermark: number): number {
    return this.#all().filter((session) => this.#endOf(session) > watermark).length;
  }

  add(key: string, time: number, value: In, watermark: number, emit: EmitWindow<Out>): Missed | null {
    const end = time + this.#gap;
    let session = this.#join(key, time);
    if (session === null) {
      if (end + this.#grace <= watermark) {
        return { reason: "late", lateness: watermark - time, start: time, end };
      }
      const full = this.#room.full(this.#room.get(key), time, end);
      if (full !== null) return full;
      session = this.#begin(key, time);
    }
    session.start = Math.min(session.start, time);
    session.last = Math.max(session.last, time);
    session.state = this.#aggregate.add(session.state, value);
    session.count++;
    session.fresh = true;
    session.closed = this.#endOf(session) <= watermark;
    if (session.closed) {
      session.emitted = true;
      this.#emitWindow(session, true, emit);
    } else if (this.#early.everyUpdate) this.#emitWindow(session, false, emit);
    this.#schedule(session);
    return null;
  }

  advance(from: number, to: number, emit: EmitWindow<Out>): void {
    while (this.#queue.next <= to) this.#take(this.#queue.pop()!, emit);
    if (!this.#early.isDue(from, to)) return;
    const open = this.#all().filter((session) => !session.closed && session.fresh);
    open.sort((a, b) => a.last - b.last || a.order - b.order);
    for (const session of open) {
      this.#emitWindow(session, false, emit);
      session.fresh = false;
    }
  }

  /** For a snapshot. */
  toJson(): Json {
    return this.#all().sort((a, b) => a.order - b.order).map((
      { entry, start, last, count, state, emitted, closed, fresh },
    ) => [entry.key, start, last, count, this.#aggregate.toJson(state), emitted, closed, fresh]);
  }

  #restore(sessions: ReturnType<typeof readSessions>): void {
    for (const [key, start, last, count, state, emitted, closed, fresh] of sessions) {
      const session = this.#begin(key, start);
      Object.assign(session, { last, count, state: this.#aggregate.fromJson(state), emitted, closed, fresh });
      this.#schedule(session);
    }
  }

  #endOf({ last }: Session<State>): number {
    return last + this.#gap;
  }

  /** In no order that outputs may depend on. */
  #all(): Session<State>[] {
    return [...this.#room.entries()].flatMap(({ sessions }) => sessions);
  }

  /** The session of a record at `time`: two that become one by it are one afterwards. */
  #join(key: string, time: number): Session<State> | null {
    const sessions = this.#room.get(key)?.sessions ?? [];
    let index = sessions.length;
    while (index > 0 && time < this.#endOf(sessions[index - 1]!)) index--;
    const session = sessions[index];
    if (session === undefined || session.start >= time + this.#gap) return null;
    const next = sessions[index + 1];
    if (next === undefined || next.start >= time + this.#gap) return session;
    session.last = next.last;
    session.count += next.count;
    session.state = this.#aggregate.merge(session.state, next.state);
    session.emitted ||= next.emitted;
    this.#end(next);
    return session;
  }

  #begin(key: string, time: number): Session<State> {
    const entry = this.#room.take(key);
    const session: Session<State> = {
      entry,
      order: this.#begun++,
      start: time,
      last: time,
      count: 0,
      state: this.#aggregate.create(),
      emitted: false,
      closed: false,
      fresh: false,
      due: null,
    };
    let index = entry.sessions.length;
    while (index > 0 && entry.sessions[index - 1]!.start > time) index--;
    entry.sessions.splice(index, 0, session);
    return session;
  }

  #end(session: Session<State>): void {
    const { entry } = session;
    entry.sessions.splice(entry.sessions.indexOf(session), 1);
    this.#room.release(entry);
    session.due = null;
  }

  /** Sees to it that the session is looked at in time: one that has become longer may be looked at too early. */
  #schedule(session: Session<State>): void {
    const end = this.#endOf(session);
    this.#lastEnd = Math.max(this.#lastEnd, end);
    const due = session.closed ? end + this.#grace : end;
    if (session.due !== null && session.due <= due) return;
    session.due = due;
    this.#queue.push({ at: due, order: session.order, of: session });
    if (this.#queue.length > 2 * this.#room.states + STALE_MAX) {
      this.#queue.retain(({ at, of }) => of.due === at);
    }
  }

  #take({ at, of: session }: Due<Session<State>>, emit: EmitWindow<Out>): void {
    if (session.due !== at) return;
    session.due = null;
    const end = this.#endOf(session);
    if (!session.closed && end === at) {
      session.closed = true;
      this.#emitWindow(session, true, emit);
      session.emitted = true;
    }
    if (session.closed && end + this.#grace <= at) this.#end(session);
    else this.#schedule(session);
  }

  #emitWindow(session: Session<State>, final: boolean, emit: EmitWindow<Out>): void {
    const { entry: { key }, start, count, state, emitted } = session;
    const value = this.#aggregate.result(state);
    emit({ key, start, end: this.#endOf(session), count, value, final, correction: emitted });
  }
}
