/** Changed export datagrams: never an error; what is read are packets, and what is kept is bounded. */
import assert from "node:assert/strict";
import { NetflowCollector } from "../../src/datasets/netflow/mod.ts";
import { PACKETS_MAX, PROBLEMS_MAX } from "../../src/datasets/netflow/limits.ts";
import { packetSchema } from "../../src/records/packets/schema.ts";
import { FUZZ_ROUNDS, readMutated } from "../support/mutate.ts";
import {
  ipfixOf,
  setOf,
  templateOf,
  V4_FIELDS,
  v4RecordOf,
  v5Of,
  v5RecordOf,
  v9Of,
} from "./netflow_bytes.ts";
import { bytesOf, u16, u32, u64 } from "./pcap_bytes.ts";

const OPTIONS_V9 = bytesOf(u16(300), u16(4), u16(8), u16(1), u16(4), u16(34), u16(4), u16(35), u16(1));
const OPTIONS_IPFIX = bytesOf(u16(300), u16(2), u16(1), u16(149), u16(4), u16(34), u16(4));
const IPFIX_FIELDS = [[27, 16], [28, 16], [4, 1], [82, 65_535], [1, 8], [2, 4], [153, 8], [
  5,
  2,
  29305,
]] as const;
const ipfixRecord = bytesOf(
  ...[new Uint8Array(32), 58, 3, "657468", u64(900n), u32(2), u64(1_700_000_000_000n), u16(1)],
);

const SEEDS: Readonly<Record<string, readonly Uint8Array[]>> = {
  v5: [v5Of([v5RecordOf()]), v5Of([v5RecordOf(), v5RecordOf({ protocol: 17 })], { sequence: 90 })],
  v9: [
    v9Of([setOf(0, templateOf(256, V4_FIELDS)), setOf(256, v4RecordOf(), v4RecordOf())]),
    v9Of([setOf(1, OPTIONS_V9), setOf(300, new Uint8Array(9))], { sequence: 3 }),
    v9Of([setOf(256, v4RecordOf())], { sequence: 4 }),
  ],
  IPFIX: [
    ipfixOf([setOf(2, templateOf(256, IPFIX_FIELDS)), setOf(256, ipfixRecord, ipfixRecord)]),
    ipfixOf([setOf(3, OPTIONS_IPFIX), setOf(300, new Uint8Array(8))], { sequence: 2 }),
    ipfixOf([setOf(2, templateOf(256, [])), setOf(256, ipfixRecord)], { sequence: 3 }),
  ],
};

for (const [version, seeds] of Object.entries(SEEDS)) {
  Deno.test(`a changed ${version} datagram is read as far as it goes, without an error`, () => {
    const collector = new NetflowCollector();
    let round = 0, flows = 0, told = 0;
    const reads = readMutated(seeds, {
      read: (bytes) => {
        // More exporters than are known at a time, and each of them comes several times.
        const exporter = `203.0.113.1:${round++ % 5_000}`;
        const { packets, problems } = collector.decode(bytes, { exporter });
        for (const packet of packets) packetSchema.parse(packet);
        flows += packets.length;
        told += problems.length;
        assert.ok(packets.length <= PACKETS_MAX && problems.length <= PROBLEMS_MAX);
      },
      expected: () => false,
    });
    assert.equal(reads, FUZZ_ROUNDS);
    const { summary } = collector;
    assert.deepEqual([summary.datagrams, summary.flows], [FUZZ_ROUNDS, flows]);
    assert.ok(flows > FUZZ_ROUNDS / 10 && told > FUZZ_ROUNDS / 20, `${flows} flows, ${told} problems`);
    assert.ok(summary.streams <= 4_096 && summary.held <= 4_096);
  });
}
