// Not pure: it starts threads and waits for them.
/**
 * Gradients by several threads: each takes its share of every mini-batch, and the sum is the mini-batch's gradient.
 *
 * Shares and the order of the sum are fixed, and each thread has a seed for dropout in each round: the same number of
 * threads gives the same bits. Another number adds in another order and drops other numbers.
 */
import { type Network, Random } from "../../../nn/mod.ts";
import { UserError } from "../../runtime/errors.ts";
import type { BatchGradients, BatchPass } from "../loop/batch_gradients.ts";
import {
  allocateMemory,
  answerPlace,
  awaitTurn,
  COUNT,
  END,
  FAILED,
  giveTurn,
  readFailure,
  ROUND,
  seedOf,
  shareOf,
  type TeamMemory,
} from "./memory.ts";
import type { Message, Order } from "./order.ts";
import { createThread } from "./worker.ts";

/** Time for a thread to be there, in ms. */
const START_WITHIN_MS = 60_000;
/** Time for a thread's share of one mini-batch, in ms. */
const ANSWER_WITHIN_MS = 600_000;
/** Rounds are counted from 1 to here, then again. */
const ROUND_MAX = 2 ** 30;

/** Gradients, and the threads that help with them; they end with it. */
export interface Team extends BatchGradients, Disposable {}

/** What a team is made of. */
export interface TeamParts {
  /** All of them, the calling one included. */
  readonly threads: number;
  /** Rows of the largest mini-batch. */
  readonly batchSize: number;
  /** What the other threads compute; asked for once there is a reason to. */
  readonly task: () => unknown;
  /** Makes a thread; others in tests. */
  readonly create?: () => Worker;
}

/**
 * The calling thread's own gradients, helped by other threads; alone where `threads` is 1.
 *
 * @throws {UserError} where a thread cannot be started
 */
export async function startTeam(own: BatchGradients, parts: TeamParts): Promise<Team> {
  const { threads, batchSize, create = createThread } = parts;
  if (threads === 1) return new Alone(own);
  const { spec, fma, parameters } = own.network;
  const memory = allocateMemory({ threads, parameters: parameters.length, batchSize });
  const task = parts.task();
  const workers: Worker[] = [];
  try {
    for (let thread = 1; thread < threads; thread++) workers.push(create());
    await Promise.all(
      workers.map((worker, at) => start(worker, { thread: at + 1, spec, fma, memory, task })),
    );
  } catch (error) {
    dismiss(memory, workers);
    throw new UserError(`Cannot train with --threads ${threads}: ${reasonOf(error)}`, {
      hint: "leave --threads out: one thread trains as well",
      cause: error,
    });
  }
  return new ThreadTeam(own, memory, workers);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Ends them: a worker that waits for its turn cannot be ended otherwise. */
function dismiss({ turns }: TeamMemory, workers: readonly Worker[]): void {
  giveTurn(turns, ROUND, END);
  for (const worker of workers) worker.terminate();
}

/** Sends a thread its order, and waits until it is ready. */
async function start(worker: Worker, order: Order<unknown>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    reject(new Error(`thread ${order.thread + 1} was not ready within ${START_WITHIN_MS / 1000} s`));
  }, START_WITHIN_MS);
  worker.onmessage = ({ data: message }: MessageEvent<Message>) => {
    if (message === "listening") worker.postMessage(order);
    else if (message === "ready") resolve();
    else reject(new Error(message.failure));
  };
  worker.onmessageerror = () => reject(new Error("a message to it could not be read"));
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(event.message));
  };
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** One thread. */
class Alone implements Team {
  readonly #own: BatchGradients;

  constructor(own: BatchGradients) {
    this.#own = own;
  }

  get network(): Network {
    return this.#own.network;
  }

  get right(): number {
    return this.#own.right;
  }

  gradient(batch: Int32Array, pass: BatchPass): number {
    return this.#own.gradient(batch, pass);
  }

  [Symbol.dispose](): void {}
}

/** The leading thread of several. */
class ThreadTeam implements Team {
  readonly #own: BatchGradients;
  readonly #memory: TeamMemory;
  readonly #workers: readonly Worker[];
  #round = 0;
  #right = 0;

  constructor(own: BatchGradients, memory: TeamMemory, workers: readonly Worker[]) {
    this.#own = own;
    this.#memory = memory;
    this.#workers = workers;
  }

  get network(): Network {
    return this.#own.network;
  }

  get right(): number {
    return this.#right;
  }

  gradient(batch: Int32Array, { random, weight }: BatchPass): number {
    const memory = this.#memory;
    const { threads } = memory;
    const seed = random.uint32();
    this.#round = this.#round % ROUND_MAX + 1;
    memory.parameters.set(this.network.parameters);
    memory.batch.set(batch);
    memory.pass[0] = seed;
    memory.pass[1] = weight;
    memory.turns[COUNT] = batch.length;
    giveTurn(memory.turns, ROUND, this.#round);
    const [, to] = shareOf(batch.length, { thread: 0, threads });
    let loss = this.#own.gradient(batch.subarray(0, to), {
      random: new Random(seedOf(seed, { thread: 0, threads })),
      weight: weight * to / batch.length,
    });
    this.#right = this.#own.right;
    for (let thread = 1; thread < threads; thread++) {
      this.#awaitAnswer(thread);
      const [from, to] = shareOf(batch.length, { thread, threads });
      if (to === from) continue;
      loss += memory.results[2 * thread - 2]!;
      this.#right += memory.results[2 * thread - 1]!;
      this.#add(thread);
    }
    return loss;
  }

  /** @throws {UserError} where the thread failed, or gives none */
  #awaitAnswer(thread: number): void {
    const { turns } = this.#memory;
    const place = answerPlace(thread);
    for (;;) {
      const before = Atomics.load(turns, place);
      if (before === this.#round) return;
      const failed = before === FAILED;
      if (!failed && awaitTurn(turns, { place, before, withinMs: ANSWER_WITHIN_MS }) !== before) continue;
      const reason = failed
        ? readFailure(this.#memory)
        : `no answer within ${ANSWER_WITHIN_MS / 60_000} minutes`;
      throw new UserError(`Cannot go on training: thread ${thread + 1} failed: ${reason}`, {
        hint: "go on with --resume, or start over without --threads",
      });
    }
  }

  #add(thread: number): void {
    const { gradients } = this.network;
    const { gradients: others } = this.#memory;
    const start = (thread - 1) * gradients.length;
    for (let i = 0; i < gradients.length; i++) gradients[i]! += others[start + i]!;
  }

  [Symbol.dispose](): void {
    dismiss(this.#memory, this.#workers);
  }
}
