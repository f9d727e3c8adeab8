/** How far a training is, and when it will be over. */
import type { Log } from "../../runtime/log.ts";
import { type Progress, startProgress } from "../../runtime/progress.ts";

/** Every epoch has its line in the log anyway. */
const LINE_EVERY_MS = 10_000;

/** A display of epochs; early stopping may end a training before all of them. */
export function startEpochs(
  { epochs, restarts = 1 }: { readonly epochs: number; readonly restarts?: number },
  display: { readonly log: Log; readonly quiet: boolean },
): Progress {
  return startProgress({ unit: "epochs", total: epochs * restarts, lineEveryMs: LINE_EVERY_MS, ...display });
}
