/** Topics that have to be there. */
import type { Admin, NewTopic } from "./port.ts";

/** Creates the topic unless it exists. @returns whether it was created. @throws {KafkaError} */
export async function ensureTopic(admin: Admin, topic: NewTopic): Promise<boolean> {
  if ((await admin.listTopics()).includes(topic.name)) return false;
  return await admin.createTopic(topic);
}
