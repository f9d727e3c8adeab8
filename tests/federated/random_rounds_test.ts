/**
 * Random lives of a server: updates in time, late, twice, with other weights, from the future; clocks that jump; a log
 * that refuses, or loses its answer; servers that are killed, or go on beside a newer one. Whatever happens, what was
 * accepted counts once, in the round that was said, and each global model is what the strategy makes of these.
 */
import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import { APPEND_PAUSE_MS } from "../../src/federated/limits.ts";
import type { RoundsPolicy } from "../../src/federated/rounds/policy.ts";
import type { Submission } from "../../src/federated/rounds/judge.ts";
import type { Coordinator } from "../../src/federated/server/coordinator.ts";
import { makeStrategy } from "../../src/federated/strategies/mod.ts";
import type { Update } from "../../src/federated/update.ts";
import { readModel } from "../../src/models/model_file.ts";
import { readRounds } from "../../src/records/federated_rounds/read.ts";
import { FUZZ_ROUNDS } from "../support/mutate.ts";
import { MemoryLog } from "./memory_log.ts";
import { devicesNamed, openCoordinator, submissionOf } from "./server.ts";
import { aggregate } from "./updates.ts";

const DEVICES = devicesNamed(6), STEPS = 150;

/** One life. */
class Life {
  readonly log = new MemoryLog();
  readonly random: Random;
  readonly policy: Partial<RoundsPolicy>;
  /** What was answered with "accepted", and the round that was said. */
  readonly accepted = new Map<string, { readonly submission: Submission; readonly countedIn: number }>();
  readonly globals = new Map<number, Uint8Array>();
  readonly reasons = new Set<string>();
  server!: Coordinator;
  zombies: Coordinator[] = [];
  nowMs = 1_000_000;
  faults = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
    const strategy = (["fedavg", "fedadam", "fedbuff", "median"] as const)[this.random.integer(4)]!;
    this.policy = {
      strategy,
      minParticipants: 2 + this.random.integer(3),
      late: this.chance(0.5) ? "next" : "refuse",
      staleness: 1 + this.random.integer(3),
      ...(this.chance(0.5) ? { after: 4 + this.random.integer(3) } : {}),
      ...(this.chance(0.3) ? { deadlineMs: 10_000 } : {}),
      ...(this.chance(0.3) ? { everyMs: 20_000 } : {}),
    };
    this.log.fault = () => {
      if (this.faults === 0 || !this.chance(0.5)) return null;
      this.faults--;
      return this.chance(0.5) ? "refused" : "answer-lost";
    };
  }

  chance(share: number): boolean {
    return this.random.uniform() < share;
  }

  /** A start that fails is tried again. */
  async start(): Promise<void> {
    try {
      this.server = await this.open();
    } catch (error) {
      assert.match((error as Error).message, /log/);
      return await this.start();
    }
    this.see();
  }

  open(): Promise<Coordinator> {
    return openCoordinator(this.log, {
      policy: this.policy,
      nowMs: () => this.nowMs,
      wait: (ms, signal) => ms === APPEND_PAUSE_MS ? Promise.resolve() : untilAborted(signal),
    });
  }

  see(): void {
    const { round, bytes } = this.server.global;
    const known = this.globals.get(round);
    if (known !== undefined) assert.deepEqual(bytes, known, `global model ${round} has changed`);
    this.globals.set(round, bytes);
  }

  async send(submission: Submission, server = this.server): Promise<void> {
    const { device, round } = submission;
    try {
      const outcome = await server.submit(submission);
      if (!outcome.accepted) return void this.reasons.add(outcome.reason);
      const known = this.accepted.get(`${round}/${device}`);
      if (known !== undefined) {
        assert.ok(
          outcome.duplicate && outcome.countedIn === known.countedIn,
          `${round}/${device} counts twice`,
        );
      }
      this.accepted.set(`${round}/${device}`, { submission, countedIn: outcome.countedIn });
    } catch (error) {
      this.reasons.add((error as Error).message.replace(/ run .*/, ""));
      // Nobody knows whether it was stored: it is sent again, as participants do.
      if (server === this.server) await this.send(submission);
    }
  }

  async step(): Promise<void> {
    const { random, server } = this;
    const dice = random.uniform();
    const device = DEVICES[random.integer(DEVICES.length)]!;
    if (dice < 0.55) {
      const some = DEVICES.filter(() => this.chance(0.5));
      await Promise.all(some.map((device) => this.send(submissionOf(device, server.global))));
    } else if (dice < 0.65) {
      const rounds = [...this.globals.keys()].filter((round) => round > server.global.round - 5);
      const round = rounds[random.integer(rounds.length)]!;
      const weights = readModel(this.globals.get(round)!).network.parameters;
      await this.send(submissionOf(device, { round, weights }));
    } else if (dice < 0.7) {
      const submission = submissionOf(device, server.global);
      await this.send({ ...submission, weights: submission.weights.map((weight) => weight + 1e-3) });
    } else if (dice < 0.75) {
      await this.send({ ...submissionOf(device, server.global), round: server.global.round + 1 });
    } else if (dice < 0.8) {
      const submission = submissionOf(device, server.global);
      submission.weights[0] = NaN;
      await this.send(submission);
    } else if (dice < 0.87) {
      this.nowMs += [5_000, 30_000, -3_600_000, 3_600_000][random.integer(4)]!;
    } else if (dice < 0.9) {
      await server.aggregate();
    } else if (dice < 0.94) {
      this.faults = 1 + random.integer(3);
    } else if (dice < 0.97) {
      await server[Symbol.asyncDispose]();
      await this.start();
    } else {
      // As one that was stopped for a while, and wakes up beside its successor.
      this.zombies.push(server);
      await this.start();
      await this.send(submissionOf(device, this.server.global), server);
    }
    // When the second one is answered, what was due after the first one has been decided.
    const future = { ...submissionOf(device, this.server.global), round: 1e6 };
    for (let i = 0; i < 2; i++) await this.send(future);
    this.see();
  }

  /** What stands on the topic is what was answered, and the models are what the strategy makes of it. */
  judge(): void {
    const strategy = makeStrategy(this.policy.strategy!);
    const rounds = new Map(this.log.records.flatMap((record) => {
      const read = readRounds(record);
      return read?.kind === "round" && read.value.state === "published"
        ? [[read.value.round, read.value]]
        : [];
    }));
    const { round: newest } = this.server.global;
    assert.equal(rounds.size, newest);
    let weights: Float64Array = readModel(this.globals.get(0) ?? this.firstGlobal()).network.parameters
      .slice();
    const earlier = new Map<number, Float64Array>();
    for (let round = 0; round < newest; round++) {
      const updates: Update[] = [...this.accepted.values()].filter(({ countedIn }) => countedIn === round)
        .map(({ submission }) => submission);
      assert.equal(rounds.get(round)!.updates, updates.length, `round ${round}`);
      const next = aggregate(strategy, weights, { updates, round, earlier });
      earlier.set(round, weights);
      weights = next;
      const published = this.globals.get(round + 1);
      if (published !== undefined) {
        assert.deepEqual(readModel(published).network.parameters.slice(), next, `global model ${round + 1}`);
      }
    }
  }

  firstGlobal(): Uint8Array {
    return this.log.records.map(readRounds).find((read) => read?.kind === "global")!.bytes as Uint8Array;
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve());
  });
}

const SEEDS = Math.max(8, Math.ceil(FUZZ_ROUNDS / 2_500));

Deno.test("whatever happens, what was accepted counts once, and the models are what the strategy makes of it", async () => {
  const reasons = new Set<string>();
  let published = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const life = new Life(seed);
    try {
      await life.start();
      for (let step = 0; step < STEPS; step++) await life.step();
      life.judge();
    } catch (error) {
      throw new Error(`seed ${seed}, ${JSON.stringify(life.policy)}: ${(error as Error).message}`, {
        cause: error,
      });
    } finally {
      for (const server of [...life.zombies, life.server]) await server[Symbol.asyncDispose]();
    }
    published += life.server.global.round;
    for (const reason of life.reasons) reasons.add(reason);
  }
  assert.ok(published > 10 * SEEDS, `${published} rounds`);
  for (const reason of ["duplicate", "superseded", "round", "not-finite", "late"]) {
    assert.ok(reasons.has(reason), `no update was refused for ${reason}: ${[...reasons].join(", ")}`);
  }
  assert.ok(reasons.has("the log is away") && reasons.has("the answer of the log was lost"));
  assert.ok([...reasons].some((reason) => reason.startsWith("Another server has taken the topic over")));
});
