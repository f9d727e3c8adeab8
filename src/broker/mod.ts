/**
 * The embedded broker: one process, one node, Kafka's protocol. What it leaves out stands in `left_out.ts`.
 *
 * Everything that changes state happens in one synchronous turn per request ({@linkcode BrokerState}); connections
 * only cut frames and write answers.
 */
import type { Log } from "../runtime/log.ts";
import { BrokerConnection } from "./connection.ts";
import {
  ACCEPT_PAUSE_MS,
  CLOSE_MS_MAX,
  CONNECTION_LIMITS,
  type ConnectionLimits,
  type CoordinatorLimits,
  DISK_CHECK_INTERVAL_MS,
  FLUSH_INTERVAL_MS,
  HOUSEKEEPING_INTERVAL_MS,
  QUIET_MS_MIN,
} from "./limits.ts";
import { ClientMemory } from "./client_memory.ts";
import { BrokerState } from "./state.ts";
import { type BrokerStats, statsOf, TrafficCounters } from "./stats.ts";
import { DataDirectory } from "./store/data_directory.ts";
import { OPEN_HANDLES } from "./store/open_handles.ts";
import { StorageError } from "./store/storage_error.ts";
import { Turns } from "./turns.ts";

export { StorageError, type StorageErrorKind } from "./store/storage_error.ts";

/** How a broker is started. */
export interface BrokerOptions {
  /** Port 0: any that is free. */
  readonly listen: { readonly hostname: string; readonly port: number };
  /** The address that clients connect to, as Metadata says it. @default where it listens */
  readonly advertise?: { readonly hostname: string; readonly port: number };
  /** `null`: everything in memory. */
  readonly dataDir: string | null;
  /** In memory: bytes of records that all partitions hold together; the oldest of the largest go. @default 256 MiB */
  readonly memoryBytesMax?: number;
  /** Partitions of a topic that is created without a number of them. @default 1 */
  readonly defaultPartitions?: number;
  /** When the log is flushed to disk (fsync); it is always written before it is acknowledged. @default "interval" */
  readonly flush?: "interval" | "always" | "never";
  /** Called with what should be looked at, a sentence each. @default nobody */
  readonly log?: Log;
  /** What connections may do. @default those of `limits.ts` */
  readonly limits?: Partial<ConnectionLimits>;
  /** What consumer groups may do. @default Kafka's own defaults */
  readonly groups?: Partial<CoordinatorLimits>;
}

/** A broker that is running. */
export interface RunningBroker extends AsyncDisposable {
  /** `host:port` that clients connect to. */
  readonly address: string;
  /** Where it listens. */
  readonly port: number;
  /** Made when the data directory was; kept with it. */
  readonly clusterId: string;
  /** What was found damaged or out of place in the data directory, a sentence each. */
  readonly recoveryNotes: readonly string[];
  /** Counts since the start, and sizes as they are now. Asks every partition: not for each request. */
  stats(): BrokerStats;
  /** Answers what is in hand, ends all connections, writes everything; within a second, however often it is called. */
  close(): Promise<void>;
}

/**
 * Starts the embedded broker; it serves when this returns.
 * @throws {StorageError} where the data directory cannot be used, {@linkcode Deno.errors.AddrInUse} for the port.
 */
export function startBroker(options: BrokerOptions): RunningBroker {
  const directory = options.dataDir === null ? null : DataDirectory.open(options.dataDir);
  try {
    const state = new BrokerState({
      directory: options.dataDir,
      defaultPartitions: options.defaultPartitions ?? 1,
      flush: options.flush ?? "interval",
      memoryBytesMax: options.memoryBytesMax,
      report: (message) => options.log?.warn(message),
      ...(options.groups === undefined ? {} : { groups: options.groups }),
    });
    return new Broker(options, { state, directory });
  } catch (error) {
    directory?.[Symbol.dispose]();
    throw error;
  }
}

class Broker implements RunningBroker {
  readonly address: string;
  readonly port: number;
  readonly #state: BrokerState;
  readonly #directory: DataDirectory | null;
  readonly #listener: Deno.TcpListener;
  readonly #log: Log | undefined;
  readonly #limits: ConnectionLimits;
  readonly #flush: "interval" | "always" | "never";
  readonly #turns = new Turns();
  readonly #budget: ClientMemory;
  readonly #counters = new TrafficCounters();
  /** In the order in which they came. */
  readonly #connections = new Set<BrokerConnection>();
  readonly #intervals: ReturnType<typeof setInterval>[] = [];
  readonly #accepting: Promise<void>;
  readonly #advertised: { readonly host: string; readonly port: number };
  #groupTimer: ReturnType<typeof setTimeout> | undefined;
  #groupsDueMs = Infinity;
  #flushing: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  constructor(
    options: BrokerOptions,
    { state, directory }: { state: BrokerState; directory: DataDirectory | null },
  ) {
    this.#state = state;
    this.#directory = directory;
    this.#log = options.log;
    this.#flush = options.flush ?? "interval";
    const limits = { ...CONNECTION_LIMITS, ...options.limits };
    const connectionsMax = Math.min(limits.connectionsMax, OPEN_HANDLES.connectionsMax);
    this.#limits = { ...limits, connectionsMax };
    this.#budget = new ClientMemory(limits.heldBytesMax);
    try {
      this.#listener = Deno.listen(options.listen);
    } catch (error) {
      state.close();
      throw error;
    }
    this.port = this.#listener.addr.port;
    const { hostname, port } = options.advertise ??
      { hostname: advertisedHost(options.listen.hostname), port: this.port };
    this.#advertised = { host: hostname, port };
    this.address = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
    this.#every(this.#limits.halfRequestMsMax / 10, () => this.#sweepConnections(Date.now()));
    this.#every(HOUSEKEEPING_INTERVAL_MS, () => {
      state.retain(Date.now());
      state.dropIdleGroups();
      state.expireOffsets(Date.now());
    });
    this.#every(DISK_CHECK_INTERVAL_MS, () => state.checkDisk());
    if (this.#flush === "interval") this.#every(FLUSH_INTERVAL_MS, () => this.#flushLater());
    this.#accepting = this.#accept();
  }

  get clusterId(): string {
    return this.#state.clusterId;
  }

  get recoveryNotes(): readonly string[] {
    return this.#state.recoveryNotes;
  }

  stats(): BrokerStats {
    return statsOf(this.#counters, { state: this.#state, connections: this.#connections.size });
  }

  #every(intervalMs: number, act: () => void): void {
    this.#intervals.push(setInterval(() => this.#attempt(act), intervalMs));
  }

  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#report(error);
    }
  }

  /** Forces the logs to the disk on the side, one such round at a time. */
  #flushLater(): void {
    this.#flushing ??= this.#state.flushLater()
      .catch((error: unknown) => this.#report(error))
      .finally(() => this.#flushing = null);
  }

  /** The broker goes on: whoever waits for this is refused, or disconnected. */
  #report(error: unknown): void {
    const stack = error instanceof Error ? error.stack ?? error.message : String(error);
    this.#log?.warn(error instanceof StorageError ? error.message : stack);
  }

  async #accept(): Promise<void> {
    while (this.#closing === null) {
      try {
        this.#serve(await this.#listener.accept());
        // Those that came before must have been able to ask before they are taken for silent.
        if (this.#connections.size > this.#limits.connectionsMax / 2) await this.#turns.giveWay();
      } catch (error) {
        if (this.#closing !== null) return;
        this.#report(error);
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE_MS));
      }
    }
  }

  #serve(conn: Deno.TcpConn): void {
    const { connectionsMax } = this.#limits;
    if (this.#connections.size >= connectionsMax && !this.#makePlace(Date.now())) {
      this.#log?.warn(`connection from ${conn.remoteAddr.hostname} closed: ${connectionsMax} are open`);
      conn.close();
      return;
    }
    const connection = new BrokerConnection(conn, {
      state: this.#state,
      advertised: this.#advertised,
      limits: this.#limits,
      turns: this.#turns,
      budget: this.#budget,
      counters: this.#counters,
      onRequest: () => this.#afterRequest(),
      onViolation: (message) => this.#log?.debug(`connection closed: ${message}`),
      onFailure: (error) => this.#report(error),
    });
    this.#connections.add(connection);
    connection.done.then(() => this.#connections.delete(connection));
  }

  /** Closes a connection that has not asked anything yet, or else the one that has been silent longest. */
  #makePlace(nowMs: number): boolean {
    let longest: BrokerConnection | null = null;
    for (const connection of this.#connections) {
      if (!connection.isQuiet) continue;
      if (connection.answered === 0 || nowMs - connection.lastByteMs > QUIET_MS_MIN) {
        if (longest === null || rankOf(connection) < rankOf(longest)) longest = connection;
      }
    }
    if (longest === null) return false;
    this.#connections.delete(longest);
    longest.evict(`all ${this.#limits.connectionsMax} connections are taken and it was silent`);
    return true;
  }

  #afterRequest(): void {
    if (this.#flush === "always") this.#state.flushMetadata();
    this.#tickGroups();
  }

  #tickGroups(): void {
    const nowMs = Date.now();
    const dueMs = this.#state.tickGroups(nowMs);
    if (dueMs === this.#groupsDueMs) return;
    this.#groupsDueMs = dueMs;
    clearTimeout(this.#groupTimer);
    if (dueMs === Infinity || this.#closing !== null) return;
    this.#groupTimer = setTimeout(() => {
      this.#groupsDueMs = Infinity;
      this.#attempt(() => this.#tickGroups());
    }, Math.min(Math.max(dueMs - nowMs, 1), 60_000));
  }

  #sweepConnections(nowMs: number): void {
    for (const connection of this.#connections) {
      const delay = connection.findDelay(nowMs);
      if (delay !== null) connection.evict(delay);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const interval of this.#intervals) clearInterval(interval);
    clearTimeout(this.#groupTimer);
    this.#listener.close();
    await this.#accepting;
    const open = [...this.#connections];
    for (const connection of open) connection.close();
    this.#turns.close();
    const hurry = setTimeout(() => open.forEach((connection) => connection.destroy()), CLOSE_MS_MAX);
    await Promise.all(open.map((connection) => connection.done));
    clearTimeout(hurry);
    await this.#flushing;
    if (this.#flush !== "never") this.#state.flush();
    this.#state.close();
    this.#directory?.[Symbol.dispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Connections that never asked anything come first, then those that were silent longest. */
function rankOf({ answered, lastByteMs }: BrokerConnection): number {
  return answered === 0 ? lastByteMs - Number.MAX_SAFE_INTEGER : lastByteMs;
}

/** Clients on this machine get 127.0.0.1: `localhost` may mean ::1 to some of them. */
function advertisedHost(hostname: string): string {
  return hostname === "0.0.0.0" || hostname === "::" || hostname === "localhost" ? "127.0.0.1" : hostname;
}
