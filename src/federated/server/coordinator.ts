// Not pure: it waits for the topic and for the time.
/**
 * The core of a federated server: it writes to the topic, takes in what it reads back from there, and answers. The only
 * state is what the topic says (`rounds/rounds.ts`), so a server that is killed at any moment goes on where it was.
 *
 * One loop writes, and waits until its own records have come back: what was read back in front of them, counts, and
 * another server that has taken the topic over is seen before anything is answered.
 */
import { printRoundsBytes, printRoundsJson } from "../../records/federated_rounds/print.ts";
import type { DeviceRecord, RoundRecord } from "../../records/federated_rounds/schema.ts";
import { UserError } from "../../runtime/errors.ts";
import { type GlobalFile, readGlobalFile } from "../rounds/global_file.ts";
import { BATCH_BYTES_MAX, CLOCK_LOOK_EVERY_MS, QUEUE_BYTES_MAX } from "../limits.ts";
import {
  cleaningRecords,
  closeRecords,
  closingOf,
  currentRound,
  openRecords,
  progressRecords,
  publishRecords,
  scheduleOf,
} from "../rounds/decide.ts";
import { judge, refusalRecords, type Submission } from "../rounds/judge.ts";
import type { RoundsPolicy } from "../rounds/policy.ts";
import { requireRoom } from "../rounds/record_size.ts";
import { Rounds, type RoundsRecord } from "../rounds/rounds.ts";
import { RoundsWriter, type RoundsWriterOptions } from "./rounds_writer.ts";
import { Bell } from "./bell.ts";
import { type Aggregation, answerOf, type Outcome } from "./outcome.ts";
import { ServerTally } from "./tally.ts";
import { describeStatus, type RoundsStatus } from "./status.ts";

/** What a coordinator is made of. */
export interface CoordinatorOptions extends RoundsWriterOptions {
  readonly policy: RoundsPolicy;
  /** Bytes of the largest record that the topic takes; `null` where nobody knows. */
  readonly recordBytesMax: number | null;
  /** The bytes of a model file: global model 0, where the topic is empty. */
  readonly firstModel: Uint8Array | null;
  /** Unix ms */
  readonly nowMs: () => number;
}

interface Waiting {
  readonly submission: Submission;
  readonly bytes: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** Takes updates, closes rounds, publishes global models. */
export class Coordinator implements AsyncDisposable {
  /** What it has counted since it began. */
  readonly tally = new ServerTally();
  readonly #options: CoordinatorOptions;
  readonly #rounds: Rounds;
  readonly #writer: RoundsWriter;
  readonly #asked = new Bell();
  readonly #queue: Waiting[] = [];
  readonly #byHand: ((done: Aggregation) => void)[] = [];
  readonly #work: Promise<void>[] = [];
  #queuedBytes = 0;
  #scheduleMs: number | null = null;

  private constructor(options: CoordinatorOptions) {
    this.#options = options;
    this.#rounds = new Rounds(options.policy, options.run);
    this.#writer = new RoundsWriter(this.#rounds, options);
    const { signal } = this.#writer;
    signal.addEventListener("abort", () => {
      this.#rejectWaiting(signal.reason);
      this.#asked.ring();
    });
  }

  /**
   * Takes the topic over: reads it, goes on with what was begun, and opens the first round of an empty one.
   *
   * @throws UserError where the topic is empty and there is no first model; whatever the log throws
   */
  static async open(options: CoordinatorOptions): Promise<Coordinator> {
    const coordinator = new Coordinator(options);
    try {
      await coordinator.#begin();
    } catch (error) {
      coordinator.#writer.stop(error);
      await Promise.all(coordinator.#work);
      throw error;
    }
    return coordinator;
  }

  /** Rejects with what ended it: another server, or a topic that can be read no more. Resolves after its disposal. */
  get ended(): Promise<void> {
    return this.#writer.ended;
  }

  /** The newest global model. */
  get global(): GlobalFile {
    return this.#rounds.global!;
  }

  /** A global model newer than `than`, as soon as there is one; `null` when the signal aborts before. */
  async newerGlobal(than: number, signal: AbortSignal): Promise<GlobalFile | null> {
    while (this.global.round <= than) {
      if (signal.aborted || this.#writer.signal.aborted) return null;
      await this.#writer.published.next(AbortSignal.any([signal, this.#writer.signal]));
    }
    return this.global;
  }

  /** Takes an update. Resolves when it is on the topic, and so do refusals. Rejects where the topic cannot be reached. */
  submit(submission: Submission): Promise<Outcome> {
    const bytes = submission.weights.byteLength;
    if (this.#queuedBytes + bytes > QUEUE_BYTES_MAX) {
      const detail = "more updates are waiting than the server has room for: send it again in some seconds";
      return Promise.resolve({ accepted: false, reason: "busy", detail });
    }
    this.#queuedBytes += bytes;
    return this.#ask((resolve, reject) => this.#queue.push({ submission, bytes, resolve, reject }));
  }

  /** Writes down that something was refused before it became an update. */
  refuse(
    from: Pick<Submission, "device" | "participant" | "round">,
    why: { readonly reason: string; readonly detail: string },
  ): Promise<void> {
    this.tally.refuse(why.reason);
    return this.#writer.append(refusalRecords(from, { ...why, nowMs: this.#options.nowMs() }));
  }

  /** Closes the open round, whatever the quorum says, where the strategy has enough updates. */
  aggregate(): Promise<Aggregation> {
    return this.#ask((resolve) => this.#byHand.push(resolve));
  }

  /** How it stands. */
  status(): RoundsStatus {
    return describeStatus(this.#rounds, { scheduleMs: this.#scheduleMs });
  }

  /** Published rounds before `before`, the newest first. */
  history(
    { limit, before = Infinity }: { readonly limit: number; readonly before?: number },
  ): readonly RoundRecord[] {
    return this.#rounds.history.newest({ limit, before });
  }

  /** A round that is published or open; `null` for one that is not known. */
  round(n: number): RoundRecord | null {
    return n === this.#rounds.open!.round ? currentRound(this.#rounds) : this.#rounds.history.get(n);
  }

  /** All devices, by name. */
  devices(): readonly DeviceRecord[] {
    return [...this.#rounds.devices.values()].sort((a, b) => a.device < b.device ? -1 : 1);
  }

  /** Ends: what waits is rejected, nothing more is written. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#writer.stop();
    await Promise.all(this.#work);
  }

  async #begin(): Promise<void> {
    const { run, nowMs, firstModel, policy, recordBytesMax } = this.#options;
    this.#work.push(this.#writer.follow());
    await this.#writer.append([printRoundsJson({ type: "server", run, startedMs: nowMs() })]);
    if (this.#rounds.open === null) {
      if (firstModel === null) {
        throw new UserError("Cannot begin: the topic has no global model yet", {
          hint: "name the first one with --model FILE",
        });
      }
      requireRoom(policy, readGlobalFile(firstModel, 0), recordBytesMax);
      await this.#writer.append([printRoundsBytes({ kind: "global", round: 0 }, firstModel)]);
    }
    if (this.#rounds.global === null) {
      const { round } = this.#rounds.open!;
      throw new UserError(`Cannot go on: global model ${round} is not on the topic any more`, {
        hint: "set the topic's cleanup.policy to compact, and begin with another topic",
      });
    }
    requireRoom(policy, this.#rounds.global, recordBytesMax);
    await this.#writer.append(openRecords(this.#rounds, nowMs()));
    if (this.#rounds.open!.isClosed) await this.#publish();
    await this.#writer.append(cleaningRecords(this.#rounds));
    this.#work.push(this.#run());
  }

  async #run(): Promise<void> {
    const { nowMs, wait } = this.#options;
    const { signal } = this.#writer;
    try {
      while (!signal.aborted) {
        await this.#admit();
        const hasDecided = await this.#decide(nowMs());
        if (signal.aborted || hasDecided || this.#queue.length > 0 || this.#byHand.length > 0) continue;
        const woken = new AbortController();
        const isDue = wait(CLOCK_LOOK_EVERY_MS, woken.signal);
        await Promise.race([isDue, this.#asked.next(woken.signal)]);
        woken.abort();
        await isDue;
      }
    } catch (error) {
      this.#writer.stop(error);
    }
  }

  /** Takes in the next submissions, as many as go to the topic at once and the round has room for. */
  async #admit(): Promise<void> {
    const { nowMs } = this.#options;
    const batch: Waiting[] = [], records: RoundsRecord[] = [], answers: (() => void)[] = [];
    const devices = new Set<string>();
    const { open, rules } = this.#rounds;
    let room = Math.max(1, rules.goal - open!.updates), bytes = 0;
    while (this.#queue.length > 0 && bytes < BATCH_BYTES_MAX && room > 0) {
      const next = this.#queue[0]!;
      if (devices.has(next.submission.device)) break; // what it may depends on the one before
      devices.add(next.submission.device);
      this.#queue.shift();
      this.#queuedBytes -= next.bytes;
      batch.push(next);
      bytes += next.bytes;
      const verdict = judge(this.#rounds, next.submission, nowMs());
      if (verdict.kind === "accepted") room--;
      if (verdict.kind !== "duplicate") records.push(...verdict.records);
      answers.push(() => {
        this.tally.judged(verdict, next.submission.round);
        next.resolve(answerOf(this.#rounds, verdict, next.submission));
      });
    }
    if (batch.length === 0) return;
    try {
      await this.#writer.append(records);
      for (const answer of answers) answer();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  /** Closes the round where something does. @returns whether anything was written */
  async #decide(nowMs: number): Promise<boolean> {
    const rounds = this.#rounds, open = rounds.open!;
    this.#scheduleMs = scheduleOf(rounds, { nowMs, dueMs: this.#scheduleMs });
    const byHand = this.#byHand.splice(0);
    const { updates, round, strategy: { minUpdates, name } } = open;
    if (byHand.length > 0 && updates < minUpdates) {
      const detail = `round ${round} has ${updates} updates, ${name} wants ${minUpdates} or more`;
      for (const done of byHand) done({ accepted: false, reason: "too-few", detail });
    }
    const by = byHand.length > 0 && updates >= minUpdates
      ? "manual"
      : closingOf(rounds, { nowMs, scheduleMs: this.#scheduleMs });
    if (this.#scheduleMs !== null && nowMs >= this.#scheduleMs) {
      this.#scheduleMs = nowMs + rounds.policy.everyMs!;
    }
    if (by === null) {
      const records = progressRecords(rounds, nowMs);
      await this.#writer.insist(records);
      return records.length > 0;
    }
    await this.#writer.insist(closeRecords(rounds, { by, nowMs }));
    await this.#publish();
    for (const done of byHand) {
      const { updates, version } = rounds.history.get(round)!;
      done({ accepted: true, round, updates, version: version! });
    }
    return true;
  }

  async #publish(): Promise<void> {
    const { nowMs } = this.#options;
    const closed = currentRound(this.#rounds);
    await this.#writer.insist(publishRecords(this.#rounds, nowMs()));
    this.tally.published(closed, nowMs());
    this.#scheduleMs = null;
    await this.#writer.insist(cleaningRecords(this.#rounds));
  }

  #ask<T>(put: (resolve: (value: T) => void, reject: (error: unknown) => void) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const { signal } = this.#writer;
      if (signal.aborted) return reject(signal.reason);
      put(resolve, reject);
      this.#asked.ring();
    });
  }

  #rejectWaiting(error: Error): void {
    for (const { reject } of this.#queue.splice(0)) reject(error);
    for (const done of this.#byHand.splice(0)) {
      done({ accepted: false, reason: "stopped", detail: error.message });
    }
    this.#queuedBytes = 0;
  }
}
