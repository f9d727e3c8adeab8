/** The versions of each API that the adapter speaks: those whose fields are the same here, newest first. */
import { Buffer } from "node:buffer";
import {
  type API,
  apiVersionsV3,
  createAPI,
  createTopicsV7,
  deleteTopicsV6,
  findCoordinatorV4,
  findCoordinatorV5,
  findCoordinatorV6,
  heartbeatV4,
  initProducerIdV3,
  initProducerIdV4,
  initProducerIdV5,
  joinGroupV6,
  joinGroupV7,
  joinGroupV8,
  joinGroupV9,
  leaveGroupV4,
  leaveGroupV5,
  listOffsetsV6,
  listOffsetsV7,
  listOffsetsV8,
  listOffsetsV9,
  metadataV10,
  metadataV11,
  metadataV12,
  metadataV9,
  offsetCommitV8,
  offsetCommitV9,
  offsetFetchV8,
  offsetFetchV9,
  type Reader,
  syncGroupV4,
  syncGroupV5,
  Writer,
} from "@platformatic/kafka";

import { fetchApi } from "../../wire/api/records.ts";
import { WireReader } from "../../wire/reader.ts";
import { codingOf, readFields, type RequestOf, type ResponseOf, writeFields } from "../../wire/schema.ts";
import { WireWriter } from "../../wire/writer.ts";

/**
 * A version of Fetch from our own tables: the library's reads the record batches too, and fails with the whole answer
 * where one of them is broken.
 */
function fetch(version: number): API<[RequestOf<typeof fetchApi>], ResponseOf<typeof fetchApi>> {
  const coding = codingOf(fetchApi, version);
  return createAPI(
    fetchApi.key,
    version,
    (value: RequestOf<typeof fetchApi>) => {
      const writer = new WireWriter();
      writeFields(fetchApi.request, { writer, value, coding });
      return Writer.create().append(Buffer.from(writer.bytes()));
    },
    (_correlationId, _key, _version, reader: Reader) => {
      const body = reader.buffer.slice(reader.position, reader.length);
      return readFields(fetchApi.response, { reader: new WireReader(body), coding });
    },
  );
}

/** The first version of Fetch that takes topics by their ids; 12 is the last one that takes names. */
export const FETCH_BY_ID_VERSION = 13;

/** By API. */
export const APIS = {
  apiVersions: [apiVersionsV3.api],
  metadata: [metadataV12.api, metadataV11.api, metadataV10.api, metadataV9.api],
  fetch: [fetch(FETCH_BY_ID_VERSION)],
  fetchByName: [fetch(12)],
  listOffsets: [listOffsetsV9.api, listOffsetsV8.api, listOffsetsV7.api, listOffsetsV6.api],
  findCoordinator: [findCoordinatorV6.api, findCoordinatorV5.api, findCoordinatorV4.api],
  joinGroup: [joinGroupV9.api, joinGroupV8.api, joinGroupV7.api, joinGroupV6.api],
  syncGroup: [syncGroupV5.api, syncGroupV4.api],
  heartbeat: [heartbeatV4.api],
  leaveGroup: [leaveGroupV5.api, leaveGroupV4.api],
  offsetCommit: [offsetCommitV9.api, offsetCommitV8.api],
  offsetFetch: [offsetFetchV9.api, offsetFetchV8.api],
  createTopics: [createTopicsV7.api],
  deleteTopics: [deleteTopicsV6.api],
  initProducerId: [initProducerIdV5.api, initProducerIdV4.api, initProducerIdV3.api],
} as const;
