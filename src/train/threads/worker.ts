/**
 * The training threads of forecasters and classifiers. This file is the worker's program; where all of streamflow is
 * one file, that file is, and its `main.ts` leads here.
 */
import { listen } from "./obey.ts";
import { isThread, THREADS } from "../../runtime/threads.ts";
import { gradientsOf } from "./task.ts";

/** A new thread, which says when it listens. */
export function createThread(): Worker {
  return new Worker(import.meta.url, { type: "module", name: THREADS.gradients });
}

if (isThread(THREADS.gradients)) listen(gradientsOf);
