// Not pure: it reads and writes a topic.
/**
 * Models announced on a topic, see `records/models.ts`. Whoever runs a file of the key's name listens, others pass it
 * over. The topic is compacted; who begins takes the newest announcement first, and then each that comes.
 */
import { resolve } from "node:path";
import type { IncomingRecord, KafkaClient } from "../../kafka/port.ts";
import { modelKeyOf, printModel, readModelPlace } from "../../records/models.ts";
import { UserError } from "../../runtime/errors.ts";
import { readModelBytes } from "../disk.ts";
import type { ModelIntake } from "./intake.ts";
import { type NamedModel, sha256Of } from "../container.ts";

/** How announcements are followed. */
export interface AnnouncementOptions<M extends NamedModel> {
  readonly client: KafkaClient;
  readonly topic: string;
  /** File of the running model: its name is the key that counts. */
  readonly path: string;
  readonly intake: ModelIntake<M>;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly onTopicCreated?: (name: string) => void;
}

/** Listens to announcements. */
export interface Announcements {
  /** Follows the topic until the signal aborts. @throws KafkaError where it cannot be read any more. */
  follow(): Promise<void>;
}

const decoder = new TextDecoder();

/**
 * Makes sure of the topic and takes the newest announcement that is there.
 *
 * @throws KafkaError where the topic cannot be read.
 */
export async function openAnnouncements<M extends NamedModel>(
  options: AnnouncementOptions<M>,
): Promise<Announcements> {
  const { client, topic, signal } = options;
  const key = modelKeyOf(options.path);
  await ensureTopic(options);
  let newest: IncomingRecord | null = null;
  /** Of each partition the offset after the last record that was seen. */
  const seen = new Map<number, number>();
  for await (
    const { partition, records, nextOffset } of client.read({
      ...{ topics: [topic], from: "beginning", until: "end", signal },
    })
  ) {
    newest = records.findLast((record) => isFor(record, key)) ?? newest;
    seen.set(partition, nextOffset);
  }
  if (newest !== null) await take(newest, options);
  return {
    follow: async () => {
      const chunks = client.read({ topics: [topic], from: "beginning", until: "never", signal });
      for await (const { partition, records } of chunks) {
        for (const record of records) {
          if (record.offset < (seen.get(partition) ?? 0) || !isFor(record, key)) continue;
          await take(record, options);
        }
      }
    },
  };
}

/**
 * Announces a model's file, once it is written; makes sure of the topic.
 *
 * @throws KafkaError where it could not be sent, UserError where the file cannot be read.
 */
export async function announceModel(
  { client, topic, path, onTopicCreated }: Omit<AnnouncementOptions<NamedModel>, "intake" | "signal">,
): Promise<void> {
  const bytes = await readModelBytes(path, { hint: "write it first" });
  await ensureTopic({ client, topic, ...(onTopicCreated === undefined ? {} : { onTopicCreated }) });
  await using producer = await client.producer();
  await producer.send(topic, [{
    key: modelKeyOf(path),
    value: printModel(bytes, { file: resolve(path), sha256: sha256Of(bytes) }),
  }]);
}

async function ensureTopic(
  { client: { admin }, topic: name, onTopicCreated }: Pick<
    AnnouncementOptions<NamedModel>,
    "client" | "topic" | "onTopicCreated"
  >,
): Promise<void> {
  if ((await admin.listTopics()).includes(name)) return;
  const configs = { "cleanup.policy": "compact" };
  const topic = { name, partitions: 1, replicationFactor: -1, configs, fallbackConfigs: {} };
  if (await admin.createTopic(topic)) onTopicCreated?.(name);
}

function isFor({ key, value }: IncomingRecord, wanted: string): boolean {
  return key !== null && value !== null && decoder.decode(key) === wanted;
}

async function take<M extends NamedModel>(
  { value, offset }: IncomingRecord,
  { topic, intake }: AnnouncementOptions<M>,
): Promise<void> {
  const origin = `the announcement at offset ${offset} of ${topic}`;
  const place = readModelPlace(value!);
  // A copy: a record's value may be Node's Buffer, whose slices are views of what was fetched.
  if (place === null) return intake.offer(new Uint8Array(value!), origin);
  let bytes: Uint8Array;
  try {
    bytes = await readModelBytes(place.file, { hint: "put it there and announce it again" });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return intake.refuse(origin, error.message);
  }
  const found = sha256Of(bytes);
  if (place.sha256 !== undefined && place.sha256 !== found) {
    return intake.refuse(origin, `the SHA-256 of ${place.file} is ${found}, announced was ${place.sha256}`);
  }
  intake.offer(bytes, `${origin}, ${place.file}`);
}
