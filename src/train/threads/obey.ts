/** What a training thread does: a network of its own, and its share of every mini-batch, round for round. */
import { allocateNetwork, type Network, Random } from "../../../nn/mod.ts";
import type { BatchGradients } from "../loop/batch_gradients.ts";
import {
  answerPlace,
  awaitTurn,
  COUNT,
  END,
  FAILED,
  giveTurn,
  ROUND,
  seedOf,
  shareOf,
  writeFailure,
} from "./memory.ts";
import type { Message, Order } from "./order.ts";

/** A worker's own side of its channel. */
interface Channel<T> {
  onmessage: ((event: MessageEvent<Order<T>>) => void) | null;
  postMessage(message: Message): void;
}

/** What computes a task's gradients. */
export type GradientsOf<T> = (network: Network, task: T) => BatchGradients;

/** Works round for round until the end; does not return to the event loop before. */
function obey<T>(
  { thread, spec, fma, memory, task }: Order<T>,
  gradientsOf: GradientsOf<T>,
  onReady: () => void,
): void {
  const { turns, threads, pass, results } = memory;
  const network = allocateNetwork(spec, { fma });
  const gradients = gradientsOf(network, task);
  const { length } = network.parameters;
  const answer = memory.gradients.subarray((thread - 1) * length, thread * length);
  onReady();
  for (let round = 0;;) {
    round = awaitTurn(turns, { place: ROUND, before: round });
    if (round === END) return;
    const count = turns[COUNT]!;
    const [from, to] = shareOf(count, { thread, threads });
    if (to > from) {
      network.parameters.set(memory.parameters);
      const random = new Random(seedOf(pass[0]!, { thread, threads }));
      const weight = pass[1]! * (to - from) / count;
      results[2 * thread - 2] = gradients.gradient(memory.batch.subarray(from, to), { random, weight });
      results[2 * thread - 1] = gradients.right;
      answer.set(network.gradients);
    }
    giveTurn(turns, answerPlace(thread), round);
  }
}

/** Waits for the order, as the worker that this is. */
export function listen<T>(gradientsOf: GradientsOf<T>): void {
  const channel = globalThis as unknown as Channel<T>;
  channel.onmessage = ({ data: order }) => {
    let ready = false;
    try {
      obey(order, gradientsOf, () => {
        ready = true;
        channel.postMessage("ready");
      });
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      if (!ready) return channel.postMessage({ failure });
      writeFailure(order.memory, failure);
      giveTurn(order.memory.turns, answerPlace(order.thread), FAILED);
    }
  };
  channel.postMessage("listening");
}
