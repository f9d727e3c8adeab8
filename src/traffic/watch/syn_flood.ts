/**
 * SYN floods: a service (address and port) at which many handshakes are begun and not completed within a minute, more
 * than are completed, and more than is usual there. What Wang, Zhang and Shin 2002 (Detecting SYN Flooding Attacks)
 * take from SYNs and FINs, taken from the handshakes themselves: sources do not matter, they are forged.
 */
import { formatCount } from "../../runtime/progress.ts";
import { shape, type ShapeOf } from "../../records/formats/shape.ts";
import type { Json } from "../../stream/json.ts";
import { countState, readState, timeState } from "../../stream/state.ts";
import { type Report, type Span, spanState, widen } from "./finding.ts";
import type { Attempt } from "./handshakes.ts";
import { LeastRecent } from "./least_recent.ts";
import { SERVICES_MAX } from "./limits.ts";

/** Handshakes are counted over so long, µs: so many parts of so long. */
const PARTS = 6;
const PART_US = 10_000_000;
const SPAN_US = PARTS * PART_US;
/** A service with fewer failed handshakes is not flooded. */
export const FLOOD_FAILED_MIN = 60;
/** Times its usual that must fail at a service. */
const TIMES_USUAL = 4;
/** The usual number is forgotten at this rate a span. */
const USUAL_DECAY = 0.9;
/** A flood has ended when so long it was below all that; what comes after is another one, µs. */
const QUIET_US = 600_000_000;

/** Handshakes of ten seconds. */
const partSchema = shape.object({ start: timeState, completed: countState, failed: spanState });
type Part = ShapeOf<typeof partSchema>;

const serviceSchema = shape.object({
  parts: shape.array(partSchema),
  usual: shape.number(),
  /** When the usual number was last brought up to date. */
  since: timeState,
  /** Of a flood that goes on: when it last was one; else `null`. */
  floodedAt: timeState.nullable(),
});
type Service = ShapeOf<typeof serviceSchema>;

const floodsSchema = shape.object({
  entries: shape.array(shape.tuple([shape.string(), serviceSchema])),
  forgotten: countState,
});

/** Watches the services behind a partition's links. */
export class SynFloods {
  readonly #services: LeastRecent<Service>;

  /** From nothing, or from what {@linkcode SynFloods.toJson} gave. */
  constructor(state?: Json) {
    const kept = state === undefined ? {} : readState(floodsSchema, state, "floods");
    this.#services = new LeastRecent(SERVICES_MAX, kept);
  }

  /** Services that were evicted for want of room. */
  get forgotten(): number {
    return this.#services.forgotten;
  }

  /** A handshake has succeeded or failed. */
  take(attempt: Attempt, { succeeded, report }: { succeeded: boolean; report: Report }): void {
    const { link, dst, port, time, offset } = attempt;
    const key = `${port} ${dst} ${link}`;
    let service = this.#services.use(key);
    if (service === undefined) {
      // A service whose handshakes succeed is not worth remembering.
      if (succeeded) return;
      service = { parts: [], usual: 0, since: time, floodedAt: null };
      this.#services.keep(key, service);
    }
    const part = partOf(service.parts, time);
    if (succeeded) {
      part.completed++;
      return;
    }
    widen(part.failed, { first: offset, last: offset, count: 1 });
    const failed = { first: 0, last: 0, count: 0 };
    let completed = 0;
    for (const part of service.parts) {
      if (part.failed.count > 0) widen(failed, part.failed);
      completed += part.completed;
    }
    const limit = Math.max(FLOOD_FAILED_MIN, TIMES_USUAL * service.usual);
    const flooded = failed.count >= limit && failed.count > completed;
    if (service.floodedAt !== null && time - service.floodedAt > QUIET_US) service.floodedAt = null;
    if (time - service.since >= SPAN_US) learn(service, { failed: flooded ? 0 : failed.count, time });
    if (!flooded) return;
    const before = service.floodedAt;
    service.floodedAt = Math.max(before ?? time, time);
    if (before === null) reportFlood({ attempt, service, failed, completed }, report);
  }

  /** The whole of it. */
  toJson(): Json {
    return { entries: [...this.#services.entries()], forgotten: this.forgotten };
  }
}

/** The part that the time is in; those of the last span are kept. */
function partOf(parts: Part[], time: number): Part {
  const start = time - time % PART_US;
  let last = parts.at(-1);
  if (last === undefined || last.start < start) {
    last = { start, completed: 0, failed: { first: 0, last: 0, count: 0 } };
    parts.push(last);
    while (parts[0]!.start <= start - SPAN_US) parts.shift();
  }
  // A record that is out of order counts where the others are.
  return last;
}

function learn(service: Service, { failed, time }: { failed: number; time: number }): void {
  const spans = (time - service.since) / SPAN_US;
  service.usual = Math.max(failed, service.usual * USUAL_DECAY ** spans);
  service.since = time;
}

function reportFlood(
  { attempt: { link, dst, port, time }, service, failed, completed }: {
    attempt: Attempt;
    service: Service;
    failed: Span;
    completed: number;
  },
  report: Report,
): void {
  const { usual, parts } = service;
  const start = parts.find((part) => part.failed.count > 0)!.start;
  const seconds = (time - start) / 1e6;
  report({
    kind: "syn-flood",
    subject: { dimension: "destination", name: dst.includes(":") ? `[${dst}]:${port}` : `${dst}:${port}` },
    link,
    score: 1 - (usual + 1) / (failed.count + 1),
    detector: "failed-handshakes",
    evidence:
      `${
        formatCount(failed.count)
      } handshakes with ${dst} port ${port} were begun and not completed within ` +
      `${seconds.toFixed(1)} s, ${formatCount(completed)} were completed; usual for it are at most ${
        formatCount(usual)
      } failed ones a minute, ${FLOOD_FAILED_MIN} make a flood`,
    values: { failed: failed.count, completed, usual, seconds },
    start,
    end: time + 1,
    records: { ...failed },
  });
}
