/** kafkajs itself: loaded once, mended, quiet. */
import kafkajs from "kafkajs";
import RequestQueue from "kafkajs/request-queue";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { parseBootstrap, requireConfidentialLogin } from "../bootstrap.ts";
import { CONNECT_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from "../limits.ts";
import type { ConnectionOptions } from "../port.ts";
import type { Outage } from "../outage.ts";
import { reasonOf } from "../protocol_errors.ts";
import "./protocol.ts";

const PENDING_CHECK_MS = 10;
/** As in kafkajs' own sockets. */
const KEEP_ALIVE_MS = 60_000;

/** The part of kafkajs' request queue that is mended. */
interface Queue {
  throttleCheckTimeoutId: unknown;
  throttledUntil: number;
  readonly pending: readonly unknown[];
  checkPendingRequests(): void;
}

/**
 * kafkajs arms a timer of 1 ms over and over although nothing waits, which takes 5 % of a core and prints warnings
 * (tulios/kafkajs#1751): it is armed only when requests are pending.
 */
RequestQueue.prototype.scheduleCheckPendingRequests = function (this: Queue) {
  if (this.throttleCheckTimeoutId || this.pending.length === 0) return;
  const delay = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(() => {
    this.throttleCheckTimeoutId = null;
    this.checkPendingRequests();
  }, delay > 0 ? delay : PENDING_CHECK_MS);
};

/** A kafkajs client. It says nothing by itself; it does not retry either where `retries` is 0. */
export function createKafka(
  options: ConnectionOptions & { readonly outage?: Outage },
  retries: number,
): kafkajs.Kafka {
  const { tls, sasl } = options;
  return new kafkajs.Kafka({
    brokers: parseBootstrap(options.bootstrapServer).map(({ host, port }) => `${host}:${port}`),
    clientId: options.clientId,
    connectionTimeout: Math.min(5_000, options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS),
    authenticationTimeout: 10_000,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { retries, initialRetryTime: 50, maxRetryTime: 1_000, factor: 0.2, multiplier: 2 },
    logLevel: kafkajs.logLevel.NOTHING,
    logCreator: () => () => undefined,
    // Its own one, but that the login goes nowhere in clear: the cluster may name any address as a broker's.
    socketFactory: ({ host, port, ssl, onConnect }) => {
      requireConfidentialLogin(host, options);
      const socket = ssl
        ? connectTls({ ...(isIP(host) ? {} : { servername: host }), ...ssl, host, port }, onConnect)
        : connectTcp({ host, port }, onConnect);
      if (options.outage) watch(socket, { address: `${host}:${port}`, outage: options.outage });
      return socket.setKeepAlive(true, KEEP_ALIVE_MS);
    },
    ...(tls === undefined ? {} : { ssl: { ...tls } }),
    ...(sasl === undefined ? {} : { sasl: saslOf(sasl) }),
  });
}

/** kafkajs says nothing of a connection that cannot be made: its socket does. */
function watch(
  socket: Socket,
  { address, outage }: { readonly address: string; readonly outage: Outage },
): void {
  let reason: string | null = "no answer";
  socket.once("connect", () => {
    reason = null;
    socket.once("close", outage.reached(address));
  });
  socket.once("error", (error: Error) => {
    if (reason !== null) reason = reasonOf(error);
  });
  socket.once("close", () => {
    if (reason !== null) outage.lost(address, reason);
  });
}

function saslOf(sasl: NonNullable<ConnectionOptions["sasl"]>): kafkajs.SASLOptions {
  const { username, password } = sasl;
  switch (sasl.mechanism) {
    case "PLAIN":
      return { mechanism: "plain", username, password };
    case "SCRAM-SHA-256":
      return { mechanism: "scram-sha-256", username, password };
    case "SCRAM-SHA-512":
      return { mechanism: "scram-sha-512", username, password };
  }
}
