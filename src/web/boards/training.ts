/** A training that goes on where the page is served: how far it is, for people who wait for its model. */

/** What a page shows of it. */
export interface Training {
  /** What is learned from what, a sentence. */
  readonly about: string;
  /** Epochs that are done, the one in hand by its share. */
  readonly done: number;
  /** Epochs at most; `null` as long as the data are read. */
  readonly total: number | null;
  /** Until all are done, in ms; `null` where nobody can say. */
  readonly leftMs: number | null;
  /** By epoch; less is better. */
  readonly trainingLoss: readonly number[];
  readonly validationLoss: readonly number[];
  /** Of the baseline, on the validation part. */
  readonly baselineLoss: readonly number[];
}

/** Losses of an epoch. */
export type Losses = Readonly<Record<"trainingLoss" | "validationLoss" | "baselineLoss", number>>;

/** A training in the making. Times are in ms since any fixed moment. */
export class TrainingCourse {
  readonly #about: string;
  readonly #epochs: Losses[] = [];
  /** The first time that anything was done of it. */
  #first: { readonly done: number; readonly atMs: number } | null = null;
  #now: { readonly done: number; readonly total: number; readonly atMs: number } | null = null;

  /** @param about what is learned from what, a sentence */
  constructor(about: string) {
    this.#about = about;
  }

  /** An epoch is complete. */
  onEpoch({ trainingLoss, validationLoss, baselineLoss }: Losses): void {
    this.#epochs.push({ trainingLoss, validationLoss, baselineLoss });
  }

  /** So many epochs are done. */
  onProgress({ done, total }: { readonly done: number; readonly total: number }, atMs: number): void {
    this.#first ??= { done, atMs };
    this.#now = { done, total, atMs };
  }

  /** As it is now. */
  view(): Training {
    const column = (name: keyof Losses) => this.#epochs.map((epoch) => epoch[name]);
    return {
      about: this.#about,
      done: this.#now?.done ?? 0,
      total: this.#now?.total ?? null,
      leftMs: this.#leftMs(),
      trainingLoss: column("trainingLoss"),
      validationLoss: column("validationLoss"),
      baselineLoss: column("baselineLoss"),
    };
  }

  #leftMs(): number | null {
    if (this.#now === null || this.#first === null || this.#now.done <= this.#first.done) return null;
    const { done, total, atMs } = this.#now;
    return Math.round((total - done) * (atMs - this.#first.atMs) / (done - this.#first.done));
  }
}
