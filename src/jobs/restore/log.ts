/** State that the log itself rebuilds: it is read again from an earlier offset. */
import type { Job, JobMaker } from "../job.ts";
import type { Restore } from "./restore.ts";

/**
 * The state is what the last records before an offset say: they are read again. A state that was ours is used where it
 * stands at just that offset.
 *
 * @param maker.rewindFrom where to begin to read, so that the state is whole at `offset`
 */
export function rewind<J extends Job>(
  maker: JobMaker<J> & { rewindFrom(offset: number): number },
): Restore<J> {
  return {
    keepsState: "if-committed",
    begin: (assigned, kept) => {
      const { startOffset, logStartOffset } = assigned;
      const stands = kept !== null && kept.position === startOffset && kept.outputFrom <= startOffset;
      if (stands && kept.job !== null) return { job: kept.job, from: startOffset };
      const from = Math.min(startOffset, Math.max(logStartOffset, maker.rewindFrom(startOffset)));
      return { job: maker.make(assigned), from };
    },
  };
}

/**
 * The state is what the whole log says, and a record that is taken a second time changes nothing: a state that was ours
 * is read on from wherever it stands.
 */
export function wholeLog<J extends Job>(maker: JobMaker<J>): Restore<J> {
  return {
    keepsState: "always",
    begin: (assigned, kept) => {
      const { startOffset, logStartOffset } = assigned;
      if (kept === null || kept.job === null) return { job: maker.make(assigned), from: logStartOffset };
      return { job: kept.job, from: Math.min(kept.position, startOffset) };
    },
  };
}
