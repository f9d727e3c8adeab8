/** What a window of a link, a region or a source comes to, and the record of it. */
import type { Aggregate } from "../../stream/aggregate.ts";
import { compose } from "../../stream/aggregates/compose.ts";
import { count } from "../../stream/aggregates/count.ts";
import { distinct } from "../../stream/aggregates/distinct.ts";
import { max, min } from "../../stream/aggregates/extreme.ts";
import { mean } from "../../stream/aggregates/mean.ts";
import { quantiles } from "../../stream/aggregates/quantiles.ts";
import { sum } from "../../stream/aggregates/sum.ts";
import { topK } from "../../stream/aggregates/top_k.ts";
import { variance } from "../../stream/aggregates/variance.ts";
import { shape, type ShapeOf } from "../../records/formats/shape.ts";
import { readState } from "../../stream/state.ts";
import type { Packet } from "../../records/packets/schema.ts";
import type { Processed } from "../../records/processed_data.ts";
import type { WindowResult } from "../../stream/windows.ts";
import { observed } from "../observed.ts";
import { isoOf } from "../../records/formats/utc_time.ts";
import { type Span, spanState, widen } from "./finding.ts";
import { EXACT_MAX, EXACT_OF_SOURCE_MAX, NAMES_MAX } from "./limits.ts";

/** A packet, and where it was read. */
export interface Seen {
  readonly packet: Packet;
  readonly link: string;
  readonly offset: number;
}

/** Whose window it is. */
export type Owner = Readonly<ShapeOf<typeof ownersSchema>[number]>;

const ownersSchema = shape.array(shape.object({
  link: shape.string(),
  name: shape.string(),
  /** Of a source, where it is known. */
  country: shape.string().nullable(),
})).length(1);

/** The aggregate on a part of the record. */
function on<In, Part, State, Out>(
  part: (value: In) => Part,
  aggregate: Aggregate<Part, State, Out>,
): Aggregate<In, State, Out> {
  return { ...aggregate, add: (state, value) => aggregate.add(state, part(value)) };
}

/** Offsets of the first and the last record, and how many there are. */
function span(): Aggregate<Seen, Span, Span> {
  return {
    create: () => ({ first: 0, last: 0, count: 0 }),
    add(state, { offset }) {
      widen(state, { first: offset, last: offset, count: 1 });
      return state;
    },
    merge(into, from) {
      if (from.count > 0) widen(into, from);
      return into;
    },
    result: (state) => ({ ...state }),
    toJson: (state) => ({ ...state }),
    fromJson: (json) => readState(spanState, json, "a span of records"),
  };
}

/** Whose records these are: all say the same, but for a country that some may leave out. */
function owner(nameOf: (seen: Seen) => string): Aggregate<Seen, Owner[], Owner> {
  return {
    create: () => [],
    add(state, seen) {
      const { link, packet: { country = null } } = seen;
      if (state.length === 0) state.push({ link, name: nameOf(seen), country });
      else if (state[0]!.country === null && country !== null) state[0] = { ...state[0]!, country };
      return state;
    },
    merge(into, from) {
      if (into.length === 0) into.push(...from);
      else if (from.length > 0 && into[0]!.country === null) into[0] = from[0]!;
      return into;
    },
    result: ([state]) => state!,
    toJson: (state) => state.map((one) => ({ ...one })),
    fromJson: (json) => readState(ownersSchema, json, "whose a window is"),
  };
}

/** The aggregate of those records alone that have it. */
function having<In, State, Out>(
  has: (value: In) => boolean,
  aggregate: Aggregate<In, State, Out>,
): Aggregate<In, State, Out> {
  return { ...aggregate, add: (state, value) => has(value) ? aggregate.add(state, value) : state };
}

/** Sources that are named, the heaviest first. */
const TOP_SOURCES = 5;

/** Bytes of a packet; of a flow the mean of its packets. */
const lengthOf = ({ packet }: Seen) => packet.length / (packet.packets ?? 1);

/** What can be asked of the lengths of a window's records. */
export const LENGTH_AGGREGATES = {
  count: count(),
  sum: sum(lengthOf),
  mean: mean(lengthOf),
  min: min(lengthOf),
  max: max(lengthOf),
  variance: variance(lengthOf),
} as const;

/** The name of one of {@linkcode LENGTH_AGGREGATES}. */
export type LengthAggregate = keyof typeof LENGTH_AGGREGATES;

/** All figures of a window of this dimension; `nameOf` says whose it is, `aggregates` what else is asked for. */
export function figures(windowUs: number, { dimension, nameOf, aggregates = [] }: {
  readonly dimension: Dimension;
  readonly nameOf: (seen: Seen) => string;
  readonly aggregates?: readonly LengthAggregate[] | undefined;
}) {
  // Of windows of sources there are many, with one source in each.
  const { exactMax, namesMax } = dimension === "source"
    ? { exactMax: EXACT_OF_SOURCE_MAX, namesMax: 1 }
    : { exactMax: EXACT_MAX, namesMax: NAMES_MAX };
  return compose({
    observed: on((seen: Seen) => seen.packet, observed(windowUs)),
    records: span(),
    owner: owner(nameOf),
    sources: distinct(({ packet }: Seen) => packet.src, { exactMax }),
    destinations: distinct(({ packet }: Seen) => packet.dst, { exactMax }),
    destinationPorts: having(
      ({ packet }: Seen) => packet.dstPort !== undefined,
      distinct(({ packet }: Seen) => String(packet.dstPort), { exactMax }),
    ),
    sizes: quantiles(lengthOf, { at: [0.5, 0.99] }),
    top: topK(TOP_SOURCES, ({ packet }: Seen) => packet.src, {
      weight: ({ packet }) => packet.length,
      namesMax,
    }),
    // The last: in a state of before there is none.
    lengths: compose<Seen, Record<string, Aggregate<Seen, unknown, number | null>>>(
      Object.fromEntries(aggregates.map((name) => [name, LENGTH_AGGREGATES[name]])) as never,
    ),
  });
}

/** Of what a window is. */
export type Dimension = Processed["dimension"];

/** See {@linkcode figures}. */
export type FiguresAggregate = ReturnType<typeof figures>;

/** A window with its figures. */
export type FiguresResult = WindowResult<ReturnType<FiguresAggregate["result"]>>;

/** The record of a window. */
export function processedOf(
  dimension: Dimension,
  { value, start, end, final, correction }: FiguresResult,
  { aligned = true }: { readonly aligned?: boolean } = {},
): Processed {
  const { observed, owner: { link, name }, sources, destinations, destinationPorts, sizes, top, lengths } =
    value;
  const { packets, bytes, meanSize, interarrival, tcp, udp } = observed;
  const [sizeP50, sizeP99] = sizes ?? [0, 0];
  const startId = aligned ? Math.floor(start / 1_000) : `${start}us`;
  return {
    id: `${link}/${dimension}/${name}/${startId}${correction ? `#${packets}` : ""}`,
    ...{ dimension, name, link, start: isoOf(start), end: isoOf(end) },
    ...{ packets, bytes, meanSize, interarrival, tcp, udp, final, correction },
    ...{ sources, destinations, destinationPorts, sizeP50: sizeP50!, sizeP99: sizeP99! },
    topSources: top.map(({ name, weight }) => ({ source: name, bytes: weight })),
    ...(Object.keys(lengths).length === 0 ? {} : { lengths }),
  };
}
