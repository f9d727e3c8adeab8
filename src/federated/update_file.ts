/** Updates and strategies' states as safetensors, as they travel and as they stand on the topic. */
import { decodeSafetensors, encodeSafetensors, type Tensor } from "../../nn/mod.ts";
import type { StrategyState } from "./strategies/strategy.ts";
import type { Update } from "./update.ts";

/** An update, and who sent it. */
export interface SentUpdate extends Update {
  /** `null` where nobody had to say. */
  readonly participant: string | null;
}

/** The tensor of an update that holds all parameters. */
const PARAMETERS = "parameters";

/** The bytes of an update; the same one gives the same bytes. @throws SafetensorsError for a weight that is not finite */
export function writeUpdateFile(
  { device, participant, round, numExamples, weights, metrics = {} }: SentUpdate,
): Uint8Array<ArrayBuffer> {
  return encodeSafetensors({
    tensors: [{ name: PARAMETERS, dtype: "F64", shape: [weights.length], values: weights }],
    metadata: {
      device,
      round: String(round),
      numExamples: String(numExamples),
      metrics: JSON.stringify(metrics),
      participant: JSON.stringify(participant),
    },
  });
}

/** An update from its bytes, not checked yet. @throws SafetensorsError, SyntaxError, RangeError for what is none */
export function readUpdateFile(bytes: Uint8Array): SentUpdate {
  const { tensors, metadata: { device, round, numExamples, metrics, participant } } = decodeSafetensors(
    bytes,
  );
  const [only] = tensors;
  if (tensors.length !== 1 || only?.name !== PARAMETERS || only.dtype !== "F64" || device === undefined) {
    throw new RangeError(`Cannot read an update: a device and one F64 tensor "${PARAMETERS}" are wanted`);
  }
  const sender: unknown = JSON.parse(participant ?? "null");
  return {
    device,
    participant: typeof sender === "string" ? sender : null,
    round: Number(round),
    numExamples: Number(numExamples),
    weights: only.values,
    metrics: metricsOf(JSON.parse(metrics ?? "{}")),
  };
}

/** @throws RangeError where it is no object of numbers */
function metricsOf(value: unknown): Readonly<Record<string, number>> {
  const isMetrics = typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every((one) => typeof one === "number");
  if (!isMetrics) throw new RangeError("Cannot read an update: its metrics are no numbers by name");
  return value as Record<string, number>;
}

function widen(tensor: Tensor): Tensor & { readonly dtype: "F64" } {
  return tensor.dtype === "F64"
    ? tensor
    : { ...tensor, dtype: "F64", values: Float64Array.from(tensor.values) };
}

/** The bytes of what a strategy keeps. */
export function writeStrategyState(state: NonNullable<StrategyState>): Uint8Array<ArrayBuffer> {
  const tensors = Object.entries(state).map(([name, values]) => (
    { name, dtype: "F64", shape: [values.length], values } as const
  ));
  return encodeSafetensors({ tensors, metadata: {} });
}

/** What a strategy kept, from its bytes. @throws SafetensorsError for what is none */
export function readStrategyState(bytes: Uint8Array): NonNullable<StrategyState> {
  return Object.fromEntries(
    decodeSafetensors(bytes).tensors.map(widen).map(({ name, values }) => [name, values]),
  );
}
