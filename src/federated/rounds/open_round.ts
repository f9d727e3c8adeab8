/** The round that takes updates in: what has come, in memory that a mean does not let grow with the updates' size. */
import type { RoundRecord } from "../../records/federated_rounds/schema.ts";
import type { GlobalFile } from "./global_file.ts";
import { METRICS_MAX, ROUND_DEVICES_NAMED_MAX, ROUND_NAMES_CHARS_MAX } from "../limits.ts";
import type { Collector, Strategy } from "../strategies/strategy.ts";
import type { Update } from "../update.ts";

/** What is kept of an update that counts. */
interface Counted {
  readonly device: string;
  readonly round: number;
  readonly numExamples: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Where a round stands in its life, for records that come twice. */
const STATES: readonly RoundRecord["state"][] = ["open", "collecting", "aggregating", "published"];

/** Round n. */
export class OpenRound {
  readonly round: number;
  readonly strategy: Strategy;
  readonly refused: Record<string, number> = {};
  readonly #collector: Collector | null;
  /** By device and round that it learned from. */
  readonly #counted = new Map<string, Counted>();
  readonly #devices = new Set<string>();
  #numExamples = 0;
  #record: RoundRecord | null = null;

  /** @param options.global `null` where it is not known any more: a round of long ago, which takes nothing in */
  constructor(round: number, { strategy, global, earlier }: {
    readonly strategy: Strategy;
    readonly global: GlobalFile | null;
    readonly earlier: ReadonlyMap<number, Float64Array>;
  }) {
    this.round = round;
    this.strategy = strategy;
    this.#collector = global === null ? null : strategy.begin(global.weights, { round, earlier });
  }

  /** The newest record of it; `null` before the first one. */
  get record(): RoundRecord | null {
    return this.#record;
  }

  /** What counts is settled. */
  get isClosed(): boolean {
    return this.#record !== null && STATES.indexOf(this.#record.state) >= 2;
  }

  /** Updates that count. */
  get updates(): number {
    return this.#counted.size;
  }

  /** Devices whose updates count. */
  get participants(): number {
    return this.#devices.size;
  }

  /** Examples that they count for. */
  get numExamples(): number {
    return this.#numExamples;
  }

  /** Takes a record of it; one that is older than what is known does nothing. */
  describe(record: RoundRecord): void {
    if (this.#record !== null && STATES.indexOf(record.state) < STATES.indexOf(this.#record.state)) return;
    this.#record = record;
  }

  /** Whether it would take an update in: it does not twice, and not when closed. */
  takes({ device, round }: Pick<Update, "device" | "round">): boolean {
    return this.#collector !== null && !this.isClosed && !this.#counted.has(`${round}/${device}`);
  }

  /** Whether an update of this device, learned from global model `round`, counts. */
  has({ device, round }: Pick<Update, "device" | "round">): boolean {
    return this.#counted.has(`${round}/${device}`);
  }

  /** Takes a checked update that it {@linkcode takes}. */
  add(update: Update): void {
    const { device, round, numExamples, metrics = {} } = update;
    this.#collector!.add(update);
    this.#counted.set(`${round}/${device}`, { device, round, numExamples, metrics });
    this.#devices.add(device);
    this.#numExamples += numExamples;
  }

  /** The next global weights. Once. @throws RangeError for too few updates */
  finish(): Float64Array {
    return this.#collector!.finish();
  }

  /** What is known of it now. @param before devices of the round before */
  summary(before: readonly string[]): Omit<RoundRecord, "state" | "openedMs" | "deadlineMs"> {
    const counted = [...this.#counted.values()].sort(byDevice);
    const metrics = meansOf(counted);
    return {
      type: "round",
      round: this.round,
      strategy: this.strategy.name,
      closedMs: null,
      closedBy: null,
      devices: namesOf(this.#devices),
      participants: this.#devices.size,
      updates: counted.length,
      refused: { ...this.refused },
      late: counted.filter(({ round }) => round < this.round).length,
      dropped: before.filter((device) => !this.#devices.has(device)).length,
      numExamples: this.#numExamples,
      version: null,
      loss: metrics["loss"] ?? null,
      metrics,
      doubt: counted.length === 0 ? null : this.strategy.doubt(counted.length),
      epsilon: null,
    };
  }
}

function byDevice(a: Counted, b: Counted): number {
  return a.device < b.device ? -1 : a.device > b.device ? 1 : a.round - b.round;
}

/** The first ones, as many as a record has room for. */
function namesOf(devices: ReadonlySet<string>): string[] {
  let chars = 0;
  const first = [...devices].sort().slice(0, ROUND_DEVICES_NAMED_MAX);
  const end = first.findIndex((device) => (chars += device.length) > ROUND_NAMES_CHARS_MAX);
  return end < 0 ? first : first.slice(0, end);
}

/** Means by examples, of the first {@linkcode METRICS_MAX} names, over those that have the metric, added up in the order of the devices. */
function meansOf(counted: readonly Counted[]): Record<string, number> {
  const sums = new Map<string, { sum: number; numExamples: number }>();
  for (const { numExamples, metrics } of counted) {
    for (const [name, value] of Object.entries(metrics)) {
      const one = sums.get(name) ?? { sum: 0, numExamples: 0 };
      one.sum += numExamples * value;
      one.numExamples += numExamples;
      sums.set(name, one);
    }
  }
  const means = [...sums].map(([name, { sum, numExamples }]) => [name, sum / numExamples] as const);
  const finite = means.filter(([, mean]) => Number.isFinite(mean)).sort(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(finite.slice(0, METRICS_MAX));
}
