/**
 * A seeded model of network traffic. Each link's rate is its mean × daily and weekly rhythm × the share of its
 * ON/OFF sources that are on (self-similar, Hurst parameter 0.8); its packets are those of conversations between
 * Zipf-popular hosts, in trains with the time that a network needs. On top come events with labels.
 *
 * Left out: retransmissions, congestion control, IPv6, ARP: nothing downstream looks at them.
 */
import type { Packet } from "../../records/packets/schema.ts";
import { TextHash } from "../text_hash.ts";
import { Intrusion } from "./intrusion.ts";
import { BATCH_PACKETS, BATCH_SPAN_US, LINKS_MAX, RATE_PER_SECOND_MAX, TICK_US } from "./limits.ts";
import { LinkTraffic } from "./link.ts";
import type { Wire } from "./packets.ts";
import { outsideHosts, regionOf, Zipf } from "./population.ts";
import { rhythmAt } from "./rhythm.ts";
import { eventsOfDay, type PlannedEvent, type ScheduleOptions } from "./schedule.ts";
import { EVENT_KINDS, type LabelledEvent, type TrafficBatch, type TrafficModelOptions } from "./types.ts";

const DAY_US = 86_400_000_000;

/** A link as the model knows it: the first is the largest, the n-th has 1 ÷ √n of its traffic. */
interface Link {
  readonly name: string;
  readonly ratePerSecond: number;
}

function linksOf({ ratePerSecond, links = 1, linkName = "link" }: TrafficModelOptions): readonly Link[] {
  const weights = Array.from({ length: links }, (_, i) => 1 / Math.sqrt(i + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight, i) => ({
    name: links === 1 && linkName !== "link" ? linkName : `${linkName}-${i + 1}`,
    ratePerSecond: ratePerSecond * weight / total,
  }));
}

function check({ seed, ratePerSecond, startUs, links = 1 }: TrafficModelOptions): void {
  const refuse = (what: string) => {
    throw new RangeError(`Cannot simulate traffic with ${what}`);
  };
  if (!Number.isSafeInteger(seed) || seed < 0) {
    refuse(`the seed ${seed}: an integer from 0 to 2^53 − 1 is expected`);
  }
  if (!(ratePerSecond > 0 && ratePerSecond <= RATE_PER_SECOND_MAX)) {
    refuse(`${ratePerSecond} packets per second: a number above 0, up to ${RATE_PER_SECOND_MAX} is expected`);
  }
  if (!Number.isSafeInteger(startUs) || startUs < 0) {
    refuse(`the start ${startUs}: Unix time in µs is expected`);
  }
  if (!Number.isInteger(links) || links < 1 || links > LINKS_MAX) {
    refuse(`${links} links: from 1 to ${LINKS_MAX} are expected`);
  }
}

/** Packets per second of all links that are to be expected at a time, without bursts and events. */
export function expectedRateAt(options: TrafficModelOptions, atUs: number): number {
  return linksOf(options).reduce(
    (sum, { ratePerSecond }, i) => sum + ratePerSecond * rhythmAt(atUs, regionOf(i).utcOffsetHours),
    0,
  );
}

const NONE: readonly PlannedEvent[] = [];

/** Events that begin until a time, day by day. */
class Upcoming {
  readonly #options: ScheduleOptions;
  #planned: PlannedEvent[] = [];
  #day = 0;

  constructor(options: ScheduleOptions) {
    this.#options = options;
  }

  /** Those that begin before `toUs` and were not taken yet. */
  take(toUs: number): readonly PlannedEvent[] {
    while (this.#options.startUs + this.#day * DAY_US < toUs) {
      this.#planned.push(...eventsOfDay(this.#day++, this.#options));
    }
    if (this.#planned.length === 0 || this.#planned[0]!.startUs >= toUs) return NONE;
    const begun = this.#planned.findIndex(({ startUs }) => startUs >= toUs);
    return this.#planned.splice(0, begun === -1 ? this.#planned.length : begun);
  }
}

/** Numbers packets in the order of their time. */
class Sequence {
  readonly #prefix: string;
  #keys = new Float64Array(1_024);
  #count = 0;

  /** @param of whose packets they are: models of one seed and other options have other packets */
  constructor(of: TrafficModelOptions) {
    const { seed, startUs, ratePerSecond, events = EVENT_KINDS } = of;
    const names = linksOf(of).map(({ name }) => name);
    const options = JSON.stringify([startUs, ratePerSecond, names, [...events].sort()]);
    this.#prefix = `sim-${seed}-${new TextHash().add(options).digits}-`;
  }

  /** Moves what is earlier than `toUs` out of `pending`, which holds nothing earlier than `fromUs`. */
  move(pending: Packet[], { fromUs, toUs, into }: { fromUs: number; toUs: number; into: Packet[] }): void {
    const size = pending.length;
    if (size === 0) return;
    if (size > this.#keys.length) this.#keys = new Float64Array(size * 2);
    const keys = this.#keys;
    let due = 0;
    for (let i = 0; i < size; i++) {
      const { timestamp } = pending[i]!;
      if (timestamp < toUs) keys[due++] = (timestamp - fromUs) * size + i;
    }
    if (due === 0) return;
    if (due > 1) keys.subarray(0, due).sort();
    for (let k = 0; k < due; k++) {
      const packet = pending[keys[k]! % size]!;
      packet.id = this.#prefix + ++this.#count;
      into.push(packet);
    }
    let kept = 0;
    for (let i = 0; i < size; i++) {
      const packet = pending[i]!;
      if (packet.timestamp >= toUs) pending[kept++] = packet;
    }
    pending.length = kept;
  }
}

function play(event: PlannedEvent, { wires, seed, factors }: {
  readonly wires: readonly Wire[];
  readonly seed: number;
  readonly factors: Float64Array;
}): { readonly endUs: number; readonly intrusion: Intrusion | null; readonly linkIndex: number } {
  const { kind, linkIndex, endUs } = event;
  const silent = kind === "surge" || kind === "outage";
  if (silent) factors[linkIndex] = Number(event.attributes["factor"]);
  return {
    endUs,
    linkIndex,
    intrusion: silent ? null : new Intrusion(event, { wire: wires[linkIndex]!, seed }),
  };
}

function labelOf({ linkIndex: _, ...label }: PlannedEvent): LabelledEvent {
  return label;
}

/**
 * Packets without end (or to `endUs`), in batches of some 1,000 or of 10 simulated seconds. The same options give the
 * same packets, field for field.
 *
 * @throws RangeError for options that are out of range
 */
export function* createTrafficModel(options: TrafficModelOptions): Generator<TrafficBatch, void, void> {
  check(options);
  const { seed, startUs, endUs = Infinity, events: kinds = EVENT_KINDS } = options;
  const links = linksOf(options);
  const pending: Packet[] = [];
  const wires = links.map(({ name }, i): Wire => ({
    link: name,
    region: regionOf(i).name,
    packets: pending,
  }));
  const outside = new Zipf(outsideHosts(seed), 1);
  const everyday = links.map(({ ratePerSecond }, index) =>
    new LinkTraffic({ seed, index, ratePerSecond, startUs, wire: wires[index]!, outside })
  );
  const upcoming = new Upcoming({ seed, startUs, events: kinds, links });
  const sequence = new Sequence(options);
  const factors = new Float64Array(links.length).fill(1);
  let active: ReturnType<typeof play>[] = [];
  let batch: TrafficBatch = { packets: [], events: [] };
  let batchEndUs = startUs + BATCH_SPAN_US;
  for (let fromUs = startUs; fromUs < endUs; fromUs += TICK_US) {
    const toUs = Math.min(fromUs + TICK_US, endUs);
    if (active.some((event) => event.endUs <= fromUs)) {
      for (const event of active) if (event.endUs <= fromUs) factors[event.linkIndex] = 1;
      active = active.filter((event) => event.endUs > fromUs);
    }
    for (const event of upcoming.take(toUs)) {
      batch.events.push(labelOf(event));
      active.push(play(event, { wires, seed, factors }));
    }
    for (let i = 0; i < everyday.length; i++) everyday[i]!.advance(fromUs, toUs, factors[i]!);
    for (const { intrusion } of active) intrusion?.advance(fromUs, toUs);
    sequence.move(pending, { fromUs, toUs, into: batch.packets });
    if (batch.packets.length < BATCH_PACKETS && toUs < batchEndUs) continue;
    batchEndUs = toUs + BATCH_SPAN_US;
    if (batch.packets.length === 0 && batch.events.length === 0) continue;
    yield batch;
    batch = { packets: [], events: [] };
  }
  if (batch.packets.length > 0 || batch.events.length > 0) yield batch;
}
