/** What the embedded broker allows, in one place. Kafka's own defaults where it has them. */
import type { GroupLimits } from "./groups/group.ts";
import type { HoldingsLimits } from "./groups/holdings.ts";

const MIB = 1024 * 1024;

/** Topics. */
export const TOPICS_MAX = 5_000;
/** Partitions of all topics together. */
export const PARTITIONS_MAX = 20_000;
/** Where there is no room for a group, this part of them goes at once: those that nobody has used for longest. */
export const GROUPS_DROPPED_PART = 100;
/** No offsets expire for so long after a start: until then members may not have come back. */
export const EXPIRY_GRACE_MS = 3_600_000;
/** Bytes of records in one answer to Fetch, whatever the client asks; one larger batch is sent all the same. */
export const FETCH_BYTES_MAX = 50 * MIB;
/** The share of what connections may still hold that one answer to Fetch takes: there is room for others. */
export const FETCH_SHARE_MAX = 0.125;
/** Elements of all arrays of one request together. */
export const REQUEST_ELEMENTS_MAX = 50_000;
/** What an element of a request takes in memory, about. */
export const ELEMENT_BYTES = 200;
/** How long requests are worked on before timers and other sockets have their turn. */
export const TURN_MS = 3;
/** Bytes that come as fast as they are read, of all connections, before other sockets are looked for. */
export const BULK_BYTES_MAX = MIB;
/** After this time, work that a connection has done counts half as much. */
export const SPENT_HALF_LIFE_MS = 1_000;
/** A connection that says nothing gives its place to a new one after this time, where all are taken. */
export const QUIET_MS_MIN = 10_000;
/** How long a Fetch may wait for records, whatever the client asks. */
export const FETCH_WAIT_MS_MAX = 60_000;
/** Text that a client stores with a committed offset (Kafka's `offset.metadata.max.bytes`). */
export const OFFSET_METADATA_BYTES_MAX = 4096;
/** How often the log is forced to disk with `--flush interval`. */
export const FLUSH_INTERVAL_MS = 1_000;
/** How often a disk that failed is looked at. */
export const DISK_CHECK_INTERVAL_MS = 1_000;
/** How often retention looks at closed segments, and groups that nobody needs are forgotten. */
export const HOUSEKEEPING_INTERVAL_MS = 60_000;
/** How long closing waits for answers that are on their way to slow clients. */
export const CLOSE_MS_MAX = 500;

/** Characters of a client's id that its member ids begin with. */
export const CLIENT_ID_IN_MEMBER_ID = 100;

/** How long no connection is taken after one could not be (too many open files, say). */
export const ACCEPT_PAUSE_MS = 100;

/** What groups may do. */
export interface CoordinatorLimits extends GroupLimits {
  /** Groups with members or commits. */
  readonly groupsMax: number;
  /** How long the offsets of a group that nobody uses are kept. */
  readonly offsetsRetentionMs: number;
}

/** Kafka's `group.*` settings and `offsets.retention.minutes`. */
export const GROUP_LIMITS: CoordinatorLimits = {
  sessionTimeoutMsMin: 6_000,
  sessionTimeoutMsMax: 1_800_000,
  initialRebalanceDelayMs: 10,
  membersMax: 1_000,
  pendingIdMsMax: 60_000,
  groupsMax: 10_000,
  offsetsRetentionMs: 604_800_000,
};

/** What all groups hold together. */
export const HOLDINGS_LIMITS: HoldingsLimits = { memberBytesMax: 128 * MIB, pendingIdsMax: 10_000 };

/** What connections may do; tests make it smaller. */
export interface ConnectionLimits {
  /** A request, without its length prefix (Kafka's `socket.request.max.bytes`). */
  readonly requestBytesMax: number;
  /** Connections at a time. */
  readonly connectionsMax: number;
  /**
   * Bytes of requests that have begun and of answers that were not read yet, of all connections together (Kafka's
   * `queued.max.request.bytes`): past that the connection with the most of them is closed.
   */
  readonly heldBytesMax: number;
  /** How long a connection may stand still in the middle of a request. */
  readonly halfRequestMsMax: number;
  /** How long a request may take to arrive, however it trickles in. */
  readonly requestMsMax: number;
  /** How long a connection may say nothing (Kafka's `connections.max.idle.ms`). */
  readonly idleMsMax: number;
}

/** What connections may do. */
export const CONNECTION_LIMITS: ConnectionLimits = {
  requestBytesMax: 64 * MIB,
  connectionsMax: 1_000,
  heldBytesMax: 128 * MIB,
  halfRequestMsMax: 30_000,
  requestMsMax: 120_000,
  idleMsMax: 600_000,
};
