/**
 * One model with all readings in one place, learned in a thread of its own beside the demo. This file is the thread's
 * program; where all of streamflow is one file, that file is, and its `main.ts` leads here.
 */
import { isThread, THREADS } from "../../runtime/threads.ts";

/** What the thread says. */
type Said = { readonly weights: Float64Array };

/** Weights of the centralised model; `undefined` where the signal aborts before. */
export function learnCentralised(rounds: number, signal: AbortSignal): Promise<Float64Array | undefined> {
  const thread = new Worker(import.meta.url, { type: "module", name: THREADS.federated });
  const ended = Promise.withResolvers<Float64Array | undefined>();
  const stop = () => ended.resolve(undefined);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  thread.onmessage = ({ data: { weights } }: MessageEvent<Said>) => ended.resolve(weights);
  thread.onerror = (event) => {
    event.preventDefault();
    ended.reject(new Error(`learning in one place failed: ${event.message}`));
  };
  thread.postMessage(rounds);
  return ended.promise.finally(() => {
    signal.removeEventListener("abort", stop);
    thread.terminate();
  });
}

/** The thread's own side. */
async function serve(): Promise<void> {
  const channel = globalThis as unknown as {
    postMessage(said: Said): void;
    onmessage: (event: MessageEvent<number>) => void;
  };
  const asked = new Promise<number>((resolve) => channel.onmessage = ({ data }) => resolve(data));
  const [{ makeDemo, runPartsOf }, { runCentralised }, { finishAtOnce }] = await Promise.all([
    import("./demo_set.ts"),
    import("../../federated/simulate/run.ts"),
    import("../../train/mod.ts"),
  ]);
  const demo = await makeDemo(await asked, new AbortController().signal);
  channel.postMessage({ weights: finishAtOnce(runCentralised(runPartsOf(demo))).weights });
}

if (isThread(THREADS.federated)) await serve();
