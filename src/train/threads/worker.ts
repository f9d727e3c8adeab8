/**
 * A training thread: a worker with a network of its own. This file is the worker's program; where all of streamflow
 * is one file, that file is, and its `main.ts` leads here.
 */
import { allocateNetwork, Random } from "../../../nn/mod.ts";
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
import { isTrainingThread, THREAD_NAME } from "./role.ts";
import { gradientsOf, type Message, type Order } from "./task.ts";

/** A worker's own side of its channel. */
interface Channel {
  onmessage: ((event: MessageEvent<Order>) => void) | null;
  postMessage(message: Message): void;
}

/** A new thread, which says when it listens. */
export function createThread(): Worker {
  return new Worker(import.meta.url, { type: "module", name: THREAD_NAME });
}

/** Works round for round until the end; does not return to the event loop before. */
function obey({ thread, spec, fma, memory, task }: Order, onReady: () => void): void {
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

function listen(channel: Channel): void {
  channel.onmessage = ({ data: order }) => {
    let ready = false;
    try {
      obey(order, () => {
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

if (isTrainingThread()) listen(globalThis as unknown as Channel);
