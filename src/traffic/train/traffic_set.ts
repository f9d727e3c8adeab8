/** Packets sorted into windows of their links: what a model is trained and judged on. */
import { UserError } from "../../runtime/errors.ts";
import type { Packet } from "../../records/packets/schema.ts";
import { EMPTY_WINDOWS_MAX, TRAINING_WINDOWS_MAX } from "../limits.ts";
import {
  emptyWindow,
  observed,
  type ObservedState,
  TRAFFIC_FEATURES,
  type TrafficFeature,
  type WindowValues,
} from "../observed.ts";
import { RecentPackets } from "../recent_packets.ts";

/** Windows of a link, one behind the other without a gap. */
export interface LinkSeries {
  readonly link: string;
  /** Start of the first one, in µs. */
  readonly startUs: number;
  /** n */
  readonly length: number;
  /** (n, {@linkcode TRAFFIC_FEATURES}); 0 where a feature is not known. */
  readonly values: Float64Array;
}

/** What a model is trained or judged on. */
export interface TrafficSet {
  /** For people and for the model file: the topic, or the file's path. */
  readonly name: string;
  /** Of the file's bytes, hexadecimal; `null` where there is no file. */
  readonly sha256: string | null;
  readonly windowUs: number;
  /** Features that are known of every window. */
  readonly known: readonly TrafficFeature[];
  /** A link has several where it was silent for long. */
  readonly series: readonly LinkSeries[];
  /** What was taken for granted or left out, a sentence each. */
  readonly remarks: readonly string[];
}

/** Sums packets up by link and window, whatever the order in which they come. */
export class WindowCollector {
  readonly #windowUs: number;
  readonly #aggregate: ReturnType<typeof observed>;
  /** Link → number of the window since the epoch → its sums. */
  readonly #links = new Map<string, Map<number, ObservedState>>();
  readonly #recent = new RecentPackets();
  #windows = 0;
  #packets = 0;
  #duplicates = 0;

  constructor(windowUs: number) {
    this.#windowUs = windowUs;
    this.#aggregate = observed(windowUs);
  }

  /** Records so far. */
  get packets(): number {
    return this.#packets;
  }

  /** Records among them that came twice: they count once. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** @throws {UserError} for more windows than are held. */
  add(link: string, packet: Packet): void {
    this.#packets++;
    if (this.#recent.saw(link, packet.id)) {
      this.#duplicates++;
      return;
    }
    const place = Math.floor(packet.timestamp / this.#windowUs);
    let windows = this.#links.get(link);
    if (windows === undefined) this.#links.set(link, windows = new Map());
    let state = windows.get(place);
    if (state === undefined) {
      if (++this.#windows > TRAINING_WINDOWS_MAX) {
        throw new UserError(`Cannot hold more than ${TRAINING_WINDOWS_MAX} windows at once`, {
          hint: "take longer ones with --window, or fewer packets",
        });
      }
      windows.set(place, state = this.#aggregate.create());
    }
    windows.set(place, this.#aggregate.add(state, packet));
  }

  /** The windows of each link; its first and its last, of which only a part was seen, are left out. */
  series(): LinkSeries[] {
    return [...this.#links].flatMap(([link, windows]) => this.#seriesOf(link, windows));
  }

  #seriesOf(link: string, windows: ReadonlyMap<number, ObservedState>): LinkSeries[] {
    const places = [...windows.keys()].sort((a, b) => a - b).slice(1, -1);
    const series: LinkSeries[] = [];
    for (let from = 0; from < places.length;) {
      let end = from + 1;
      while (end < places.length && places[end]! - places[end - 1]! <= EMPTY_WINDOWS_MAX + 1) end++;
      const first = places[from]!;
      const rows = Array.from({ length: places[end - 1]! - first + 1 }, (_, i) => windows.get(first + i));
      const startUs = first * this.#windowUs;
      series.push(
        seriesOf(
          link,
          startUs,
          rows.map((state) =>
            state === undefined ? emptyWindow(this.#windowUs) : this.#aggregate.result(state)
          ),
        ),
      );
      from = end;
    }
    return series;
  }
}

function seriesOf(link: string, startUs: number, windows: readonly WindowValues[]): LinkSeries {
  const width = TRAFFIC_FEATURES.length;
  const values = new Float64Array(windows.length * width);
  windows.forEach((window, i) => TRAFFIC_FEATURES.forEach((name, f) => values[i * width + f] = window[name]));
  return { link, startUs, length: windows.length, values };
}

/** A set of packets that are known of by all their features. */
export function packetSet(
  collector: WindowCollector,
  { remarks, ...about }: Pick<TrafficSet, "name" | "sha256" | "windowUs" | "remarks">,
): TrafficSet {
  const { duplicates } = collector;
  const twice = duplicates === 0 ? [] : [`${about.name}: ${duplicates} packets that came twice count once`];
  return { ...about, remarks: [...remarks, ...twice], known: TRAFFIC_FEATURES, series: collector.series() };
}

/** A set of one link of which only the bytes of each window are known. */
export function volumeSet(
  volume: { readonly startUs: number; readonly bytes: Float64Array; readonly link: string },
  about: Pick<TrafficSet, "name" | "sha256" | "windowUs" | "remarks">,
): TrafficSet {
  const width = TRAFFIC_FEATURES.length;
  const { startUs, bytes, link } = volume;
  const values = new Float64Array(bytes.length * width);
  const place = TRAFFIC_FEATURES.indexOf("bytes");
  bytes.forEach((value, i) => values[i * width + place] = value);
  return { ...about, known: ["bytes"], series: [{ link, startUs, length: bytes.length, values }] };
}
