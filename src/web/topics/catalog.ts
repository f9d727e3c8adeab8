/** Topics and groups as the dashboard shows them. Many who ask at once cost the cluster as much as one. */
import {
  type GroupListing,
  type InspectedTopic,
  type Inspection,
  READER_GROUP_PREFIX,
  type TopicConfig,
} from "../../kafka/inspection_port.ts";
import { KafkaError, type TopicPartition } from "../../kafka/port.ts";
import { Problem } from "../frame/problem.ts";
import { Fresh } from "./fresh.ts";
import { emptyGroup, endsOf, type KnownGroup, lagOf, partitionOf, partitionsOf, sumOf } from "./lag.ts";
import { GROUPS_MAX } from "./limits.ts";
import type { GroupDetail, GroupRow, TopicDetail, TopicRow } from "./schemas.ts";

/** A page of a list. */
interface PageQuery {
  /** Part of the name. */
  readonly q?: string | undefined;
  /** The last name of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
  /** With what belongs to the cluster itself or to who looks at it. */
  readonly internal: boolean;
}

/** A page, how many there are in all, and where the next one goes on. */
interface Page<T> {
  readonly rows: readonly T[];
  readonly total: number;
  /** `null`: this is the last page. */
  readonly next: string | null;
}

/** What is known of the cluster. */
export class Catalog {
  readonly #inspection: Inspection;
  readonly #fresh = new Fresh();

  constructor(inspection: Inspection) {
    this.#inspection = inspection;
  }

  /** A page of topics, by name. */
  async topics({ internal, ...query }: PageQuery): Promise<Page<TopicRow>> {
    const all = (await this.#allTopics()).filter((one) => internal || !isInternal(one));
    const page = pageOf(all, (one) => one.name, query);
    const rows = await this.#fresh.get(
      `rows ${JSON.stringify([internal, query])}`,
      () => this.#rows(page.rows),
    );
    return { ...page, rows };
  }

  /** @throws {KafkaError} of kind `unknown-topic` */
  async topic(name: string): Promise<TopicDetail> {
    return await this.#fresh.get(`topic ${name}`, async () => {
      const [topic] = await this.#inspection.topics([name]) as [InspectedTopic];
      const [offsets, sizes, configs, known] = await Promise.all([
        this.#inspection.offsets([topic]),
        this.#inspection.logSizes([topic]),
        this.#configs(name),
        this.#groups(),
      ]);
      const ends = new Map(offsets.map((one) => [one.partition, one]));
      const partitions = topic.partitions.map(({ partition, leader, replicas, inSyncReplicas }) => ({
        ...{ partition, leader, replicas: [...replicas], inSyncReplicas: [...inSyncReplicas] },
        startOffset: ends.get(partition)?.logStartOffset ?? null,
        endOffset: ends.get(partition)?.highWatermark ?? null,
        sizeBytes: sizes.find((one) => one.partition === partition && one.broker === leader)?.sizeBytes ??
          null,
      }));
      const wanted = topic.partitions.map(({ partition }) => ({ topic: name, partition }));
      const groups = known.groups.flatMap((group) => {
        const { groupId, state, members } = group.description;
        const found = lagOf(group, { wanted, topics: new Map([[name, topic]]), ends: endsOf(offsets) });
        if (!found.some((one) => one.committedOffset !== null || one.memberId !== null)) return [];
        return [{
          groupId,
          state,
          members: members.length,
          lag: sumOf(found),
          partitions: found.map(partitionOf),
        }];
      });
      return {
        ...rowOf(topic, { offsets, sizes }),
        topicId: topic.topicId,
        configs: configs.map((one) => one.isSensitive ? { ...one, value: null } : one),
        ...{ partitions, groups, groupsLeftOut: known.leftOut },
      };
    });
  }

  /** A page of groups, by id. */
  async groups({ internal, ...query }: PageQuery): Promise<Page<GroupRow>> {
    const all = (await this.#listing()).filter((one) => internal || !isReader(one));
    const page = pageOf(all, (one) => one.groupId, query);
    const rows = await this.#fresh.get(`groups ${JSON.stringify([internal, query])}`, async () => {
      const details = await this.#details(page.rows.map(({ groupId }) => groupId));
      return page.rows.map(({ groupId, state, protocolType }) => {
        const found = details.get(groupId);
        return {
          ...{ groupId, state: found?.state ?? state, protocolType },
          members: found?.members.length ?? 0,
          topics: found?.topics.map(({ topic }) => topic) ?? [],
          lag: found?.lag ?? null,
        };
      });
    });
    return { ...page, rows };
  }

  /** @throws {Problem} 404 */
  async group(groupId: string): Promise<GroupDetail> {
    const details = await this.#fresh.get(`group ${groupId}`, () => this.#details([groupId]));
    const found = details.get(groupId);
    if (found === undefined || (found.state === "Dead" && found.topics.length === 0)) {
      throw new Problem(404, `there is no group "${groupId}": GET /api/v1/groups lists those that there are`);
    }
    return found;
  }

  /** Those who may see a topic may not see its settings. */
  async #configs(name: string): Promise<TopicConfig[]> {
    try {
      return await this.#inspection.configs(name);
    } catch (error) {
      if (error instanceof KafkaError && error.kind === "authorization") return [];
      throw error;
    }
  }

  #allTopics(): Promise<InspectedTopic[]> {
    return this.#fresh.get("topics", () => this.#inspection.topics(null));
  }

  #listing(): Promise<GroupListing[]> {
    return this.#fresh.get("groups", () => this.#inspection.groups());
  }

  async #rows(topics: readonly InspectedTopic[]): Promise<TopicRow[]> {
    const [offsets, sizes] = await Promise.all([
      this.#inspection.offsets(topics),
      this.#inspection.logSizes(topics),
    ]);
    const [offsetsOf, sizesOf] = [byTopic(offsets), byTopic(sizes)];
    return topics.map((topic) =>
      rowOf(topic, { offsets: offsetsOf.get(topic.name) ?? [], sizes: sizesOf.get(topic.name) ?? [] })
    );
  }

  /** Groups with members and commits; those beyond the limit are counted. */
  #groups(): Promise<{ readonly groups: readonly KnownGroup[]; readonly leftOut: number }> {
    return this.#fresh.get("known groups", async () => {
      const ids = (await this.#listing()).filter((one) => !isReader(one)).map(({ groupId }) => groupId);
      return {
        groups: await this.#known(ids.slice(0, GROUPS_MAX)),
        leftOut: Math.max(0, ids.length - GROUPS_MAX),
      };
    });
  }

  async #known(groupIds: readonly string[]): Promise<KnownGroup[]> {
    const [descriptions, committed] = await Promise.all([
      this.#inspection.describeGroups(groupIds),
      this.#inspection.committed(groupIds),
    ]);
    const described = new Map(descriptions.map((one) => [one.groupId, one]));
    return groupIds.flatMap((groupId) => {
      const offsets = committed.get(groupId) ?? [];
      const description = described.get(groupId) ?? (offsets.length > 0 ? emptyGroup(groupId) : undefined);
      return description === undefined ? [] : [{ description, committed: offsets }];
    });
  }

  async #details(groupIds: readonly string[]): Promise<Map<string, GroupDetail>> {
    const [known, all] = await Promise.all([this.#known(groupIds), this.#allTopics()]);
    const topics = new Map(all.map((one) => [one.name, one]));
    const used = new Set(known.flatMap((group) => partitionsOf(group)).map(({ topic }) => topic));
    const there = [...used].flatMap((name) => topics.get(name) ?? []);
    const ends = endsOf(await this.#inspection.offsets(there));
    return new Map(known.map((group) => {
      const { description: { groupId, state, protocolType, assignor, members } } = group;
      const wanted = partitionsOf(group).sort((a, b) => a.partition - b.partition);
      const rows = lagOf(group, { wanted, topics, ends });
      const byName = [...Map.groupBy(rows, ({ topic }) => topic)].sort(([a], [b]) => a < b ? -1 : 1);
      return [groupId, {
        ...{ groupId, state, protocolType, assignor, lag: sumOf(rows) },
        members: members.map((one) => ({ ...one, partitions: [...one.partitions] })),
        topics: byName.map(([topic, partitions]) => ({
          ...{ topic, lag: sumOf(partitions), partitions: partitions.map(partitionOf) },
        })),
      }];
    }));
  }
}

function isInternal({ name, isInternal }: InspectedTopic): boolean {
  return isInternal || name.startsWith("__");
}

function isReader({ groupId }: GroupListing): boolean {
  return groupId.startsWith(READER_GROUP_PREFIX);
}

function pageOf<T>(
  all: readonly T[],
  nameOf: (one: T) => string,
  { q = "", after, limit }: Omit<PageQuery, "internal">,
): Page<T> {
  const wanted = q.toLowerCase();
  const matching = all.filter((one) => nameOf(one).toLowerCase().includes(wanted));
  const rest = after === undefined ? matching : matching.filter((one) => nameOf(one) > after);
  const rows = rest.slice(0, limit);
  return { rows, total: matching.length, next: rest.length > limit ? nameOf(rows.at(-1)!) : null };
}

function byTopic<T extends TopicPartition>(rows: readonly T[]): Map<string, T[]> {
  return Map.groupBy(rows, ({ topic }) => topic);
}

type Offsets = Awaited<ReturnType<Inspection["offsets"]>>;
type Sizes = Awaited<ReturnType<Inspection["logSizes"]>>;

/** `null` where one of the numbers is not known. */
function sumKnown(numbers: readonly (number | null)[]): number | null {
  return numbers.reduce((sum, one) => sum === null || one === null ? null : sum + one, 0);
}

function rowOf(
  topic: InspectedTopic,
  { offsets, sizes }: { readonly offsets: Offsets; readonly sizes: Sizes },
): TopicRow {
  const { name, partitions } = topic;
  const counts = new Map(offsets.map((one) => [one.partition, one.highWatermark - one.logStartOffset]));
  const leaders = new Map(sizes.map((one) => [`${one.partition} ${one.broker}`, one.sizeBytes]));
  return {
    ...{ name, internal: isInternal(topic), partitions: partitions.length },
    replicationFactor: Math.max(0, ...partitions.map(({ replicas }) => replicas.length)),
    underReplicated: partitions.filter((one) => one.inSyncReplicas.length < one.replicas.length).length,
    records: sumKnown(partitions.map(({ partition }) => counts.get(partition) ?? null)),
    sizeBytes: sumKnown(partitions.map((one) => leaders.get(`${one.partition} ${one.leader}`) ?? null)),
  };
}
