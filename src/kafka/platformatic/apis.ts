/**
 * The versions of each API that the adapter speaks: those whose fields are the same here. Messages are coded by our own
 * tables: the library's own throw at error codes, and fail with a whole answer to Fetch where one of its record batches
 * is broken.
 */
import { Buffer } from "node:buffer";
import { type API, createAPI, type Reader, Writer } from "@platformatic/kafka";
import { createTopicsApi, deleteTopicsApi } from "../../wire/api/admin.ts";
import {
  findCoordinatorApi,
  heartbeatApi,
  joinGroupApi,
  leaveGroupApi,
  offsetCommitApi,
  offsetFetchApi,
  syncGroupApi,
} from "../../wire/api/groups.ts";
import {
  apiVersionsApi,
  fetchApi,
  initProducerIdApi,
  listOffsetsApi,
  metadataApi,
  produceApi,
} from "../../wire/api/records.ts";
import type { Asked } from "../inspection.ts";
import { WireReader } from "../../wire/reader.ts";
import { type Api, codingOf, type Fields, type Message, readFields, writeFields } from "../../wire/schema.ts";
import { WireWriter } from "../../wire/writer.ts";

/** Versions of one API, the preferred first. */
export type Versions<Q extends Fields, S extends Fields> = readonly API<[Message<Q>], Message<S>>[];

const known = new Map<Api, unknown>();

/** What is asked for somebody who looks at the cluster. */
export function versionsOf<Q extends Fields, S extends Fields>(asked: Asked<Q, S>): Versions<Q, S> {
  const { api, versions: range } = asked;
  if (!known.has(api)) known.set(api, versions(api, range));
  return known.get(api) as Versions<Q, S>;
}

/** All have headers with tagged fields; the answer of ApiVersions never does. */
function versions<Q extends Fields, S extends Fields>(
  api: Api<Q, S>,
  [first, last]: readonly [number, number],
): Versions<Q, S> {
  return Array.from({ length: last - first + 1 }, (_, at) => {
    const version = last - at;
    const coding = codingOf(api, version);
    return createAPI(
      api.key,
      version,
      (value: Message<Q>) => {
        const writer = new WireWriter();
        writeFields(api.request, { writer, value, coding });
        const request = Writer.create();
        for (const { buffer, byteOffset, byteLength } of writer.chunks()) {
          request.append(Buffer.from(buffer, byteOffset, byteLength));
        }
        return request;
      },
      (_correlationId, _key, _version, reader: Reader) => {
        const body = reader.buffer.slice(reader.position, reader.length);
        return readFields(api.response, { reader: new WireReader(body), coding });
      },
      true,
      api.key !== apiVersionsApi.key,
    );
  });
}

/** By API. The first version of Fetch that takes topics by their ids is 13; 12 is the last one that takes names. */
export const APIS = {
  apiVersions: versions(apiVersionsApi, [3, 3]),
  produce: versions(produceApi, [9, 9]),
  metadata: versions(metadataApi, [9, 12]),
  fetch: versions(fetchApi, [13, 13]),
  fetchByName: versions(fetchApi, [12, 12]),
  listOffsets: versions(listOffsetsApi, [6, 9]),
  findCoordinator: versions(findCoordinatorApi, [4, 5]),
  joinGroup: versions(joinGroupApi, [6, 9]),
  syncGroup: versions(syncGroupApi, [4, 5]),
  heartbeat: versions(heartbeatApi, [4, 4]),
  leaveGroup: versions(leaveGroupApi, [4, 5]),
  offsetCommit: versions(offsetCommitApi, [8, 9]),
  offsetFetch: versions(offsetFetchApi, [8, 9]),
  createTopics: versions(createTopicsApi, [7, 7]),
  deleteTopics: versions(deleteTopicsApi, [6, 6]),
  initProducerId: versions(initProducerIdApi, [3, 5]),
} as const;
