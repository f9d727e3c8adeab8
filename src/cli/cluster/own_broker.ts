/**
 * The embedded broker in a thread of its own, in memory, for as long as it is needed. This file is the thread's
 * program; where all of streamflow is one file, that file is, and its `main.ts` leads here.
 */
import process from "node:process";
import { UserError } from "../../runtime/errors.ts";
import { isThread, THREADS } from "../../runtime/threads.ts";

/** How often the thread says how much of the processor it has used, in ms. */
const MEASURE_EVERY_MS = 10;
/** Time for the thread to be there, in ms. */
const START_WITHIN_MS = 60_000;

/** A broker that is running. */
export interface OwnBroker extends Disposable {
  readonly address: string;
  /** Time that the broker has kept a processor busy, in µs, as of the last hundredth of a second. */
  readonly cpuUs: number;
}

/** What the thread says when it listens. */
type Started = { readonly address: string; readonly busyUs: Float64Array } | { readonly failure: string };

/** Starts it on a free port. @throws {UserError} where it does not come to be ready */
export async function startOwnBroker(): Promise<OwnBroker> {
  const thread = new Worker(import.meta.url, { type: "module", name: THREADS.broker });
  const started = await new Promise<Started>((resolve) => {
    const timer = setTimeout(() => resolve({ failure: "it did not start in time" }), START_WITHIN_MS);
    const end = (one: Started) => {
      clearTimeout(timer);
      resolve(one);
    };
    thread.onmessage = ({ data }: MessageEvent<Started>) => end(data);
    thread.onerror = (event) => {
      event.preventDefault();
      end({ failure: event.message });
    };
  });
  if ("failure" in started) {
    thread.terminate();
    throw new UserError(`the embedded broker ended before it was ready: ${started.failure}`, {
      hint: "try it by itself: streamflow broker --memory --listen 127.0.0.1:0",
    });
  }
  const { address, busyUs } = started;
  return {
    address,
    get cpuUs() {
      return busyUs[0]!;
    },
    [Symbol.dispose]: () => thread.terminate(),
  };
}

/** The thread's own side: serves until it is ended from outside. */
async function serve(): Promise<void> {
  const channel = globalThis as unknown as { postMessage(message: Started): void };
  const { startBroker } = await import("../../broker/mod.ts");
  const broker = startBroker({ listen: { hostname: "127.0.0.1", port: 0 }, dataDir: null });
  const busyUs = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT));
  setInterval(() => {
    const { user, system } = process.threadCpuUsage();
    busyUs[0] = user + system;
  }, MEASURE_EVERY_MS);
  channel.postMessage({ address: broker.address, busyUs });
}

if (isThread(THREADS.broker)) await serve();
