/**
 * How many packets a second are read from a capture: a million made ones of 20,000 hosts (two thirds TCP, a third
 * UDP, one in eight IPv6, 60 to 1,514 bytes on the wire, cut at 96), and the 751 of a recorded web session repeated
 * whole. What counts is a packet record each, with its texts and its id, none kept; "as JSON" writes each down, too.
 * Peers read the same file.
 *
 *     deno task bench pcap [ROUNDS [PACKETS]]
 */
import { Random } from "../../nn/mod.ts";
import { CaptureReader, openCapture } from "../../src/datasets/pcap/mod.ts";
import { bytesOf, ipv4Of, ipv6Of, pcapOf, tcpOf, u16, udpOf } from "../datasets/pcap_bytes.ts";
import { medianAndRounds, perSecond, printTable } from "./report.ts";
import { findPeerPython } from "./surroundings.ts";

const SNAP_BYTES = 96;
const HOSTS = 20_000;
/** As many as peers that write text read in some seconds. */
const FEW_PACKETS = 100_000;
const PIECE_BYTES = 65_536;
const TRACE = new URL("../../../shared/data/pcap/bro.org.pcap", import.meta.url).pathname;

/** Records of made packets, one after the other, after the capture's header. */
function makeCapture(packets: number): Uint8Array {
  const random = new Random(7);
  const zeros = new Uint8Array(1_500);
  const kinds = [6, 6, 17].flatMap((protocol) => {
    const segment = protocol === 6 ? tcpOf(0x018, zeros) : udpOf(zeros.subarray(0, 1_480));
    return [...Array(7).fill([0x0800, ipv4Of(protocol, segment)]), [0x86dd, ipv6Of(protocol, segment)]];
  }) as [number, Uint8Array][];
  const frames = kinds.map(([type, packet]) =>
    bytesOf("020000000002", "020000000001", u16(type), packet).subarray(0, SNAP_BYTES)
  );
  const capture = new Uint8Array(24 + packets * (16 + SNAP_BYTES));
  capture.set(pcapOf([]));
  const view = new DataView(capture.buffer);
  for (let packet = 0, at = 24; packet < packets; packet++, at += 16 + SNAP_BYTES) {
    const kind = random.integer(frames.length), frame = at + 16;
    view.setUint32(at, 1_700_000_000 + Math.floor(packet / 10_000), true);
    view.setUint32(at + 4, packet % 10_000 * 100, true);
    view.setUint32(at + 8, SNAP_BYTES, true);
    view.setUint32(at + 12, SNAP_BYTES + random.integer(1_514 - SNAP_BYTES), true);
    capture.set(frames[kind]!, frame);
    // The last two bytes of both addresses tell the host.
    const [src, dst] = kinds[kind]![0] === 0x0800 ? [frame + 28, frame + 32] : [frame + 36, frame + 52];
    view.setUint16(src, random.integer(HOSTS));
    view.setUint16(dst, random.integer(HOSTS));
  }
  return capture;
}

/** Packets a second. */
function read(pieces: readonly Uint8Array[], each: (packet: unknown) => void): number {
  const reader = new CaptureReader();
  const startMs = performance.now();
  let packets = 0;
  for (const piece of pieces) {
    const batch = reader.push(piece);
    for (const packet of batch) each(packet);
    packets += batch.length;
  }
  return packets / (performance.now() - startMs) * 1_000;
}

function piecesOf(bytes: Uint8Array): Uint8Array[] {
  return Array.from(
    { length: Math.ceil(bytes.length / PIECE_BYTES) },
    (_, i) => bytes.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES),
  );
}

async function readFile(path: string): Promise<number> {
  const startMs = performance.now();
  let packets = 0;
  for await (const batch of openCapture(path, { flag: "" }).batches) packets += batch.length;
  return packets / (performance.now() - startMs) * 1_000;
}

/** Wall seconds of a peer; `null` where it is not installed. */
async function run(command: string, args: readonly string[]): Promise<number | null> {
  const startMs = performance.now();
  try {
    const { success } = await new Deno.Command(command, { args: [...args], stdout: "null", stderr: "null" })
      .output();
    return success ? (performance.now() - startMs) / 1_000 : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

interface Contender {
  readonly name: string;
  readonly rates: number[];
  /** Packets a second; `null` where it is not installed. */
  measure(): number | null | Promise<number | null>;
}

function contender(name: string, measure: Contender["measure"]): Contender {
  return { name, rates: [], measure };
}

async function peers(path: string, packets: number): Promise<Contender[]> {
  const python = await findPeerPython(["dpkt==1.9.8"], "streamflow-bench-dpkt");
  if (typeof python !== "string") console.log(`dpkt is left out: ${python.missing}`);
  const fields = ["frame.time_epoch", "frame.len", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "ip.proto"];
  const more = ["tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport", "tcp.flags"];
  const few = Math.min(packets, FEW_PACKETS);
  const first = ["-r", path, "-c", String(few)];
  const rate = (count: number, seconds: number | null) => seconds === null ? null : count / seconds;
  const script = new URL("peer_pcap.py", import.meta.url).pathname;
  const measured: Contender[] = [];
  if (typeof python === "string") {
    const measure = async () => rate(few, await run(python, [script, path, String(few)]));
    measured.push(contender(`dpkt 1.9.8 (Python): the same fields, ${perSecond(few)} packets`, measure));
  }
  return [
    ...measured,
    contender(
      `tcpdump -nnS, its lines thrown away, ${perSecond(few)} packets`,
      async () => rate(few, await run("tcpdump", ["-nnS", ...first])),
    ),
    contender(
      "tcpdump -w /dev/null: records copied, nothing read in them",
      async () => rate(packets, await run("tcpdump", ["-r", path, "-w", "/dev/null"])),
    ),
    contender(`tshark, the same fields, ${perSecond(few)} packets`, async () => {
      const asked = [...fields, ...more].flatMap((field) => ["-e", field]);
      return rate(few, await run("tshark", ["-n", ...first, "-T", "fields", ...asked]));
    }),
  ];
}

async function main([rounds = 3, packets = 1_000_000]: readonly number[]): Promise<void> {
  const capture = makeCapture(packets);
  const pieces = piecesOf(capture);
  const folder = await Deno.makeTempDir();
  const path = `${folder}/made.pcap`;
  await Deno.writeFile(path, capture);
  const ours = [
    contender("streamflow, in process: packet records", () => read(pieces, () => {})),
    contender("streamflow, the same from the file", () => readFile(path)),
    contender("streamflow, in process, as JSON", () => read(pieces, (packet) => JSON.stringify(packet))),
  ];
  const trace = await Deno.readFile(TRACE).catch(() => null);
  if (trace !== null) {
    const records = piecesOf(trace.subarray(24));
    const whole = Array.from({ length: Math.ceil(packets / 751) }, () => records).flat();
    ours.splice(
      1,
      0,
      contender(
        "streamflow, in process: a web session's 751 packets, repeated",
        () => read([trace.subarray(0, 24), ...whole], () => {}),
      ),
    );
  }
  try {
    const all = [...ours, ...await peers(path, packets)];
    for (let round = 0; round <= rounds; round++) {
      for (const each of all) {
        const rate = await each.measure();
        // The first round warms up.
        if (rate !== null && round > 0) each.rates.push(rate);
      }
    }
    for (const { name } of all.filter(({ rates }) => rates.length === 0)) console.log(`Left out: ${name}`);
    printTable(
      ["packets a second", "median (rounds)"],
      all.filter(({ rates }) => rates.length > 0).map((
        { name, rates },
      ) => [name, medianAndRounds(rates, perSecond)]),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) await main(Deno.args.map(Number));
