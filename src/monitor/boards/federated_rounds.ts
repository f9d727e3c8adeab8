/** The rounds of a federation: the open one, and those that were published. Pure. */
import { type ErrorsByPredictor, errorsOf } from "../../records/federated_rounds/errors.ts";
import type { RoundRecord } from "../../records/federated_rounds/schema.ts";
import { plainName, plainText } from "../../runtime/plain_text.ts";
import { DETAIL_LENGTH_MAX, DEVICES_MAX, REASONS_MAX, ROUNDS_MAX } from "./limits.ts";
import { boundedId } from "./recent_ids.ts";

/** A round, its names made harmless. Global model n + 1 is made of what round n counted. */
export interface RoundRow {
  readonly round: number;
  readonly state: RoundRecord["state"];
  readonly strategy: string;
  readonly openedMs: number;
  /** `null`: it waits for its updates as long as they take. */
  readonly deadlineMs: number | null;
  readonly closedMs: number | null;
  readonly closedBy: string | null;
  /** Updates that count. */
  readonly counted: number;
  /** Updates that it waits for; `null` where nobody said so. */
  readonly wanted: number | null;
  readonly refused: number;
  readonly refusedBy: Readonly<Record<string, number>>;
  readonly late: number;
  readonly dropped: number;
  readonly numExamples: number;
  /** Of the global model that it made. */
  readonly version: string | null;
  /** Means over the examples of its devices. */
  readonly loss: number | null;
  readonly mse: ErrorsByPredictor;
  /** Why its result is to be looked at: the strategy trims nothing. */
  readonly doubt: string | null;
  readonly epsilon: number | null;
}

/** Rounds that take updates: the open one, and those that will open. */
const OPEN_MAX = 4;
const OTHER_REASONS = "other";

/** By name. */
type Counts = Map<string, number>;

function add(counts: Counts, name: string, count: number): void {
  const counted = counts.has(name) || counts.size < REASONS_MAX ? name : OTHER_REASONS;
  counts.set(counted, (counts.get(counted) ?? 0) + count);
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function descending(counts: Counts): Record<string, number> {
  return Object.fromEntries([...counts].filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a));
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

function rowOf(record: RoundRecord): RoundRow {
  const { round, state, openedMs, deadlineMs, closedMs, closedBy, updates: counted, wanted = null } = record;
  const { late, dropped, numExamples, version, loss, metrics, doubt, epsilon } = record;
  const reasons: Counts = new Map();
  for (const [reason, count] of Object.entries(record.refused)) add(reasons, plainName(reason), count);
  const refusedBy = descending(reasons);
  // Of a round that goes on the record has what came first: who has not sent yet has not dropped out.
  const settled = isClosed(record)
    ? { dropped, loss: finite(loss), mse: errorsOf(metrics) }
    : { dropped: 0, loss: null, mse: errorsOf({}) };
  return {
    ...{
      round,
      state,
      openedMs,
      deadlineMs,
      closedMs,
      closedBy,
      counted,
      wanted,
      late,
      numExamples,
    },
    ...{ ...settled, epsilon: finite(epsilon) },
    ...{ refusedBy, refused: sumOf(refusedBy) },
    strategy: plainName(record.strategy),
    version: version === null ? null : plainName(version),
    doubt: doubt === null ? null : plainText(doubt, DETAIL_LENGTH_MAX),
  };
}

/** Whether its figures are settled. */
function isClosed({ state }: Pick<RoundRow, "state">): boolean {
  return state === "aggregating" || state === "published";
}

/** Rows by number, in bounded memory. Of each round the record that came last counts. */
export class RoundRows {
  readonly #rows = new Map<number, RoundRow>();
  /** Updates that came of rounds that are not closed. */
  readonly #sent = new Map<number, Set<string>>();
  #newest = -1;
  /** Of closed rounds, also of those that are forgotten. */
  #published = 0;
  #updates = 0;
  readonly #refused: Counts = new Map();
  /** Since the last round closed: its record will say the same. */
  readonly #refusedSince: Counts = new Map();

  /** Takes a round as it is now. */
  take(record: RoundRecord): void {
    const row = rowOf(record);
    const { round } = row;
    // A round that opens where later ones are known: a server began anew on a topic of its own.
    if (!isClosed(row) && round < this.#newest) this.#beginAnew();
    const known = this.#rows.get(round);
    if (known !== undefined) this.#count(known, -1);
    this.#count(row, 1);
    this.#rows.set(round, row);
    this.#newest = Math.max(this.#newest, round);
    if (isClosed(row)) {
      this.#sent.delete(round);
      if (round === this.#newest) this.#refusedSince.clear();
    }
    if (this.#rows.size > ROUNDS_MAX) this.#rows.delete(Math.min(...this.#rows.keys()));
  }

  /** An update of a round came. @param id what tells it from the round's others */
  takeUpdate(round: number, id: string): void {
    const row = this.#rows.get(round);
    if (row !== undefined && isClosed(row)) return;
    const sent = this.#sent.get(round) ?? new Set();
    this.#sent.set(round, sent);
    if (sent.size < DEVICES_MAX) sent.add(boundedId(id));
    if (this.#sent.size > OPEN_MAX) this.#sent.delete(Math.min(...this.#sent.keys()));
  }

  /** An update was refused. */
  takeRefusal(reason: string): void {
    add(this.#refusedSince, reason, 1);
  }

  #count(row: RoundRow, sign: 1 | -1): void {
    if (!isClosed(row)) return;
    this.#published += row.state === "published" ? sign : 0;
    this.#updates += sign * row.counted;
    for (const [reason, count] of Object.entries(row.refusedBy)) add(this.#refused, reason, sign * count);
  }

  #beginAnew(): void {
    for (const all of [this.#rows, this.#sent, this.#refused, this.#refusedSince]) all.clear();
    [this.#newest, this.#published, this.#updates] = [-1, 0, 0];
  }

  /** Of all rounds that were seen. */
  totals() {
    const { counted = 0 } = this.list()[0] ?? {};
    const open = this.#rows.get(this.#newest);
    const refused = new Map(this.#refused);
    for (const [reason, count] of this.#refusedSince) add(refused, reason, count);
    const refusedBy = descending(refused);
    return {
      published: this.#published,
      updates: this.#updates + (open === undefined || isClosed(open) ? 0 : counted),
      ...{ refusedBy, refused: sumOf(refusedBy) },
    };
  }

  /** Newest first; of the one that is not closed, what came since its record. */
  list(): RoundRow[] {
    const rows = [...this.#rows.values()].toSorted((a, b) => b.round - a.round);
    return rows.map((row) => {
      if (isClosed(row)) return row;
      const counted = Math.max(row.counted, this.#sent.get(row.round)?.size ?? 0);
      if (row.round !== this.#newest) return { ...row, counted };
      const since = descending(this.#refusedSince);
      const isMore = sumOf(since) > row.refused;
      return { ...row, counted, ...(isMore ? { refusedBy: since, refused: sumOf(since) } : {}) };
    });
  }
}
