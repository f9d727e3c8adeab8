/** A bare client of the wire, for tests of the broker: one connection, any bytes. */
import assert from "node:assert/strict";
import { type BrokerOptions, type RunningBroker, startBroker } from "../../src/broker/mod.ts";
import { HANDLERS } from "../../src/broker/handlers.ts";
import { FrameSplitter } from "../../src/wire/frame.ts";
import { readResponse, writeRequest } from "../../src/wire/message.ts";
import type { Api, Fields, Message } from "../../src/wire/schema.ts";

/** A broker in memory on a free port. */
export function startTestBroker(options: Partial<BrokerOptions> = {}): RunningBroker {
  return startBroker({ listen: { hostname: "127.0.0.1", port: 0 }, dataDir: null, ...options });
}

/** One connection to a broker. */
export class WireClient implements Disposable {
  readonly #conn: Deno.TcpConn;
  readonly #splitter = new FrameSplitter(100_000_000);
  readonly #frames: Uint8Array[] = [];
  #correlationId = 0;

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  static async connect(broker: { readonly port: number }): Promise<WireClient> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: broker.port });
    conn.setNoDelay();
    return new WireClient(conn);
  }

  async sendBytes(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  /** The next response; `null` where the broker closed the connection. */
  async nextFrame(): Promise<Uint8Array | null> {
    const buffer = new Uint8Array(65_536);
    while (this.#frames.length === 0) {
      const size = await this.#conn.read(buffer).catch((error) => {
        if (error instanceof Deno.errors.ConnectionReset) return null;
        throw error;
      });
      if (size === null) return null;
      this.#frames.push(...this.#splitter.push(buffer.subarray(0, size)));
    }
    return this.#frames.shift() ?? null;
  }

  /** Sends a request and does not wait; its correlation id. */
  async send<Q extends Fields>(
    api: Api<Q, Fields>,
    { version, request }: { version: number; request: Message<Q> },
  ): Promise<number> {
    const correlationId = ++this.#correlationId;
    const header = { apiKey: api.key, apiVersion: version, correlationId, clientId: "test" };
    for (const chunk of writeRequest(api, { value: request, header })) await this.sendBytes(chunk);
    return correlationId;
  }

  /** Asks in the newest version that is served, or in the one given. Fields that are not given have their defaults. */
  async ask<Q extends Fields, S extends Fields>(
    api: Api<Q, S>,
    request: Partial<Message<Q>>,
    version = HANDLERS.get(api.key)!.versions[1],
  ): Promise<Message<S>> {
    const correlationId = await this.send(api, { version, request: withDefaults(api.request, request) });
    const frame = await this.nextFrame();
    assert.ok(frame !== null, `the broker closed the connection instead of answering ${api.name}`);
    const response = readResponse(api, { frame, version });
    assert.equal(response.correlationId, correlationId);
    return response.value;
  }

  [Symbol.dispose](): void {
    this.#conn.close();
  }
}

/** A message with defaults for all that is not given; nested structs have to be whole. */
export function withDefaults<F extends Fields>(fields: F, given: Partial<Message<F>>): Message<F> {
  const message: Record<string, unknown> = {};
  for (const name in fields) message[name] = given[name] ?? fields[name]!.absent;
  return message as Message<F>;
}

/** A partition in a Fetch: all of partition 0, unless something else is given. */
export function fetchPartition(
  given: Partial<{ partition: number; fetchOffset: number; partitionMaxBytes: number }> = {},
) {
  return {
    partition: 0,
    currentLeaderEpoch: -1,
    fetchOffset: 0,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    partitionMaxBytes: 0x7fffffff,
    ...given,
  };
}
