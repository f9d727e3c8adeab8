/**
 * The state of a server: what the topic `federated-rounds` says, record by record from the first one on, and nothing
 * else. The server that wrote a record and the one that reads it after a restart take it in here, so that both know the
 * same, to the bit.
 *
 * Each start of a server begins with a record of its own. Behind it the records of other runs are passed over: two
 * servers on one topic do not spoil it, the newer one goes on.
 */
import type { IncomingRecord, OutgoingRecord } from "../../kafka/port.ts";
import { printRoundsKey } from "../../records/federated_rounds/keys.ts";
import { headerOf, type ReadRounds, readRounds } from "../../records/federated_rounds/read.ts";
import type { DeviceRecord, RefusalRecord, RoundRecord } from "../../records/federated_rounds/schema.ts";
import { type GlobalFile, readGlobalFile } from "./global_file.ts";
import { NUM_EXAMPLES_MAX, ROUND_EXAMPLES_MAX, STALENESS_MAX } from "../limits.ts";
import { makeStrategy } from "../strategies/mod.ts";
import { type Checked, checkUpdate, type Refusal, type Update } from "../update.ts";
import { readUpdateFile, type SentUpdate } from "../update_file.ts";
import { deviceAfter } from "./device_record.ts";
import { RoundsHistory } from "./history.ts";
import { OpenRound } from "./open_round.ts";
import { keptState, type RoundsPolicy, type RoundsRules, rulesOf, stateNameOf } from "./policy.ts";

/** Names of the headers that say which run of a server wrote a record, and its number in that run. */
export const RUN_HEADER = "run", SEQUENCE_HEADER = "sequence";

const NO_BYTES = new Uint8Array(0);

/** What an own record says that is on its way to the topic: when it comes back its bytes are not read once more. */
export interface OwnRecord {
  readonly read: ReadOf<"update" | "device">;
  /** The content of an update. */
  readonly sent?: SentUpdate;
}

/** A record that is to be written. */
export interface RoundsRecord extends OutgoingRecord {
  /** What it says, where that is known. */
  readonly own?: OwnRecord;
}

type ReadOf<K extends ReadRounds["kind"]> = Extract<ReadRounds, { readonly kind: K }>;

/** What is known of a record beside its content. */
interface Beside {
  /** Unix ms */
  readonly timestampMs: number;
  readonly sent: SentUpdate | undefined;
}

/** All that is known. */
export class Rounds {
  readonly policy: RoundsPolicy;
  readonly history = new RoundsHistory();
  /** By name. What `updated` has is not in a record of the device yet. */
  readonly devices = new Map<string, DeviceRecord>();
  readonly updated = new Set<string>();
  /** Keys of updates, old global models and states that stand on the topic. */
  readonly disposable = new Map<string, Extract<ReadOf<"tombstone">["of"], { readonly round: number }>>();
  /** Devices whose newest refusal stands on the topic, the newest last. */
  readonly refusals = new Set<string>();
  /** Runs of servers, the newest last. */
  readonly runs: string[] = [];
  readonly #run: string;
  readonly #globals = new Map<number, GlobalFile>();
  readonly #states = new Map<number, ReadOf<"strategy">>();
  /** By number. */
  readonly #own = new Map<number, OwnRecord>();
  #open: OpenRound | null = null;
  #rules: RoundsRules | null = null;
  #sequence = -1;

  /** @param run of whoever asks: its own records have numbers */
  constructor(policy: RoundsPolicy, run: string) {
    this.policy = policy;
    this.#run = run;
  }

  /** The round that takes updates in, or is being aggregated; `null` where the topic is empty. */
  get open(): OpenRound | null {
    return this.#open;
  }

  /** The newest global model; `null` where the topic is empty. */
  get global(): GlobalFile | null {
    return this.#open === null ? null : this.#globals.get(this.#open.round) ?? null;
  }

  /** What the policy means for the strategy and the model. Only where there is a global model. */
  get rules(): RoundsRules {
    return this.#rules!;
  }

  /** The server that writes. */
  get owner(): string | null {
    return this.runs.at(-1) ?? null;
  }

  /** Number of the last own record that was taken; −1 for none. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Whether the state that the open round's strategy began with is on the topic, where it has one. */
  get hasState(): boolean {
    return this.#open!.strategy.state() === null ||
      this.#states.get(this.#open!.round)?.strategy === stateNameOf(this.policy);
  }

  /** A global model that is kept. */
  globalOf(round: number): GlobalFile | null {
    return this.#globals.get(round) ?? null;
  }

  /** An own record of this number is on its way. */
  expect(sequence: number, own: OwnRecord): void {
    this.#own.set(sequence, own);
  }

  /** It is not any more: should it come yet, its bytes say what it is. */
  forget(sequence: number): void {
    this.#own.delete(sequence);
  }

  /** Takes the next record of the topic. @returns why it is of no use, a sentence; `null` where it is */
  take(record: IncomingRecord): string | null {
    const run = headerOf(record.headers, RUN_HEADER);
    if (run === null) return "it was not written by a server of this program: it has no header run";
    if (run === this.#run) this.#sequence = Number(headerOf(record.headers, SEQUENCE_HEADER));
    const own = run === this.#run ? this.#own.get(this.#sequence) : undefined;
    const read = own?.read ?? readRounds(record);
    if (read === null) return "its key or its value is none of this topic's";
    if (read.kind === "server") {
      this.#forgetRun(read.value.run);
      this.runs.push(read.value.run);
      return null;
    }
    if (this.owner !== null && run !== this.owner) return null; // of a server that had been superseded
    return this.#apply(read, { timestampMs: record.timestampMs, sent: own?.sent });
  }

  #apply(read: Exclude<ReadRounds, ReadOf<"server">>, beside: Beside): string | null {
    switch (read.kind) {
      case "round":
        return this.#takeRound(read.value);
      case "update":
        this.disposable.set(printRoundsKey(read), { kind: "update", round: read.round, device: read.device });
        return this.#takeUpdate(read, beside);
      case "global":
        this.disposable.set(printRoundsKey(read), { kind: "global", round: read.round });
        return this.#takeGlobal(read);
      case "strategy":
        this.disposable.set(printRoundsKey(read), { kind: "strategy", round: read.round });
        return this.#takeState(read);
      case "device":
        return this.#takeDevice(read.value);
      case "refusal":
        return this.#takeRefusal(read.value);
      case "tombstone":
        this.disposable.delete(printRoundsKey(read.of));
        if (read.of.kind === "server") this.#forgetRun(read.of.run);
        if (read.of.kind === "refusal") this.refusals.delete(read.of.device);
        if (read.of.kind === "device") {
          this.devices.delete(read.of.device);
          this.updated.delete(read.of.device);
        }
        return null;
    }
  }

  #forgetRun(run: string): void {
    const place = this.runs.indexOf(run);
    if (place >= 0) this.runs.splice(place, 1);
  }

  #takeRound(record: RoundRecord): string | null {
    if (this.#open !== null && record.round < this.#open.round) return null; // it is known already
    if (record.round !== this.#open?.round) this.#begin(record.round);
    this.#open!.describe(record);
    if (record.state === "published") {
      this.history.add(record);
      this.#begin(record.round + 1);
    }
    return null;
  }

  #takeGlobal({ round, bytes }: ReadOf<"global">): string | null {
    if (this.#globals.has(round) && round === this.#open?.round) return null; // the same bytes again
    try {
      // A copy: a record's value may be Node's Buffer, whose slices are views of what was fetched.
      this.#globals.set(round, readGlobalFile(new Uint8Array(bytes), round));
    } catch (error) {
      return `it is no model: ${(error as Error).message}`;
    }
    if (this.#open === null && round === 0) this.#begin(0);
    return null;
  }

  #takeState(read: ReadOf<"strategy">): null {
    this.#states.set(read.round, { ...read, bytes: new Uint8Array(read.bytes) });
    if (read.round === this.#open?.round && this.#open.updates === 0) {
      const { record } = this.#open;
      this.#begin(read.round);
      if (record !== null) this.#open.describe(record);
    }
    return null;
  }

  #begin(round: number): void {
    const state = this.#states.get(round);
    const { strategy: name, strategyOptions } = this.policy;
    const kept = state === undefined ? null : keptState(this.policy, state);
    const strategy = makeStrategy(name, strategyOptions, kept);
    const global = this.#globals.get(round) ?? null;
    if (global !== null) {
      this.#rules = rulesOf(this.policy, { strategy, weights: global.weights.length });
    }
    const earlier = new Map([...this.#globals].map(([n, { weights }]) => [n, weights]));
    this.#open = new OpenRound(round, { strategy, global, earlier });
    for (const n of this.#states.keys()) if (n < round) this.#states.delete(n);
    for (const [n, kept] of this.#globals) {
      if (n < round - STALENESS_MAX) this.#globals.delete(n);
      else if (n < round) this.#globals.set(n, { ...kept, bytes: NO_BYTES }); // nobody asks for the file any more
    }
  }

  #takeUpdate(
    { round, device, countedIn, digest, bytes }: ReadOf<"update">,
    { timestampMs, sent: own }: Beside,
  ): string | null {
    const open = this.#open;
    if (open === null || countedIn !== open.round || !open.takes({ device, round })) return null;
    let sent;
    try {
      sent = own ?? readUpdateFile(bytes);
    } catch (error) {
      return (error as Error).message;
    }
    if (sent.device !== device || sent.round !== round) return "its key and its content do not say the same";
    // Acknowledged is kept, also where whoever started the server again allows less by now.
    const checked = this.check(sent, null);
    if ("refusal" in checked) return checked.refusal.detail;
    open.add(checked.update);
    const counting = { countedIn, digest, nowMs: timestampMs };
    this.devices.set(device, deviceAfter(sent, this.devices.get(device), counting));
    this.updated.add(device);
    return null;
  }

  /**
   * The checks that are always on, against the global model that it learned from and the one it is averaged with. Only
   * where there is a global model. @param normMax largest norm of weights less the global ones; `null`: that of all updates
   */
  check(
    update: Update,
    normMax = this.policy.normMax,
  ): Checked | { readonly refusal: Refusal<"stale" | "full"> } {
    const { device, round, numExamples } = update;
    const base = this.#globals.get(round);
    if (base === undefined) {
      const detail = `global model ${round} that it learned from is not kept any more`;
      return { refusal: { device, reason: "stale", detail } };
    }
    const against = base === this.global ? [base] : [base, this.global!];
    for (const { weights } of against) {
      const checked = checkUpdate(update, { global: weights, ...(normMax === null ? {} : { normMax }) });
      if ("refusal" in checked) return checked;
    }
    if (this.#open!.numExamples + Math.min(numExamples, NUM_EXAMPLES_MAX) > ROUND_EXAMPLES_MAX) {
      const detail = `the round has ${this.#open!.numExamples} examples, ${ROUND_EXAMPLES_MAX} are allowed`;
      return { refusal: { device, reason: "full", detail } };
    }
    return { update: { ...update, numExamples: Math.min(numExamples, NUM_EXAMPLES_MAX) } };
  }

  #takeDevice(record: DeviceRecord): null {
    const { device, countedIn, lastRound: round } = record;
    const open = this.#open;
    // Beside an update that came after the round had closed: it does not count, and is sent again.
    if (open?.round === countedIn && open.isClosed && !open.has({ device, round })) return null;
    this.devices.set(device, record);
    this.updated.delete(device);
    return null;
  }

  #takeRefusal({ device, participant, reason }: RefusalRecord): null {
    this.refusals.delete(device);
    this.refusals.add(device);
    if (this.#open !== null) {
      const { refused } = this.#open;
      refused[reason] = (refused[reason] ?? 0) + 1;
    }
    const known = this.devices.get(device);
    // What others claim of a device is not counted against it.
    if (known !== undefined && (known.participant ?? participant) === participant) {
      this.devices.set(device, { ...known, refused: known.refused + 1 });
      this.updated.add(device);
    }
    return null;
  }
}
