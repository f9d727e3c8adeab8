/** Where `train` keeps the state to go on from, and when it goes. */
import { resolve } from "node:path";
import type { Settings } from "../../config/settings.ts";
import { UserError } from "../../runtime/errors.ts";
import {
  loadCheckpoint,
  saveCheckpoint,
  type TrainingIdentity,
  type TrainingState,
} from "../../train/mod.ts";

/** Checkpoints of one training. */
export interface CheckpointFile {
  readonly path: string;
  /** The state to go on from; `undefined` without `--resume`. @throws {UserError} where it is another training's */
  load(identity: TrainingIdentity): Promise<TrainingState | undefined>;
  /** Called after each epoch. */
  save(identity: TrainingIdentity, state: TrainingState): Promise<void>;
  /** The training is complete: a checkpoint that nobody asked for goes. */
  finish(): Promise<void>;
  /** Shown when training was stopped: how to resume it. */
  readonly advice: string;
}

/**
 * `ids.safetensors` → `ids.checkpoint.safetensors`, where `--checkpoint` names no other.
 *
 * @throws {UserError} (exit code 2) where it would take the model's place
 */
export function checkpointFileOf(
  { model, checkpoint, resume }: Pick<Settings, "model" | "checkpoint" | "resume">,
  { of }: {
    /** A second training of the same command: a file of its own, which need not be there. */
    readonly of?: string;
  } = {},
): CheckpointFile {
  const first = checkpoint ?? `${model.replace(/\.safetensors$/, "")}.checkpoint.safetensors`;
  const path = of === undefined ? first : `${first.replace(/\.safetensors$/, "")}.${of}.safetensors`;
  if (resolve(path) === resolve(model)) {
    throw new UserError(`--checkpoint and --model name the same file: ${model}`, {
      hint: "leave --checkpoint out: it is then kept beside the model",
      exitCode: 2,
    });
  }
  // Beside a device there is no place for files.
  const isKept = checkpoint !== undefined || !resolve(model).startsWith("/dev/");
  return {
    path,
    advice: isKept ? `stopped: run the same command with --resume to continue from ${path}` : "stopped",
    async load(identity) {
      if (!resume || of !== undefined && !await isThere(path)) return undefined;
      return await loadCheckpoint(path, identity);
    },
    save: async (identity, state) => {
      if (isKept) await saveCheckpoint(path, { identity, state });
    },
    async finish() {
      if (checkpoint !== undefined || !isKept) return;
      await Deno.remove(path).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
    },
  };
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
