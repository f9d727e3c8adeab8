// Not pure: it reads and writes files.
/**
 * Checkpoints: a training that was stopped or killed goes on as if nothing had happened, bit for bit.
 *
 * A safetensors file with the parameters, the optimizer's memory, the best epoch's parameters and the order of the
 * examples as tensors; generators, schedule, history and what is being trained as JSON in the metadata.
 */
import { decodeSafetensors, encodeSafetensors, SafetensorsError, type Tensor } from "../../../nn/mod.ts";
import { saveFile } from "../../runtime/save_file.ts";
import { UserError } from "../../runtime/errors.ts";
import type { TrainingState } from "./training_run.ts";

/** What is trained on what: a checkpoint of anything else is refused. Plain JSON. */
export type TrainingIdentity = Readonly<Record<string, unknown>>;

/** A training that can be stopped and gone on with. */
export interface Checkpoint {
  readonly identity: TrainingIdentity;
  readonly state: TrainingState;
}

const FORMAT_VERSION = "1";

/** The bytes of a checkpoint; the same state gives the same bytes. */
export function encodeCheckpoint({ identity, state }: Checkpoint): Uint8Array<ArrayBuffer> {
  const { optimizer, best, order, parameters, ...rest } = state;
  const tensors = [
    vector("parameters", parameters),
    vector("order", Float64Array.from(order)),
    ...optimizer.slots.map((slot, s) => vector(`optimizer.${s}`, slot)),
    ...(best === null ? [] : [vector("best", best.parameters)]),
  ];
  const plain = {
    ...rest,
    optimizer: { ...optimizer, slots: optimizer.slots.length },
    best: best === null ? null : { rank: best.rank },
  };
  const metadata = {
    checkpointVersion: FORMAT_VERSION,
    identity: JSON.stringify(identity),
    state: JSON.stringify(plain),
  };
  return encodeSafetensors({ tensors, metadata });
}

function vector(name: string, values: Float64Array): Tensor {
  return { name, dtype: "F64", shape: [values.length], values };
}

/** A checkpoint from its bytes. @throws {SafetensorsError} for bytes that are none */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const { tensors, metadata } = decodeSafetensors(bytes);
  if (metadata["checkpointVersion"] !== FORMAT_VERSION) {
    throw new SafetensorsError(
      metadata["formatVersion"] === undefined
        ? "Cannot read the checkpoint: it is not one of streamflow's"
        : "Cannot read the checkpoint: it is a finished model, which holds no state to go on from",
    );
  }
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const numbers = (name: string): Float64Array => {
    const tensor = byName.get(name);
    if (tensor?.dtype === "F64") return tensor.values;
    throw new SafetensorsError(`Cannot read the checkpoint: tensor "${name}" is missing`);
  };
  try {
    const identity = JSON.parse(metadata["identity"] ?? "") as TrainingIdentity;
    const { optimizer, best, ...rest } = JSON.parse(metadata["state"] ?? "");
    const slots = Array.from({ length: optimizer.slots }, (_, s) => numbers(`optimizer.${s}`));
    const state: TrainingState = {
      ...rest,
      parameters: numbers("parameters"),
      order: Int32Array.from(numbers("order")),
      optimizer: { ...optimizer, slots },
      best: best === null ? null : { ...best, parameters: numbers("best") },
    };
    return { identity, state };
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
    throw new SafetensorsError("Cannot read the checkpoint: its metadata is damaged", { cause: error });
  }
}

/** Writes it whole or not at all. @throws {UserError} where it cannot be written */
export async function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  let bytes: Uint8Array;
  try {
    bytes = encodeCheckpoint(checkpoint);
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    throw new UserError(`Cannot write the checkpoint ${path}: ${error.message}`, {
      hint: "the training diverges: try a smaller --learning-rate, or --clip-norm",
      cause: error,
    });
  }
  await saveFile(path, bytes, { what: "checkpoint", flag: "--checkpoint" });
}

/**
 * Reads the state to go on from.
 *
 * @throws {UserError} where there is no checkpoint, or it is one of another training; the message says what differs
 */
export async function loadCheckpoint(path: string, identity: TrainingIdentity): Promise<TrainingState> {
  let checkpoint: Checkpoint;
  try {
    checkpoint = decodeCheckpoint(await Deno.readFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new UserError(`Cannot resume from ${path}: there is no such file`, {
        hint: "name one with --checkpoint FILE, or start over without --resume",
        cause: error,
      });
    }
    const found = error instanceof Error ? error.message : String(error);
    throw new UserError(`Cannot resume from ${path}: ${found}`, {
      hint: "start over without --resume",
      cause: error,
    });
  }
  const differing = differences(checkpoint.identity, identity);
  if (differing.length === 0) return checkpoint.state;
  throw new UserError(`Cannot resume from ${path}: it is of another training (${differing.join("; ")})`, {
    hint: "give the settings and files that it was begun with, or start over without --resume",
  });
}

/** What differs, as `batchSize 64, now 32`. */
function differences(before: TrainingIdentity, now: TrainingIdentity): string[] {
  const show = (value: unknown) => {
    const text = JSON.stringify(value) ?? "absent";
    return text.length > 60 ? `${text.slice(0, 57)}…` : text;
  };
  const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...keys].flatMap((key) => {
    const [was, is] = [before[key], now[key]];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    const nested = isObject(was) && isObject(is);
    return nested ? differences(was, is) : [`${key} ${show(was)}, now ${show(is)}`];
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
