/**
 * Offsets alone: those of all partitions in one commit, one at a time, soon after what they stand for is acknowledged.
 * A commit that is refused drops the state: whoever has the partition now reads those records again.
 */
import type { Job } from "../job.ts";
import { COMMIT_INTERVAL_MS } from "../limits.ts";
import type { Tenure } from "../tenure.ts";
import type { Commit, Shell } from "./commit.ts";

/** Commits offsets. */
export function commitOffsets<J extends Job>(shell: Shell<J>): Commit<J> {
  return new OffsetCommit(shell);
}

class OffsetCommit<J extends Job> implements Commit<J> {
  readonly #shell: Shell<J>;
  /** What is acknowledged and not committed. */
  readonly #due = new Map<Tenure<J>, number>();
  #inFlight: Promise<void> | null = null;
  #cancelTimer: (() => void) | null = null;
  #isClosed = false;

  constructor(shell: Shell<J>) {
    this.#shell = shell;
  }

  sent(tenure: Tenure<J>): void {
    const { emitted } = tenure;
    if (emitted <= tenure.committed) return;
    tenure.acknowledged.then(() => {
      if (tenure.ended) return;
      this.#due.set(tenure, emitted);
      this.#schedule();
    }, () => {}); // the runner knows
  }

  ended(tenure: Tenure<J>): void {
    this.#due.delete(tenure);
  }

  async finish(hasFailed: boolean): Promise<void> {
    if (!hasFailed) {
      await Promise.all([...this.#shell.tenures.values()].map(({ acknowledged }) => acknowledged));
    }
    this.close();
    await this.#inFlight;
    this.#commit();
    await this.#inFlight;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #schedule(): void {
    if (this.#isClosed || this.#due.size === 0) return;
    if (this.#cancelTimer !== null || this.#inFlight !== null) return;
    this.#cancelTimer = this.#shell.clock.after(COMMIT_INTERVAL_MS, () => {
      this.#cancelTimer = null;
      this.#commit();
    });
  }

  #commit(): void {
    if (this.#due.size === 0) return;
    const due = [...this.#due];
    this.#due.clear();
    const offsets = due.map(([{ topic, partition }, offset]) => ({ topic, partition, offset }));
    const settled = (stored: boolean) => {
      for (const [tenure, offset] of due) {
        if (stored) tenure.committed = offset;
        else this.#shell.refused(tenure);
      }
    };
    this.#inFlight = this.#shell.commit(offsets).then(settled, (error) => this.#shell.fail(error)).then(
      () => {
        this.#inFlight = null;
        this.#schedule();
      },
    );
  }
}
