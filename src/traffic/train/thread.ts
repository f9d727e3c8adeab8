/** The training threads of traffic models: this file is the worker's program, see train/threads/worker.ts. */
import type { Network } from "../../../nn/mod.ts";
import { shared } from "../../train/threads/memory.ts";
import { listen } from "../../train/threads/obey.ts";
import { isThread, THREADS } from "../../runtime/threads.ts";
import { type TrafficGradientParts, TrafficGradients } from "./gradients.ts";

/** A new thread, which says when it listens. */
export function createTrafficThread(): Worker {
  return new Worker(import.meta.url, { type: "module", name: THREADS.traffic });
}

/** The parts with their arrays in memory that all threads see. */
export function shareTraffic({ training, ...rest }: TrafficGradientParts): TrafficGradientParts {
  const series = training.series.map((one) => ({ ...one, values: shared(one.values) }));
  const which = shared(training.which), rows = shared(training.rows);
  return { ...rest, training: { series, which, rows } };
}

if (isThread(THREADS.traffic)) {
  listen((network: Network, parts: TrafficGradientParts) => new TrafficGradients(network, parts));
}
