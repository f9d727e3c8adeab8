/** Topics that have to be there. */
import { type Admin, KafkaError, type NewTopic } from "./port.ts";

/** Creates the topic unless it exists. @returns whether it was created. @throws {KafkaError} */
export async function ensureTopic(admin: Admin, topic: NewTopic): Promise<boolean> {
  if ((await admin.listTopics()).includes(topic.name)) return false;
  return await admin.createTopic(topic);
}

/** What every adapter does with {@linkcode NewTopic.fallbackConfigs}. @param create one attempt */
export async function createWithFallback(
  { fallbackConfigs, ...topic }: NewTopic,
  create: (topic: NewTopic) => Promise<boolean>,
): Promise<boolean> {
  try {
    return await create(topic);
  } catch (error) {
    // Whatever else is wrong with the topic is said by the second attempt.
    if (fallbackConfigs === undefined || !(error instanceof KafkaError)) throw error;
    return await create({ ...topic, configs: fallbackConfigs });
  }
}
