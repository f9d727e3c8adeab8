/** The model that `streamflow web` answers with: loaded, followed, and its card beside it. */
import type { KafkaClient } from "../../kafka/port.ts";
import { loadModel } from "../../models/disk.ts";
import { type Model, readModel } from "../../models/model_file.ts";
import { followModels } from "../../models/swap/follow.ts";
import { ModelIntake } from "../../models/swap/intake.ts";
import type { Log } from "../../runtime/log.ts";
import { isModelCard } from "../../train/mod.ts";
import { ServedModel } from "../../web/served_model.ts";
import { cardFileOf } from "../train/card.ts";

/** Which model, and how it is followed. */
export interface ServedModelOptions {
  /** Its file. */
  readonly path: string;
  /** Topic of announcements. */
  readonly topic: string | undefined;
  readonly client: KafkaClient;
  readonly log: Log;
}

/**
 * Loads the model and follows file and topic until it is disposed of.
 *
 * @throws {UserError} where there is none, or none that answers readings.
 */
export async function openServedModel(
  { path, topic, client, log }: ServedModelOptions,
): Promise<{ readonly served: ServedModel } & AsyncDisposable> {
  const model = await loadModel(path);
  const served = new ServedModel(model, { file: path, nowMs: Date.now() });
  const followed = await followModels({
    intake: new ModelIntake<Model>({
      running: model,
      read: readModel,
      swap: (next, done) => done(served.swap(next, Date.now())),
      onSwap: log.info,
      onWarning: log.warn,
    }),
    ...{ running: model, path, topic, client },
    onTopicCreated: (name) => log.info(`created the topic ${name}`),
    onWarning: log.warn,
  });
  return { served, [Symbol.asyncDispose]: () => followed[Symbol.asyncDispose]() };
}

/** The card beside a model's file; `null` where there is none. */
export async function readCard(path: string): Promise<string | null> {
  const text = await Deno.readTextFile(cardFileOf(path)).catch(() => null);
  return text !== null && isModelCard(text) ? text : null;
}
