/** The one table of handlers: what stands here is served, and advertised. */
import { apiVersionsHandler } from "./handle/18_api_versions.ts";
import { produceHandler } from "./handle/00_produce.ts";
import { fetchHandler } from "./handle/01_fetch.ts";
import { listOffsetsHandler } from "./handle/02_list_offsets.ts";
import { metadataHandler } from "./handle/03_metadata.ts";
import { offsetCommitHandler } from "./handle/08_offset_commit.ts";
import { offsetFetchHandler } from "./handle/09_offset_fetch.ts";
import { findCoordinatorHandler } from "./handle/10_find_coordinator.ts";
import { joinGroupHandler } from "./handle/11_join_group.ts";
import { heartbeatHandler } from "./handle/12_heartbeat.ts";
import { leaveGroupHandler } from "./handle/13_leave_group.ts";
import { syncGroupHandler } from "./handle/14_sync_group.ts";
import { describeGroupsHandler } from "./handle/15_describe_groups.ts";
import { listGroupsHandler } from "./handle/16_list_groups.ts";
import { createTopicsHandler } from "./handle/19_create_topics.ts";
import { deleteTopicsHandler } from "./handle/20_delete_topics.ts";
import { deleteRecordsHandler } from "./handle/21_delete_records.ts";
import { initProducerIdHandler } from "./handle/22_init_producer_id.ts";
import { offsetForLeaderEpochHandler } from "./handle/23_offset_for_leader_epoch.ts";
import { describeConfigsHandler } from "./handle/32_describe_configs.ts";
import { describeLogDirsHandler } from "./handle/35_describe_log_dirs.ts";
import { createPartitionsHandler } from "./handle/37_create_partitions.ts";
import { deleteGroupsHandler } from "./handle/42_delete_groups.ts";
import { listPartitionReassignmentsHandler } from "./handle/46_list_partition_reassignments.ts";
import { describeClusterHandler } from "./handle/60_describe_cluster.ts";
import type { Handler } from "./handler.ts";

const table: readonly Handler[] = [
  produceHandler,
  fetchHandler,
  listOffsetsHandler,
  metadataHandler,
  offsetCommitHandler,
  offsetFetchHandler,
  findCoordinatorHandler,
  joinGroupHandler,
  heartbeatHandler,
  leaveGroupHandler,
  syncGroupHandler,
  describeGroupsHandler,
  listGroupsHandler,
  createTopicsHandler,
  deleteTopicsHandler,
  deleteRecordsHandler,
  initProducerIdHandler,
  offsetForLeaderEpochHandler,
  describeConfigsHandler,
  describeLogDirsHandler,
  createPartitionsHandler,
  deleteGroupsHandler,
  listPartitionReassignmentsHandler,
  describeClusterHandler,
];

/** Handlers by API key. */
export const HANDLERS: ReadonlyMap<number, Handler> = new Map(
  [...table, apiVersionsHandler(() => HANDLERS.values())].map((handler) => [handler.api.key, handler]),
);
