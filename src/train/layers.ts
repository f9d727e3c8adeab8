/** `--hidden`: the hidden layers of a network, from their short form to the architecture. */
import type { Activation, LayerSpec, Network } from "../../nn/mod.ts";
import { UserError } from "../runtime/errors.ts";

/** `64` = dense, `lstm:64`, `dropout:0.2`. */
export type HiddenLayer = number | `lstm:${number}` | `dropout:${number}`;

/** The layers of an architecture, the output layer included; `dropout` stands behind each dense and LSTM layer. */
export function layersOf(
  hidden: readonly HiddenLayer[],
  { activation, dropout = 0, outputs, outputActivation = "identity" }: {
    readonly activation: Activation;
    readonly dropout?: number;
    readonly outputs: number;
    readonly outputActivation?: Activation;
  },
): LayerSpec[] {
  const layers: LayerSpec[] = [];
  for (const entry of hidden) {
    const [kind, size] = typeof entry === "number" ? ["dense", entry] : splitEntry(entry);
    if (kind === "dropout") layers.push({ kind: "dropout", rate: size });
    else if (kind === "lstm") layers.push({ kind: "lstm", units: size });
    else layers.push({ kind: "dense", units: size, activation });
    if (dropout > 0 && kind !== "dropout") layers.push({ kind: "dropout", rate: dropout });
  }
  layers.push({ kind: "dense", units: outputs, activation: outputActivation });
  return layers;
}

/** Whether the network reads its inputs as a sequence. */
export function isRecurrent(hidden: readonly HiddenLayer[]): boolean {
  return hidden.some((entry) => typeof entry === "string" && entry.startsWith("lstm:"));
}

/** The network that `make` returns. @throws {UserError} (exit code 2, with the hint) where it is not possible */
export function possibleNetwork(make: () => Network, hint: string): Network {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(error.message, { hint, exitCode: 2, cause: error });
  }
}

function splitEntry(entry: string): [string, number] {
  const [kind = "", size] = entry.split(":");
  return [kind, Number(size)];
}
