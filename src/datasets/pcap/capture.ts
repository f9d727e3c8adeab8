// Not pure: it reads files and standard input.
/** Captures in files and on standard input. */
import { formatCount } from "../../runtime/progress.ts";
import type { Packet } from "../../records/packets/schema.ts";
import { UserError } from "../../runtime/errors.ts";
import { readBytes } from "../bytes.ts";
import { BATCH_BYTES_MAX } from "./limits.ts";
import { CaptureReader, type CaptureSummary } from "./reader.ts";

/** A capture that is read once. */
export interface Capture {
  /** The packets in the order of the capture, as they come: of a live one with every piece that it writes. */
  readonly batches: AsyncIterable<Packet[]>;
  /** What has been read so far; after the last batch, of all. */
  summary(): CaptureSummary;
}

/**
 * Reads a capture's bytes. The batches end without an error where the capture is truncated or damaged: the summary
 * says so.
 *
 * @param options.name how the messages call it
 * @param options.link where the packets were seen: part of their ids
 * @throws {UserError} from the batches, where the bytes are no capture.
 */
export function readCapture(
  bytes: AsyncIterable<Uint8Array>,
  { name, link }: { readonly name: string; readonly link?: string | undefined },
): Capture {
  const reader = new CaptureReader(link === undefined ? {} : { link });
  async function* read(): AsyncIterable<Packet[]> {
    for await (const piece of bytes) {
      for (let at = 0; at < piece.length; at += BATCH_BYTES_MAX) {
        const packets = reader.push(piece.subarray(at, at + BATCH_BYTES_MAX));
        if (packets.length > 0) yield packets;
        if (reader.summary.problem !== null) return refuseOther(reader.summary, name);
      }
    }
    refuseOther(reader.end(), name);
  }
  return { batches: read(), summary: () => reader.summary };
}

/**
 * Reads a capture file, `.gz` unpacked; `-` is standard input: `tcpdump -U -w - | …`.
 *
 * @param options.flag that names the file, for the hint
 * @throws {UserError} from the batches, where it cannot be read or is no capture.
 */
export function openCapture(
  path: string,
  { flag, link }: { readonly flag: string; readonly link?: string | undefined },
): Capture {
  const name = path === "-" ? "standard input" : path;
  return readCapture(readBytes(path, flag), { name, link });
}

/** What a user should know of a capture that was not read as a whole, a sentence each; often none. */
export function describeCapture(
  { problem, packets, unknownLinkTypes, unreadable, untimed }: CaptureSummary,
  name: string,
): string[] {
  const said: string[] = [];
  if (problem !== null) {
    const what = problem.kind === "truncated" ? "is truncated" : "is damaged";
    said.push(
      `${name} ${what} after ${formatCount(problem.atByte)} bytes: ${problem.detail}; the ${
        formatCount(packets)
      } packets before are kept`,
    );
  }
  for (const [linkType, count] of unknownLinkTypes) {
    said.push(
      `${name}: ${
        formatCount(count)
      } packets of link type ${linkType}, which is not understood, are left out`,
    );
  }
  if (unreadable > 0) {
    said.push(`${name}: ${formatCount(unreadable)} packets that cannot be read are left out`);
  }
  if (untimed > 0) {
    said.push(`${name}: ${formatCount(untimed)} packets without a time have that of the packet before`);
  }
  return said;
}

function refuseOther({ problem }: CaptureSummary, name: string): void {
  if (problem?.kind !== "empty" && problem?.kind !== "not-a-capture") return;
  const what = problem.kind === "empty" ? "is empty" : `is no capture: ${problem.detail}`;
  throw new UserError(`${name} ${what}`, {
    hint: "name a pcap or pcapng file, such as tcpdump -w and Wireshark write",
  });
}
