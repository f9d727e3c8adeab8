/** Models that were just trained, announced to those who run one. */
import type { Log } from "../../runtime/log.ts";
import { announceModel } from "../../models/swap/announcements.ts";
import { type ConnectionSettings, openClient } from "../connection.ts";

/** Announces the model file where a topic for that is named. */
export async function announceWhereAsked(
  settings: ConnectionSettings & { readonly model: string; readonly models: string | undefined },
  log: Log,
): Promise<void> {
  const { model: path, models: topic } = settings;
  if (topic === undefined) return;
  await using client = await openClient(settings, log);
  await announceModel({
    ...{ client, topic, path },
    onTopicCreated: (name) => log.info(`created the topic ${name}`),
  });
  log.info(`announced ${path} on ${topic}`);
}
