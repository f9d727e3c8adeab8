/** What the traffic model takes and gives. */
import type { Packet } from "../../records/packets/schema.ts";

/** What can be injected into the traffic. */
export const EVENT_KINDS = ["surge", "outage", "port-scan", "syn-flood", "new-talker"] as const;

/** One of them. */
export type EventKind = typeof EVENT_KINDS[number];

/** An injected event: the label of the packets between its start and its end. */
export interface LabelledEvent {
  /** `sim-<seed>-<kind>-<n>`, counted by kind from 1. */
  readonly id: string;
  readonly kind: EventKind;
  /** The only link that it concerns. */
  readonly link: string;
  readonly region: string;
  /** Unix time in µs; belongs to it. */
  readonly startUs: number;
  /** Does not belong to it. */
  readonly endUs: number;
  /**
   * Who and how much. surge, outage: `factor` on the link's rate. port-scan: `direction` vertical (`source`,
   * `target`, many ports) or horizontal (`source`, `port`, many hosts). syn-flood: `target`, `port`, sources
   * forged. new-talker: `source`, `country`, `target`. All but surge and outage: `packetsPerSecond`, what it adds.
   */
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** How the traffic shall be. */
export interface TrafficModelOptions {
  /** An integer from 0 to 2^53 − 1. */
  readonly seed: number;
  /** Packets per second of all links together, mean over a week, without what scans, floods and talkers add. */
  readonly ratePerSecond: number;
  /** When it begins, Unix time in µs. */
  readonly startUs: number;
  /** When it ends: no packet is as late as that. @default never */
  readonly endUs?: number;
  /** How many. @default 1 */
  readonly links?: number;
  /** Name of the only link, instead of `link-1`; with several: `<name>-1` … @default link */
  readonly linkName?: string;
  /** What is injected. @default all kinds */
  readonly events?: readonly EventKind[];
}

/** Some packets. */
export interface TrafficBatch {
  /** In the order of their time. */
  readonly packets: Packet[];
  /** Events whose first packets may be among them. */
  readonly events: LabelledEvent[];
}
