// Not pure: it runs jobs on a cluster, and asks a server.
/**
 * A participant: devices of a group member's partitions learn what comes in, send it, and take what the server makes of
 * it. An update is sent when a snapshot that has it is stored: after a crash it is sent again, with the same bits.
 */
import type { JobsState, OpenRun } from "../../jobs/run.ts";
import { runWindowedJobs, type WindowedRun } from "../../jobs/run_windowed.ts";
import type { WindowedJob } from "../../jobs/job.ts";
import { ModelFileError } from "../../models/fields.ts";
import { pause } from "../../runtime/wait.ts";
import { DEVICES_SNAPSHOT_MS, SERVER_RETRY_MS, UPLOADS_AT_ONCE } from "../limits.ts";
import type { OwnUpdate } from "../participant/device.ts";
import { DeviceJob, DeviceJobs } from "../participant/device_job.ts";
import type { DeviceTally } from "../participant/device_tally.ts";
import { type LearnableModel, readLearnableModel } from "../participant/learnable_model.ts";
import type { FederatedServer, PublishedModel, UploadAnswer } from "./client.ts";
import { Nudge, Reach, type Said } from "./reach.ts";
import { uploadSecurely } from "./secure_upload.ts";

/** What a participant is made of. */
export interface ParticipateOptions
  extends Omit<WindowedRun, "idleTimeoutMs" | "closeAfterMs" | "onWarning" | "isBusy" | "snapshotEveryMs"> {
  readonly server: FederatedServer;
  readonly topics: { readonly anomalies: string; readonly deadLetter: string };
  /** Receives the counts. */
  readonly tally: DeviceTally;
  readonly said: Said;
  /** Sends what is learned only into sums of several devices: secure aggregation. */
  readonly secure: boolean;
  /** Called with every global model that is taken. */
  readonly onGlobal?: (global: LearnableModel) => void;
}

/** Where a participant ended. */
export interface Participation {
  readonly state: JobsState;
  readonly global: LearnableModel;
  /** The partitions held last, with their devices. */
  readonly jobs: readonly DeviceJob[];
}

/**
 * Learns until the signal aborts, the limit is reached or it has been idle long enough; everything that was read is in a
 * snapshot and committed when it returns.
 *
 * @returns `null` where it was stopped before the server gave a model
 * @throws KafkaError of the cluster, {@linkcode UserError} for a server that is none or does not let it in
 */
export async function participate(options: ParticipateOptions): Promise<Participation | null> {
  const { server, topics, tally, said, secure: _, signal, onGlobal, ...run } = options;
  const reach = new Reach(server, said);
  const published = await reach.untilAnswered(() => server.newerGlobal(null, signal), signal);
  if (published === null) return null;
  const nudge = new Nudge();
  const global = readLearnableModel(published.bytes, published.round);
  const jobs = new DeviceJobs({ global, topics, tally, onTaken: () => nudge.ring() });
  onGlobal?.(global);
  const working = new Work({ jobs, reach, nudge, options });
  const state = await working.around((ended) =>
    runWindowedJobs({
      ...run,
      maker: jobs,
      outputs: [topics.anomalies],
      deadLetter: topics.deadLetter,
      signal: ended,
      // Nothing of a device depends on the clock.
      ...{ idleTimeoutMs: Infinity, closeAfterMs: Infinity, snapshotEveryMs: DEVICES_SNAPSHOT_MS },
      onWarning: said.warn,
      isBusy: working.isBusy,
      onOpen: (atSnapshot) => working.atSnapshot = atSnapshot,
      onOpened: (opened) => {
        working.opened = opened;
        run.onOpened?.(opened);
      },
    }), published);
  return { state, global: jobs.global, jobs: jobsOf(state) };
}

/** The jobs of a participant's partitions. */
export function jobsOf({ jobs }: Pick<JobsState, "jobs">): DeviceJob[] {
  return jobs.filter((job) => job instanceof DeviceJob);
}

/** What goes on beside the records: following the server, learning by the round, sending. */
class Work {
  opened: OpenRun<WindowedJob> | null = null;
  atSnapshot: (callback: () => void) => void = () => {};
  readonly #jobs: DeviceJobs;
  readonly #reach: Reach;
  readonly #nudge: Nudge;
  readonly #toSend = new Nudge();
  readonly #options: ParticipateOptions;
  /** Refusals that were said: by round and reason. */
  readonly #refusals = new Set<string>();
  /** Devices whose updates are on their way into a sum. */
  readonly #inSum = new Set<string>();
  readonly #ended = new AbortController();
  #fail: (error: unknown) => void = () => {};

  constructor(
    { jobs, reach, nudge, options }: {
      readonly jobs: DeviceJobs;
      readonly reach: Reach;
      readonly nudge: Nudge;
      readonly options: ParticipateOptions;
    },
  ) {
    this.#jobs = jobs;
    this.#reach = reach;
    this.#nudge = nudge;
    this.#options = options;
  }

  /** Works as long as `run` does; a failure of either ends both. */
  async around<T>(run: (signal: AbortSignal) => Promise<T>, first: PublishedModel): Promise<T> {
    const failed = new AbortController();
    const failures: unknown[] = [];
    this.#fail = (error) => {
      failures.push(error);
      failed.abort();
    };
    const guard = (work: Promise<void>) => work.catch(this.#fail);
    const beside = [this.#follow(first), this.#learn(), this.#send()].map(guard);
    try {
      const result = await run(AbortSignal.any([this.#options.signal, failed.signal]));
      if (failures.length > 0) throw failures[0];
      return result;
    } finally {
      this.#ended.abort();
      await Promise.all(beside);
    }
  }

  /** Whether there is something to learn or to send, and a server to send it to. */
  readonly isBusy = (): boolean =>
    !this.#reach.isAway && this.#held.some((job) => job.due() !== undefined || job.pending.length > 0);

  get #held(): DeviceJob[] {
    return this.opened === null ? [] : jobsOf(this.opened.state());
  }

  /** Takes what the server publishes. */
  async #follow({ etag: first }: PublishedModel): Promise<void> {
    const { signal } = this.#ended, { server, said } = this.#options;
    let etag = first;
    while (!signal.aborted) {
      const askedMs = performance.now();
      const found = await this.#reach.untilAnswered(() => server.newerGlobal(etag, signal), signal);
      if (found !== null) {
        etag = found.etag;
        try {
          this.#adopt(readLearnableModel(found.bytes, found.round));
        } catch (error) {
          if (!(error instanceof ModelFileError)) throw error;
          said.warn(
            `the global model of round ${found.round} is of no use, devices keep theirs: ${error.message}`,
          );
        }
      } else if (performance.now() - askedMs < SERVER_RETRY_MS.min) await pause(SERVER_RETRY_MS.min, signal);
    }
  }

  #adopt(global: LearnableModel): void {
    const { said, onGlobal } = this.#options;
    if (global.signature !== this.#jobs.signature) {
      said.warn(
        `the global model of round ${global.round} is for another task or network, devices keep theirs: ` +
          "start the participant again to begin with it",
      );
      return;
    }
    this.#jobs.global = global;
    for (const job of this.#held) job.adopt();
    onGlobal?.(global);
    this.#nudge.ring();
  }

  /** Lets devices do what is due, one after the other; records are taken in between. */
  async #learn(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      let isIdle = true;
      for (const job of this.#held) {
        const device = job.due();
        if (device === undefined) continue;
        job.work(device);
        isIdle = false;
        await pause(0, signal);
      }
      if (!isIdle) continue;
      this.#toSend.ring();
      await this.#nudge.heard(LOOK_EVERY_MS, signal);
    }
  }

  /** Sends updates, each when it is in a snapshot. */
  async #send(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await this.#toSend.heard(LOOK_EVERY_MS, signal);
      const isUnsaved = this.#held.some((job) => job.pending.some(({ isSaved }) => !isSaved));
      if (isUnsaved) await this.#untilSnapshot();
      const due = this.#held.flatMap((job) =>
        job.pending.filter(({ isSaved }) => isSaved).map(({ update }) => ({ job, update }))
      ).values();
      if (this.#options.secure) {
        for (const { job, update } of due) this.#sendIntoSum(job, update);
        continue;
      }
      const next = async () => {
        for (const { job, update } of due) await this.#sendOne(job, update);
      };
      await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, next));
    }
  }

  async #untilSnapshot(): Promise<void> {
    const saved = new AbortController();
    this.atSnapshot(() => saved.abort());
    await pause(SNAPSHOT_WITHIN_MS, AbortSignal.any([this.#ended.signal, saved.signal]));
  }

  async #sendOne(job: DeviceJob, update: OwnUpdate): Promise<void> {
    const { signal } = this.#ended, { server } = this.#options;
    while (!signal.aborted) {
      const answer = await this.#reach.untilAnswered(() => server.upload(update, signal), signal);
      if (answer === null) return;
      if (answer.kind === "busy") {
        await pause(answer.waitMs, signal);
        continue;
      }
      this.#settle(job, update, answer);
      return;
    }
  }

  /** Beside the others: a sum waits for all of its devices. */
  #sendIntoSum(job: DeviceJob, update: OwnUpdate): void {
    if (this.#inSum.has(update.device)) return;
    this.#inSum.add(update.device);
    const { signal } = this.#ended, { server } = this.#options, { weights: global } = this.#jobs.global;
    const upload = this.#jobs.global.round === update.round
      ? this.#reach.untilAnswered(() => uploadSecurely({ server, update, global, signal }), signal)
      : Promise.resolve<UploadAnswer>({ kind: "refused", reason: "late", detail: "its round is over" });
    upload.then((answer) => {
      if (answer !== null && answer.kind !== "busy" && !signal.aborted) this.#settle(job, update, answer);
    }).catch((error) => this.#fail(error)).finally(() => {
      this.#inSum.delete(update.device);
      this.#toSend.ring();
    });
  }

  #settle(job: DeviceJob, update: OwnUpdate, answer: Exclude<UploadAnswer, { readonly kind: "busy" }>): void {
    const { tally } = this.#options;
    job.settle(update, { accepted: answer.kind === "accepted" });
    if (answer.kind !== "accepted") return this.#refused(update, answer);
    tally.updates++;
    if (answer.duplicate) tally.updatesTwice++;
  }

  #refused(
    { device, round }: OwnUpdate,
    { reason, detail }: { readonly reason: string; readonly detail: string },
  ) {
    const { said, tally } = this.#options;
    tally.add("refused", reason);
    const which = `${round} ${reason}`;
    if (this.#refusals.has(which)) return;
    if (this.#refusals.size >= REFUSALS_REMEMBERED) this.#refusals.clear();
    this.#refusals.add(which);
    said.warn(
      `the server refused what ${device} learned in round ${round} (${reason}): ${detail}; the device goes on learning`,
    );
  }
}

/** How often it is looked whether there is something to do that nothing has said, in ms. */
const LOOK_EVERY_MS = 1_000;
/** A snapshot that takes longer is waited for in turn, in ms. */
const SNAPSHOT_WITHIN_MS = 60_000;
/** Refusals that are not said twice. */
const REFUSALS_REMEMBERED = 1_000;
