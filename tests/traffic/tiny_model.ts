/** A small traffic model with weights from a seed, for tests of what runs it. */
import { createNetwork, Random } from "../../nn/mod.ts";
import type { InputSpec } from "../../src/traffic/model/inputs.ts";
import type { TrafficModel } from "../../src/traffic/model/model.ts";
import { readTrafficModel, writeTrafficModel } from "../../src/traffic/model/file.ts";
import { trafficMetadata } from "../support/traffic_model.ts";

/** What of it may be otherwise. */
export type TinyParts = Partial<InputSpec> & { readonly seed?: number };

/** The file of a model with windows of a second; other seeds give other versions. */
export function tinyModelBytes({ seed = 1, ...change }: TinyParts = {}): Uint8Array<ArrayBuffer> {
  const metadata = trafficMetadata({ windowUs: 1_000_000, lookback: 3, ...change });
  return writeTrafficModel(createNetwork(metadata.architecture, new Random(seed)), metadata);
}

/** The model itself. */
export function tinyModel(parts: TinyParts = {}): TrafficModel {
  return readTrafficModel(tinyModelBytes(parts));
}
