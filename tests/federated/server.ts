/** A coordinator for tests: a small model, a clock that stands, a log in memory. */
import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import type { Submission } from "../../src/federated/rounds/judge.ts";
import type { RoundsPolicy } from "../../src/federated/rounds/policy.ts";
import { Coordinator, type CoordinatorOptions } from "../../src/federated/server/coordinator.ts";
import { sleep } from "../../src/runtime/clock.ts";
import { until } from "../support/until.ts";
import { forecasterBytes } from "../support/small_model.ts";
import type { RoundsLog } from "../../src/federated/server/rounds_writer.ts";
import { MemoryLog } from "./memory_log.ts";

let runs = 0;

/** The quorum alone closes a round. */
const ROUNDS_POLICY: RoundsPolicy = {
  strategy: "fedavg",
  strategyOptions: {},
  minParticipants: 1,
  deadlineMs: null,
  everyMs: null,
  after: null,
  late: "next",
  staleness: 1,
  normMax: null,
};

/** Opens one. */
export function openCoordinator(
  log: RoundsLog,
  { policy = {}, ...rest }:
    & Partial<Omit<CoordinatorOptions, "policy">>
    & { readonly policy?: Partial<RoundsPolicy> } = {},
): Promise<Coordinator> {
  return Coordinator.open({
    log,
    policy: { ...ROUNDS_POLICY, ...policy },
    run: `run-${++runs}`,
    firstModel: forecasterBytes(1),
    recordBytesMax: null,
    nowMs: () => 1_000_000,
    wait: (_ms, signal) => sleep(3_600_000, signal),
    onWarning: () => {},
    ...rest,
  });
}

/** What a device would send in a round, the same each time it is asked. */
export function submissionOf(
  device: string,
  { round, weights: from }: Pick<Coordinator["global"], "round" | "weights">,
): Submission {
  const random = new Random(round * 1_000 + [...device].reduce((sum, one) => sum + one.charCodeAt(0), 0));
  return {
    ...{ device, participant: null, round, numExamples: 1 + random.integer(100) },
    weights: from.map((weight) => weight + 0.1 + random.normal(0, 0.05)),
    metrics: { loss: random.uniform() },
  };
}

/** All of them send for the newest global model, and are taken. */
export async function sendAll(server: Coordinator, devices: readonly string[]): Promise<void> {
  const { global } = server;
  const outcomes = await Promise.all(
    devices.map((device) => server.submit(submissionOf(device, global))),
  );
  for (const outcome of outcomes) assert.ok(outcome.accepted, JSON.stringify(outcome));
}

/** Names of devices. */
export function devicesNamed(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `device-${i}`);
}

/** A clock that goes when it is asked to, and may jump. */
export class TestClock {
  #nowMs = 1_000_000;
  #woken = Promise.withResolvers<void>();

  readonly nowMs = (): number => this.#nowMs;

  readonly wait = async (_ms: number, signal: AbortSignal): Promise<void> => {
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      signal.addEventListener("abort", () => resolve());
    });
    await Promise.race([this.#woken.promise, aborted]);
  };

  /** Goes on by so much, or back, and whoever waits looks at it. */
  pass(ms: number): void {
    this.#nowMs += ms;
    this.#woken.resolve();
    this.#woken = Promise.withResolvers<void>();
  }

  /** Resolves when this holds; meanwhile everybody looks at the clock again and again, and it stands. */
  async until(holds: () => boolean): Promise<void> {
    await until(() => {
      this.pass(0);
      return holds();
    });
  }
}

/** With a coordinator on an empty log whose time stands until it is passed. */
export async function withClock(
  policy: Partial<RoundsPolicy>,
  use: (server: Coordinator, clock: TestClock) => Promise<void>,
): Promise<void> {
  const clock = new TestClock();
  await using server = await openCoordinator(new MemoryLog(), {
    policy,
    nowMs: clock.nowMs,
    wait: clock.wait,
  });
  await use(server, clock);
}
