/**
 * kafkajs' messages, mended: answers to fetches are read by our own tables, and Metadata knows the ids of topics.
 *
 * kafkajs itself decodes record batches into wrong positions, takes a broken one for the end of the answer (and asks
 * for it for ever), fails with the whole answer where it cannot decompress, and ignores `LogAppendTime`.
 */
import { Buffer } from "node:buffer";
import protocol from "kafkajs/requests";
import { fetchApi, metadataApi } from "../../wire/api/records.ts";
import { WireReader } from "../../wire/reader.ts";
import {
  type Api,
  codingOf,
  type Fields,
  type Message,
  NO_UUID,
  readFields,
  type RequestOf,
  writeFields,
} from "../../wire/schema.ts";
import { WireWriter } from "../../wire/writer.ts";
import { decodeFetched } from "../fetched_batches.ts";
import { type IncomingRecord, KafkaError, partitionKey } from "../port.ts";
import { topicIdOf } from "../topic_id.ts";

/** What an answer to a fetch is to kafkajs: one message for all records of a partition, at the last offset. */
class FetchedMessage {
  /** Of the last record, or of what stands behind it and is no record. */
  readonly offset: string;
  /** Nothing of it is handed on, but its offset is passed. */
  readonly isControlRecord: boolean;
  readonly records: readonly IncomingRecord[];

  constructor({ records, nextOffset }: ReturnType<typeof decodeFetched>) {
    this.offset = String(nextOffset - 1);
    this.isControlRecord = records.length === 0;
    this.records = records;
  }
}

/**
 * The records of the messages that kafkajs hands on.
 * @throws {KafkaError} where it has decoded them itself.
 */
export function recordsOf(messages: readonly unknown[]): IncomingRecord[] {
  return messages.flatMap((one) => {
    if (one instanceof FetchedMessage) return one.records;
    throw new KafkaError("protocol", `the broker does not know version ${FETCH_VERSION_MIN} of Fetch`);
  });
}

/** A version of a request, as kafkajs has it. */
export interface Exchange {
  readonly request: {
    readonly apiKey: number;
    readonly apiName?: string;
    readonly apiVersion: number;
    readonly encode: unknown;
  };
  readonly response: { readonly decode: (raw: Buffer) => unknown; readonly parse: unknown };
}

interface Definition<A> {
  versions: string[];
  protocol: (options: { version: number }) => (args: A) => Exchange;
}

interface FetchArguments {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly fetchOffset: string }[];
  }[];
}

interface MetadataArguments {
  readonly topics: readonly string[];
  readonly allowAutoTopicCreation?: boolean;
}

const requests: { Fetch: Definition<FetchArguments>; Metadata: Definition<MetadataArguments> } =
  protocol.requests;

/** The oldest version of Fetch in our tables: what comes before holds no record batches. */
const FETCH_VERSION_MIN = 4;
/** kafkajs knows Metadata up to 6; from 10 on it brings the ids. */
const METADATA_VERSIONS = [7, 8, 9, 10];

function mendFetch(): void {
  const before = requests.Fetch.protocol;
  requests.Fetch.protocol = ({ version }) => (args) => {
    const exchange = before({ version })(args);
    if (version < FETCH_VERSION_MIN) return exchange;
    const { parse } = exchange.response;
    return { ...exchange, response: { parse, decode: (raw) => decodeFetch(raw, { version, args }) } };
  };
}

function decodeFetch(raw: Buffer, { version, args }: { version: number; args: FetchArguments }): unknown {
  const answer = readFields(fetchApi.response, {
    reader: new WireReader(raw),
    coding: codingOf(fetchApi, version),
  });
  const fromOffsets = new Map(
    args.topics.flatMap(({ topic, partitions }) =>
      partitions.map((one) =>
        [partitionKey({ topic, partition: one.partition }), Number(one.fetchOffset)] as const
      )
    ),
  );
  return {
    throttleTime: 0,
    clientSideThrottleTime: answer.throttleTimeMs,
    errorCode: answer.errorCode,
    sessionId: answer.sessionId,
    responses: answer.responses.map(({ topic, partitions }) => ({
      topicName: topic,
      partitions: partitions.map((fetched) => {
        const { partition, errorCode, highWatermark, preferredReadReplica } = fetched;
        const fromOffset = fromOffsets.get(partitionKey({ topic, partition })) ?? 0;
        return {
          ...{ partition, errorCode, preferredReadReplica, highWatermark: String(highWatermark) },
          ...{ lastStableOffset: String(fetched.lastStableOffset), abortedTransactions: [] },
          messages: messagesOf({
            ...{ bytes: fetched.records?.[0] ?? NO_BYTES, aborted: fetched.abortedTransactions ?? [] },
            ...{ fromOffset, highWatermark },
          }),
        };
      }),
    })),
  };
}

const NO_BYTES = new Uint8Array(0);

function messagesOf(fetched: Parameters<typeof decodeFetched>[0]): FetchedMessage[] {
  const decoded = decodeFetched(fetched);
  return decoded.nextOffset === fetched.fromOffset ? [] : [new FetchedMessage(decoded)];
}

/** A request of our own tables, as kafkajs sends one. */
export function exchangeOf<Q extends Fields, S extends Fields>(
  api: Api<Q, S>,
  { version, request }: { readonly version: number; readonly request: Message<Q> },
): Exchange {
  const { key: apiKey, name: apiName } = api;
  const encode = () => Promise.resolve(encoded(api, { version, request }));
  const decode = (raw: Buffer) => decoded(api, { version, raw });
  return {
    request: { apiKey, apiName, apiVersion: version, encode },
    response: { decode, parse: (value: unknown) => value },
  };
}

/** As much of kafkajs' encoder as is looked at. */
interface Encoded {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

function encoded<Q extends Fields, S extends Fields>(
  api: Api<Q, S>,
  { version, request }: { readonly version: number; readonly request: Message<Q> },
): Encoded {
  const writer = new WireWriter();
  const coding = codingOf(api, version);
  if (coding.flexible) writer.uvarint(0); // the end of the request's header
  writeFields(api.request, { writer, value: request, coding });
  const buffer = Buffer.from(writer.bytes());
  return { buf: buffer, buffer };
}

function decoded<Q extends Fields, S extends Fields>(
  api: Api<Q, S>,
  { version, raw }: { readonly version: number; readonly raw: Buffer },
): Message<S> {
  const coding = codingOf(api, version);
  const reader = new WireReader(raw);
  if (coding.flexible) reader.uvarint(); // the end of the answer's header: no tags are known
  return readFields(api.response, { reader, coding });
}

function mendMetadata(): void {
  const before = requests.Metadata.protocol;
  requests.Metadata.versions.push(...METADATA_VERSIONS.map(String));
  requests.Metadata.protocol = ({ version }) => (args) => {
    const exchange = before({ version: Math.min(version, METADATA_VERSIONS[0]! - 1) })(args);
    if (version < METADATA_VERSIONS[0]!) return exchange;
    const { request, response: { parse } } = exchange;
    const value = metadataRequest(args);
    const encode = () => Promise.resolve(encoded(metadataApi, { version, request: value }));
    return {
      request: { ...request, apiVersion: version, encode },
      response: { parse, decode: (raw) => decodeMetadata(raw, version) },
    };
  };
}

function metadataRequest(
  { topics, allowAutoTopicCreation = true }: MetadataArguments,
): RequestOf<typeof metadataApi> {
  return {
    // None is all of them to kafkajs.
    topics: topics.length === 0 ? null : topics.map((name) => ({ topicId: NO_UUID, name })),
    ...{ allowAutoTopicCreation, includeClusterAuthorizedOperations: false },
    includeTopicAuthorizedOperations: false,
  };
}

function decodeMetadata(raw: Buffer, version: number): unknown {
  const { throttleTimeMs, brokers, clusterId, controllerId, topics } = decoded(metadataApi, { version, raw });
  return {
    ...{ throttleTime: 0, clientSideThrottleTime: throttleTimeMs, brokers, clusterId, controllerId },
    topicMetadata: topics.map(({ errorCode, name, topicId, isInternal, partitions }) => ({
      ...{ topicErrorCode: errorCode, topic: name, isInternal },
      partitionMetadata: partitions.map((one) => ({
        ...{ partitionErrorCode: one.errorCode, partitionId: one.partition, leader: one.leaderId },
        ...{ replicas: one.replicaNodes, isr: one.isrNodes, offlineReplicas: one.offlineReplicas },
        // kafkajs hands partitions on as they are, and topics not.
        topicId: topicIdOf(topicId),
      })),
    })),
  };
}

mendFetch();
mendMetadata();
