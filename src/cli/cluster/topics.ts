/** `streamflow topics list|describe|create|delete`. */
import { formatCount } from "../../runtime/progress.ts";
import { CONNECTION_KEYS } from "../../config/settings.ts";
import type { KafkaClient, PartitionOffsets, TopicDescription } from "../../kafka/port.ts";
import { KafkaError } from "../../kafka/port.ts";
import { UserError } from "../../runtime/errors.ts";
import { nearest } from "../../runtime/suggest.ts";
import { defineCommand } from "../command.ts";
import { openClient } from "../connection.ts";

/** A topic as `describe` shows it. */
interface Described {
  readonly description: TopicDescription;
  readonly offsets: readonly PartitionOffsets[];
  /** Bytes of the leaders' logs, by partition; not of brokers that are down, or that may not say. */
  readonly sizes: ReadonlyMap<number, number>;
}

const NO_TOPICS = "there are no topics yet: 'streamflow produce' creates one and fills it";
const KEYS = ["json", ...CONNECTION_KEYS] as const;

/** Lists, describes, creates and deletes topics. */
export const topicsCommand = defineCommand({
  name: "topics",
  summary: "List, describe, create and delete topics",
  examples: [
    "topics list",
    "topics describe input-data",
    "topics create input-data --partitions 6 --replication-factor 3",
    "topics delete input-data",
  ],
  actions: [
    { name: "list", summary: "Names of all topics", settings: KEYS },
    {
      name: "describe",
      summary: "Partitions, replicas, offsets and sizes (of all topics where none is named)",
      args: "[topic...]",
      settings: KEYS,
    },
    { name: "create", summary: "Create a topic", args: "<topic>" },
    { name: "delete", summary: "Delete a topic and everything on it", args: "<topic>", settings: KEYS },
  ],
  settings: ["partitions", "replicationFactor", ...KEYS],
  next: (_, [action, name]) =>
    action === "create" && name !== undefined ? { command: "produce --topic", args: [name] } : undefined,
  async run(settings, { args, out, log }) {
    const [action, ...names] = args;
    await using client = await openClient(settings, log);
    const say = (object: unknown, lines: readonly string[]) => {
      if (settings.json) out(JSON.stringify(object));
      else for (const line of lines) out(line);
    };
    if (action === "list") {
      const topics = (await client.admin.listTopics()).toSorted();
      say(topics, topics);
      if (topics.length === 0) log.info(NO_TOPICS);
    } else if (action === "describe") {
      const described = await describe(client, names);
      say(described.map(toObject), described.flatMap(toLines));
      if (described.length === 0) log.info(NO_TOPICS);
    } else if (action === "create") {
      await create(client, { name: names[0]!, ...settings });
      say({ created: names[0] }, [`created ${names[0]}`]);
    } else {
      await withSuggestion(client, { name: names[0]!, ask: () => client.admin.deleteTopic(names[0]!) });
      say({ deleted: names[0] }, [`deleted ${names[0]}`]);
    }
    return 0;
  },
});

async function create(
  client: KafkaClient,
  { name, partitions, replicationFactor }: {
    name: string;
    partitions: number | undefined;
    replicationFactor: number | undefined;
  },
): Promise<void> {
  const wanted = { name, partitions: partitions ?? -1, replicationFactor: replicationFactor ?? -1 };
  if (!await client.admin.createTopic(wanted)) {
    throw new KafkaError("topic-exists", `cannot create the topic ${name}: there is one of that name`);
  }
}

/** An unknown topic gets a suggestion from those that are there. */
async function withSuggestion<T>(
  client: KafkaClient,
  { name, ask }: { name: string; ask: () => Promise<T> },
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof KafkaError) || error.kind !== "unknown-topic") throw error;
    const near = nearest(name, await client.admin.listTopics());
    throw new UserError(`there is no topic '${name}'`, {
      hint: near === undefined ? "'streamflow topics list' shows what there is" : `did you mean '${near}'?`,
      cause: error,
    });
  }
}

async function describe(client: KafkaClient, names: readonly string[]): Promise<Described[]> {
  const wanted = names.length > 0 ? names : (await client.admin.listTopics()).toSorted();
  const described: Described[] = [];
  for (const name of wanted) {
    const [description] = await withSuggestion(client, {
      name,
      ask: () => client.admin.describeTopics([name]),
    });
    const [offsets, sizes] = await Promise.all([
      client.admin.topicOffsets(name),
      leaderSizes(client, description!),
    ]);
    described.push({ description: description!, offsets, sizes });
  }
  return described;
}

async function leaderSizes(client: KafkaClient, topic: TopicDescription): Promise<Map<number, number>> {
  const sizes = await client.inspection.logSizes([topic]);
  const leaders = new Map(topic.partitions.map(({ partition, leader }) => [partition, leader]));
  return new Map(
    sizes.filter(({ partition, broker }) => leaders.get(partition) === broker)
      .map(({ partition, sizeBytes }) => [partition, sizeBytes]),
  );
}

/** Partitions with leader, replicas, offsets and size. */
function toRows({ description, offsets, sizes }: Described) {
  return description.partitions.toSorted((a, b) => a.partition - b.partition).map((partition) => {
    const found = offsets.find((one) => one.partition === partition.partition);
    return {
      ...partition,
      logStartOffset: found?.logStartOffset ?? 0,
      highWatermark: found?.highWatermark ?? 0,
      sizeBytes: sizes.get(partition.partition) ?? null,
    };
  });
}

function toObject(described: Described) {
  const partitions = toRows(described);
  return { name: described.description.name, partitions };
}

function toLines(described: Described): string[] {
  const rows = toRows(described);
  const records = rows.reduce((sum, row) => sum + row.highWatermark - row.logStartOffset, 0);
  return [
    `${described.description.name}: partitions ${rows.length}, replicas ${rows[0]?.replicas.length ?? 0}, ` +
    `offsets in use ${formatCount(records)}`,
    ...rows.map((row) =>
      `  ${String(row.partition).padStart(3)}  leader ${row.leader}  replicas ${row.replicas.join(",")}  ` +
      `in sync ${row.inSyncReplicas.join(",")}  offsets ${row.logStartOffset} to ${row.highWatermark}` +
      (row.sizeBytes === null ? "" : `  ${formatCount(row.sizeBytes)} bytes`)
    ),
  ];
}
