/** What the packets of a window come to: one computation for the live job, for training and for evaluation. */
import { shape } from "../records/formats/shape.ts";
import { countState, readState, timeState } from "../stream/state.ts";
import type { Aggregate } from "../stream/aggregate.ts";
import type { Packet } from "../records/packets/schema.ts";
import type { ObservedWindow } from "../records/windows.ts";

/** The numbers of a window that a model can see, in the order in which they are kept. */
export const TRAFFIC_FEATURES = ["bytes", "meanSize", "packets", "interarrival", "tcp", "udp"] as const;

/** One of {@linkcode TRAFFIC_FEATURES}. */
export type TrafficFeature = typeof TRAFFIC_FEATURES[number];

/** A window as numbers; units as in `observedWindowSchema`. */
export type WindowValues = Readonly<Record<TrafficFeature, number>>;

/** What is kept of an open window's packets: nothing of a single one. */
export interface ObservedState {
  /** Records: flows count once. */
  records: number;
  packets: number;
  bytes: number;
  /** Event times in µs; 0 without records. */
  first: number;
  last: number;
  /** Packets of each protocol. */
  tcp: number;
  udp: number;
}

const number = shape.number();
/** Records, packets, bytes, first, last, tcp, udp. */
const sumsSchema = shape.tuple([countState, number, number, timeState, timeState, number, number]);

/** The sums of windows of this length, in µs. Times may come in any order. */
export function observed(windowUs: number): Aggregate<Packet, ObservedState, WindowValues> {
  return {
    create: () => ({ records: 0, packets: 0, bytes: 0, first: 0, last: 0, tcp: 0, udp: 0 }),
    add: addPacket,
    merge: mergeStates,
    result: (state) => valuesOf(state, windowUs),
    toJson: ({ records, packets, bytes, first, last, tcp, udp }) => [
      ...[records, packets, bytes, first, last, tcp, udp],
    ],
    fromJson: (json) => {
      const [records, packets, bytes, first, last, tcp, udp] = readState(sumsSchema, json, "sums of packets");
      return {
        ...{ records, packets, bytes },
        ...{ first, last, tcp, udp },
      };
    },
  };
}

/** A window without packets. */
export function emptyWindow(windowUs: number): WindowValues {
  return { bytes: 0, meanSize: 0, packets: 0, interarrival: windowUs, tcp: 0, udp: 0 };
}

/** The numbers of a window that was emitted. */
export function valuesOfWindow(window: Pick<ObservedWindow, TrafficFeature>): WindowValues {
  const { bytes, meanSize, packets, interarrival, tcp, udp } = window;
  return { bytes, meanSize, packets, interarrival, tcp, udp };
}

function addPacket(state: ObservedState, packet: Packet): ObservedState {
  const { timestamp, protocol, packets = 1 } = packet;
  if (state.records === 0) state.first = state.last = timestamp;
  else if (timestamp < state.first) state.first = timestamp;
  else if (timestamp > state.last) state.last = timestamp;
  state.records++;
  state.packets += packets;
  state.bytes += packet.length;
  if (protocol === "TCP") state.tcp += packets;
  else if (protocol === "UDP") state.udp += packets;
  return state;
}

function mergeStates(into: ObservedState, from: ObservedState): ObservedState {
  if (from.records === 0) return into;
  if (into.records === 0) return Object.assign(into, from);
  into.first = Math.min(into.first, from.first);
  into.last = Math.max(into.last, from.last);
  for (const key of ["records", "packets", "bytes", "tcp", "udp"] as const) into[key] += from[key];
  return into;
}

function valuesOf({ records, packets, bytes, first, last, tcp, udp }: ObservedState, windowUs: number) {
  if (records === 0) return emptyWindow(windowUs);
  return {
    bytes,
    meanSize: bytes / packets,
    packets,
    interarrival: records < 2 ? windowUs : (last - first) / (records - 1),
    tcp: tcp / packets,
    udp: udp / packets,
  };
}
