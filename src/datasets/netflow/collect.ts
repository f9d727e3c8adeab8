// Not pure: it listens on a port.
/** Export datagrams on a UDP port. */
import { createSocket } from "node:dgram";
import type { Packet } from "../../records/packets/schema.ts";
import { UserError } from "../../runtime/errors.ts";
import { NetflowCollector, type NetflowSummary } from "./collector.ts";
import { SOCKET_BYTES, WAITING_PACKETS_MAX } from "./limits.ts";
import type { NetflowProblem } from "./message.ts";
import type { Sampling } from "./samplers.ts";

/** Where and how flows are collected. */
export interface CollectOptions {
  readonly hostname: string;
  /** 0 = a free one. */
  readonly port: number;
  /** Ends the collecting. */
  readonly signal: AbortSignal;
  /** Of the packets; else each exporter's host. */
  readonly link?: string | undefined;
  readonly onListening?: (address: { readonly hostname: string; readonly port: number }) => void;
  readonly onProblem?: (problem: NetflowProblem, exporter: string) => void;
  /** What is done with counts of sampled traffic. @default "scale" */
  readonly sampling?: Sampling;
  /** Called when an exporter's flows are of another sampling than before: one of `interval` packets. */
  readonly onSampling?: (interval: number, exporter: string) => void;
}

/** Flows that are being collected. */
export interface Collecting {
  /** Ends with the signal. */
  readonly batches: AsyncIterable<Packet[]>;
  /** So far. */
  summary(): NetflowSummary;
}

/**
 * Collects from a UDP address. It listens from the first batch that is asked for.
 *
 * @throws {UserError} from the batches, where the address cannot be listened on.
 */
export function collectNetflow(options: CollectOptions): Collecting {
  const collector = new NetflowCollector(options);
  return { batches: collect(collector, options), summary: () => collector.summary };
}

async function* collect(collector: NetflowCollector, options: CollectOptions): AsyncIterable<Packet[]> {
  const { hostname, port, signal, link, onListening, onProblem, onSampling } = options;
  if (signal.aborted) return;
  const socket = createSocket({
    type: hostname.includes(":") ? "udp6" : "udp4",
    recvBufferSize: SOCKET_BYTES,
  });
  const waiting: Packet[] = [];
  let failure: Error | null = null;
  let wake = () => {};
  const onAbort = () => wake();
  socket.on("error", (error) => {
    failure = error;
    wake();
  });
  socket.on("message", (datagram, { address, port, family }) => {
    const exporter = family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;
    const { packets, problems, intervals } = collector.decode(
      datagram,
      link === undefined ? { exporter } : { exporter, link },
    );
    for (const problem of problems) onProblem?.(problem, exporter);
    for (const interval of intervals) onSampling?.(interval, exporter);
    if (waiting.length + packets.length > WAITING_PACKETS_MAX) {
      onProblem?.(collector.overrun(packets.length, exporter), exporter);
    } else for (const packet of packets) waiting.push(packet);
    if (waiting.length > 0) wake();
  });
  socket.on("listening", () => {
    const bound = socket.address();
    onListening?.({ hostname: bound.address, port: bound.port });
  });
  signal.addEventListener("abort", onAbort);
  try {
    socket.bind(port, hostname);
    while (failure === null && !signal.aborted) {
      if (waiting.length === 0) await new Promise<void>((resolve) => wake = resolve);
      if (waiting.length > 0) yield waiting.splice(0);
    }
    if (waiting.length > 0) yield waiting.splice(0);
    if (failure !== null) throw cannotListen(failure, { hostname, port });
  } finally {
    signal.removeEventListener("abort", onAbort);
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
}

function cannotListen(
  error: Error,
  { hostname, port }: { readonly hostname: string; readonly port: number },
): UserError {
  return new UserError(`cannot listen on ${hostname}:${port} (UDP): ${error.message}`, {
    hint: "name an address of this machine and a port that nobody uses",
    cause: error,
  });
}
