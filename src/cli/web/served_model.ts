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

/** Loads the model. @throws {UserError} where there is none, or none that answers readings. */
export async function loadServedModel(file: string): Promise<ServedModel> {
  return new ServedModel(await loadModel(file), { file, nowMs: Date.now() });
}

/** How it is followed. */
export interface FollowOptions {
  /** Topic of announcements. */
  readonly topic: string | undefined;
  readonly client: KafkaClient;
  readonly log: Log;
}

/** Lets newer files and announcements take the model's place until it is disposed of. */
export function followServedModel(
  served: ServedModel,
  { topic, client, log }: FollowOptions,
): Promise<AsyncDisposable> {
  const { model: running, file: path } = served;
  return followModels({
    intake: new ModelIntake<Model>({
      running,
      read: readModel,
      swap: (next, done) => done(served.swap(next, Date.now())),
      onSwap: log.info,
      onWarning: log.warn,
    }),
    ...{ running, path, topic, client },
    onTopicCreated: (name) => log.info(`created the topic ${name}`),
    onWarning: log.warn,
  });
}

/** The card beside a model's file; `null` where there is none. */
export async function readCard(path: string): Promise<string | null> {
  const text = await Deno.readTextFile(cardFileOf(path)).catch(() => null);
  return text !== null && isModelCard(text) ? text : null;
}
