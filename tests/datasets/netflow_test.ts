/** NetFlow v5, v9 and IPFIX from datagrams made by hand. */
import assert from "node:assert/strict";
import { NetflowCollector } from "../../src/datasets/netflow/mod.ts";
import {
  EXPORT_SECONDS,
  ipfixOf,
  setOf,
  templateOf,
  V4_FIELDS,
  v4RecordOf,
  v5Of,
  v5RecordOf,
  v9Of,
} from "./netflow_bytes.ts";

const exporter = "203.0.113.1:2055";
const FLOW = {
  length: 5_000,
  protocol: "TCP",
  src: "192.0.2.1",
  dst: "198.51.100.7",
  srcPort: 49_152,
  dstPort: 443,
  tcpFlags: 0x1b,
  packets: 10,
  link: "203.0.113.1",
};

/** The part of an id that says what the bytes hold. */
function hashOf(id: string): string {
  return /-([0-9a-z]{8})-[^-]+$/.exec(id)![1]!;
}

Deno.test("NetflowCollector gives the flows of exporters whose sequence stands still ids of their own", () => {
  const collector = new NetflowCollector();
  const idsOf = (bytes: Uint8Array) => collector.decode(bytes, { exporter }).packets.map(({ id }) => id);
  const [tcp, icmp] = [v5RecordOf(), v5RecordOf({ protocol: 1 })].map((record) =>
    v5Of([record], { sequence: 0 })
  );
  assert.notDeepEqual(idsOf(tcp!), idsOf(icmp!));
  assert.deepEqual(idsOf(tcp!), idsOf(tcp!), "the same datagram again");
  collector.decode(v9Of([setOf(0, templateOf(256, V4_FIELDS))], { sequence: 0 }), { exporter });
  const flows = [v4RecordOf(), v4RecordOf({ octets: 77 })].map((record) =>
    v9Of([setOf(256, record)], { sequence: 0 })
  );
  assert.notDeepEqual(idsOf(flows[0]!), idsOf(flows[1]!));
});

Deno.test("NetflowCollector reads v5", () => {
  const { packets, problems } = new NetflowCollector().decode(
    v5Of([v5RecordOf(), v5RecordOf({ protocol: 1 })], { sequence: 42 }),
    { exporter },
  );
  const { srcPort: _s, dstPort: _d, tcpFlags: _f, ...icmp } = FLOW;
  const timestamp = EXPORT_SECONDS * 1e6 + 250_000 - 1_000_000;
  const hash = hashOf(packets[0]!.id);
  assert.deepEqual(packets, [
    { ...FLOW, id: `nf5/${exporter}/258/1700000000-42-${hash}-0`, timestamp },
    { ...icmp, id: `nf5/${exporter}/258/1700000000-42-${hash}-1`, timestamp, protocol: "ICMP" },
  ]);
  assert.deepEqual(problems, []);
});

Deno.test("NetflowCollector reads v9, and data that came before its template with the same ids", () => {
  const template = setOf(0, templateOf(256, V4_FIELDS)), flows = setOf(256, v4RecordOf(), v4RecordOf());
  const inOrder = new NetflowCollector();
  inOrder.decode(v9Of([template], { sequence: 1 }), { exporter });
  const { packets } = inOrder.decode(v9Of([flows], { sequence: 2 }), { exporter });
  const timestamp = (EXPORT_SECONDS - 1) * 1e6;
  assert.deepEqual(packets[1], {
    ...FLOW,
    id: `nf9/${exporter}/7/1700000000-2-${hashOf(packets[1]!.id)}-0.1`,
    timestamp,
  });
  const reversed = new NetflowCollector();
  assert.deepEqual(reversed.decode(v9Of([flows], { sequence: 2 }), { exporter }).packets, []);
  assert.equal(reversed.summary.held, 1);
  assert.deepEqual(reversed.decode(v9Of([template], { sequence: 3 }), { exporter }).packets, packets);
  assert.equal(reversed.summary.held, 0);
});

Deno.test("NetflowCollector keeps templates apart by exporter and source id", () => {
  const collector = new NetflowCollector();
  const flows = setOf(256, v4RecordOf());
  collector.decode(v9Of([setOf(0, templateOf(256, V4_FIELDS))]), { exporter });
  assert.equal(
    collector.decode(v9Of([flows], { sequence: 1 }), { exporter: "203.0.113.2:2055" }).packets.length,
    0,
  );
  assert.equal(collector.decode(v9Of([flows], { sequence: 1, sourceId: 8 }), { exporter }).packets.length, 0);
  assert.equal(collector.decode(ipfixOf([flows], { sequence: 1 }), { exporter }).packets.length, 0);
  assert.equal(collector.decode(v9Of([flows], { sequence: 1 }), { exporter }).packets.length, 1);
});
