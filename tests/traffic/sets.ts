/** Traffic sets for tests: a daily rhythm with noise, and packets that make one. */
import { Random } from "../../nn/mod.ts";
import type { Packet } from "../../src/records/packets/schema.ts";
import { TRAFFIC_FEATURES } from "../../src/traffic/observed.ts";
import { DEFAULT_TRAFFIC_RECIPE, type TrafficRecipe } from "../../src/traffic/train/recipe.ts";
import type { LinkSeries, TrafficSet } from "../../src/traffic/train/traffic_set.ts";

/** A small network that learns in a second. */
export const SMALL_RECIPE: TrafficRecipe = {
  ...DEFAULT_TRAFFIC_RECIPE,
  hidden: [8],
  epochs: 12,
  learningRate: 0.01,
};

/** Windows of a minute in which the traffic goes up and down every 24 of them. */
export function waveSeries(length: number, { seed = 1, link = "a" } = {}): LinkSeries {
  const random = new Random(seed), width = TRAFFIC_FEATURES.length;
  const values = new Float64Array(length * width);
  for (let i = 0; i < length; i++) {
    const packets = Math.round(100 + 60 * Math.sin(2 * Math.PI * i / 24) + random.uniform(-5, 5));
    values.set([packets * 500, 500, packets, 60e6 / packets, 0.75, 0.25], i * width);
  }
  return { link, startUs: 1_767_571_200_000_000, length, values };
}

/** A set of such series. */
export function waveSet(...series: readonly LinkSeries[]): TrafficSet {
  return {
    ...{ name: "waves", sha256: null, windowUs: 60_000_000, known: TRAFFIC_FEATURES, remarks: [] },
    series: series.length === 0 ? [waveSeries(300)] : series,
  };
}

/** A packet at a time in µs. */
export function packetAt(timestamp: number, change: Partial<Packet> = {}): Packet {
  return {
    ...{ id: String(timestamp), timestamp, length: 100, protocol: "TCP", src: "10.0.0.1", dst: "10.0.0.2" },
    ...change,
  };
}
