/** NetFlow of sampled traffic, of both directions, and what is not used: counted by exporter and reason. */
import assert from "node:assert/strict";
import { NetflowCollector, type NetflowDecoded } from "../../src/datasets/netflow/mod.ts";
import {
  EXPORTERS_COUNTED_MAX,
  FIELDS_PER_STREAM_MAX,
  SAMPLERS_PER_DOMAIN_MAX,
} from "../../src/datasets/netflow/limits.ts";
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

const exporter = "203.0.113.1:2055";
type Fields = Parameters<typeof templateOf>[1];
const V4 = setOf(0, templateOf(256, V4_FIELDS));

function decodeAll(datagrams: readonly Uint8Array[], collector = new NetflowCollector()) {
  const decoded: NetflowDecoded[] = datagrams.map((datagram) => collector.decode(datagram, { exporter }));
  const flows = decoded.flatMap(({ packets }) => packets);
  return { flows, counts: flows.map(({ length, packets }) => [length, packets]), decoded, collector };
}

/** An options template of v9: a scope of the system, then elements. */
function v9OptionsOf(id: number, fields: Fields, scope: readonly [number, number] = [1, 4]): Uint8Array {
  return bytesOf(
    ...[u16(id), u16(4), u16(4 * fields.length), u16(scope[0]), u16(scope[1])],
    ...fields.flatMap(([element, length]) => [u16(element), u16(length)]),
  );
}

/** An options template of IPFIX: the first `scopes` fields are the scope. */
function ipfixOptionsOf(id: number, fields: Fields, scopes = 1): Uint8Array {
  return bytesOf(
    ...[u16(id), u16(fields.length), u16(scopes)],
    ...fields.flatMap(([element, length]) => [u16(element), u16(length)]),
  );
}

function unusedOf(collector: NetflowCollector, host = "203.0.113.1") {
  return Object.fromEntries(collector.summary.unused.get(host) ?? []);
}

Deno.test("v5 says its sampling in the header: counts are scaled, left, or multiplied by a number", () => {
  const datagram = v5Of([v5RecordOf()]);
  new DataView(datagram.buffer).setUint16(22, 0x4000 | 1_000);
  const run = (sampling?: "ignore" | number) =>
    decodeAll([datagram], new NetflowCollector(sampling === undefined ? {} : { sampling }));
  const scaled = run();
  assert.deepEqual(scaled.counts, [[5_000_000, 10_000]]);
  assert.deepEqual([scaled.flows[0]!.sampling, scaled.decoded[0]!.intervals], [1_000, [1_000]]);
  assert.deepEqual([run("ignore").counts, run("ignore").flows[0]!.sampling], [[[5_000, 10]], undefined]);
  assert.deepEqual(run(20).counts, [[100_000, 200]]);
  assert.equal(run("ignore").collector.summary.sampled, 1);
});

Deno.test("v9's options say sampling, for the exporter or by sampler; a flow's own interval counts first", () => {
  const general = setOf(1, v9OptionsOf(300, [[34, 4], [35, 1]]));
  const all = decodeAll([
    v9Of([V4, general]),
    v9Of([setOf(300, u32(1), u32(100), new Uint8Array([2]))], { sequence: 1 }),
    v9Of([setOf(256, v4RecordOf())], { sequence: 2 }),
    v9Of([setOf(0, templateOf(257, [[1, 4], [2, 4], [34, 4]])), setOf(257, u32(10), u32(1), u32(7))], {
      sequence: 3,
    }),
  ]);
  assert.deepEqual(all.counts, [[500_000, 1_000], [70, 7]]);
  const bySampler = decodeAll([
    v9Of([
      setOf(1, v9OptionsOf(300, [[48, 1], [49, 1], [50, 4]])),
      setOf(0, templateOf(257, [[1, 4], [2, 4], [48, 1]])),
    ]),
    v9Of([setOf(300, bytesOf(u32(0), 1, 2, u32(10), u32(0), 2, 2, u32(1_000), 0))], { sequence: 1 }),
    v9Of([setOf(257, ...[1, 2, 0, 3].flatMap((id) => [u32(100), u32(1), new Uint8Array([id])]))], {
      sequence: 2,
    }),
  ]);
  assert.deepEqual(bySampler.counts, [[1_000, 10], [100_000, 1_000], [100, 1], [100, 1]]);
  assert.deepEqual(unusedOf(bySampler.collector), { unscaled: 1 });
});

Deno.test("an interface may have a sampling of its own", () => {
  const { counts } = decodeAll([
    v9Of([
      setOf(1, v9OptionsOf(300, [[34, 4]], [2, 4])),
      setOf(0, templateOf(257, [[1, 4], [2, 4], [10, 4]])),
    ]),
    v9Of([setOf(300, u32(11), u32(50), u32(12), u32(200))], { sequence: 1 }),
    v9Of([setOf(257, u32(100), u32(1), u32(11), u32(100), u32(1), u32(12))], { sequence: 2 }),
  ]);
  assert.deepEqual(counts, [[5_000, 50], [20_000, 200]]);
});

Deno.test("IPFIX says sampling in packets and space, by selector, and by observation domain", () => {
  const flows = setOf(2, templateOf(257, [[1, 8], [2, 8], [302, 8]]));
  const flow = (selector: bigint) => setOf(257, u64(100n), u64(1n), u64(selector));
  const { counts } = decodeAll([
    ipfixOf([flows, setOf(3, ipfixOptionsOf(300, [[302, 8], [304, 2], [305, 4], [306, 4]]))]),
    ipfixOf([setOf(300, u64(5n), u16(1), u32(1), u32(99), u64(6n), u16(1), u32(2), u32(998))], {
      sequence: 0,
    }),
    ipfixOf([flow(5n), flow(6n)], { sequence: 2 }),
  ]);
  assert.deepEqual(counts, [[10_000, 100], [50_000, 500]]);
  // Domain 0 stands for all; a record may be about another domain; another exporter's sampling is its own.
  const domains = [
    ipfixOf([setOf(3, ipfixOptionsOf(300, [[149, 4], [34, 4]]))], { domain: 0 }),
    ipfixOf([setOf(300, u32(0), u32(8), u32(9), u32(16))], { domain: 0 }),
    ...[7, 9].flatMap((domain) => [
      ipfixOf([setOf(2, templateOf(256, [[1, 4], [2, 4]]))], { domain }),
      ipfixOf([setOf(256, u32(10), u32(1))], { domain }),
    ]),
  ];
  const both = decodeAll(domains);
  assert.deepEqual(both.counts, [[80, 8], [160, 16]]);
  for (const bytes of domains.slice(2)) {
    const { packets } = both.collector.decode(bytes, { exporter: "203.0.113.2:2055" });
    for (const { length } of packets) assert.equal(length, 10);
  }
});

Deno.test("what a message says of sampling holds for its flows before it, too", () => {
  const options = setOf(3, ipfixOptionsOf(300, [[149, 4], [34, 4]]));
  const flows = setOf(2, templateOf(256, [[1, 4], [2, 4]]));
  const { counts } = decodeAll([
    ipfixOf([flows, setOf(256, u32(10), u32(1)), options, setOf(300, u32(7), u32(40))]),
  ]);
  assert.deepEqual(counts, [[400, 40]]);
});

Deno.test("a counter of 0 does not hide the other one; totals stand in for what was counted since the last report", () => {
  const read = (fields: Fields, ...values: number[]) =>
    decodeAll([v9Of([setOf(0, templateOf(256, fields)), setOf(256, ...values.map((value) => u32(value)))])])
      .counts;
  const inOut: Fields = [[1, 4], [2, 4], [23, 4], [24, 4]];
  assert.deepEqual(read(inOut, 0, 0, 5_000, 5), [[5_000, 5]]);
  assert.deepEqual(read(inOut, 700, 7, 5_000, 5), [[700, 7]]);
  assert.deepEqual(read([[85, 4], [86, 4]], 900, 9), [[900, 9]]);
  // Nothing since the last report: what came before has been counted.
  assert.deepEqual(read([[1, 4], [2, 4], [85, 4], [86, 4]], 0, 0, 900, 9), []);
  assert.deepEqual(read([[85, 4], [2, 4]], 900, 3), [[900, 3]]);
});

Deno.test("both directions of an RFC 5103 biflow count, as those of a firewall's record do", () => {
  const fields: Fields = [[8, 4], [12, 4], [4, 1], [1, 8], [1, 8, 29_305], [2, 4], [2, 4, 29_305]];
  const record = (forward: bigint, reverse: bigint) =>
    bytesOf("0a000001", "0a000002", 17, u64(forward), u64(reverse), u32(2), u32(forward === 0n ? 3 : 4));
  const { counts } = decodeAll([
    ipfixOf([setOf(2, templateOf(256, fields)), setOf(256, record(100n, 13_860n), record(0n, 13_860n))]),
  ]);
  assert.deepEqual(counts, [[13_960, 6], [13_860, 5]]);
});

Deno.test("a field of v9 whose length is 65535 has the length that each record says", () => {
  const fields: Fields = [[8, 4], [12, 4], [1, 4], [2, 4], [234, 65_535]];
  const record = (name: string) => bytesOf("0a000001", "0a000002", u32(702), u32(3), name.length / 2, name);
  const { counts, collector } = decodeAll([
    v9Of([setOf(0, templateOf(256, fields)), setOf(256, record("76706e"), record(""), new Uint8Array(2))]),
  ]);
  assert.deepEqual(counts, [[702, 3], [702, 3]]);
  assert.deepEqual(unusedOf(collector), {});
});

Deno.test("every set and record that is not used is counted, by exporter and reason", () => {
  const collector = new NetflowCollector();
  const problems = (datagram: Uint8Array) =>
    collector.decode(datagram, { exporter }).problems.map(({ kind, isFirst }) => [kind, isFirst]);
  collector.decode(v9Of([V4]), { exporter });
  // Shorter than a record, longer by bytes that are no padding, and an id that stands for nothing.
  assert.deepEqual(problems(v9Of([setOf(256, u32(1))], { sequence: 1 })), [["rest", true]]);
  assert.deepEqual(problems(v9Of([setOf(256, v4RecordOf(), u16(9))], { sequence: 2 })), [["rest", false]]);
  assert.deepEqual(problems(v9Of([setOf(256, v4RecordOf(), new Uint8Array(2))], { sequence: 3 })), []);
  assert.deepEqual(problems(v9Of([setOf(9, u32(1))], { sequence: 4 })), [["reserved", true]]);
  assert.deepEqual(problems(v9Of([setOf(400, u32(1))], { sequence: 5 })), []);
  assert.deepEqual(problems(v5Of([v5RecordOf({ packets: 0 })])), [["empty", true]]);
  assert.deepEqual(unusedOf(collector), { rest: 2, reserved: 1, empty: 1, waiting: 1 });
});

Deno.test("samplers of a domain are bounded, the oldest goes and is counted; the newest still scale", () => {
  const samplers = SAMPLERS_PER_DOMAIN_MAX + 2;
  const { counts, collector } = decodeAll([
    v9Of([
      setOf(1, v9OptionsOf(300, [[48, 4], [50, 4]])),
      setOf(0, templateOf(257, [[1, 4], [2, 4], [48, 4]])),
    ]),
    ...Array.from(
      { length: samplers },
      (_, n) => v9Of([setOf(300, u32(0), u32(n + 1), u32(n + 2))], { sequence: n + 1 }),
    ),
    v9Of([setOf(257, ...[1, samplers].map((id) => bytesOf(u32(10), u32(1), u32(id))))], {
      sequence: samplers + 1,
    }),
  ]);
  assert.deepEqual(counts, [[10, 1], [10 * (samplers + 1), samplers + 1]]);
  assert.deepEqual(unusedOf(collector), { forgotten: 2, unscaled: 1 });
});

Deno.test("a template that cannot be does not take the next one with it", () => {
  const { counts, collector } = decodeAll([
    v9Of([setOf(0, templateOf(300, []), templateOf(256, V4_FIELDS)), setOf(256, v4RecordOf())]),
  ]);
  assert.deepEqual([counts, unusedOf(collector)], [[[5_000, 10]], { template: 1 }]);
});

Deno.test("counts of very many exporters, and templates of one, are bounded; the oldest are added up or go", () => {
  const collector = new NetflowCollector();
  const exporters = EXPORTERS_COUNTED_MAX + 50;
  for (let host = 0; host < exporters; host++) {
    collector.decode(new Uint8Array(3), { exporter: `10.0.${host >> 8}.${host & 255}:2055` });
  }
  const { unused, problems } = collector.summary;
  assert.ok(unused.size <= EXPORTERS_COUNTED_MAX + 1);
  assert.equal(problems.get("version"), exporters);
  assert.ok(unused.get("others")!.get("version")! >= 50);
  const fields: Fields = Array.from({ length: 500 }, () => [1, 1]);
  const templates = FIELDS_PER_STREAM_MAX / 500 + 3;
  for (let id = 0; id < templates; id++) {
    collector.decode(v9Of([setOf(0, templateOf(256 + id, fields))], { sequence: id }), { exporter });
  }
  assert.equal(collector.summary.templates, templates - 3);
  assert.deepEqual(unusedOf(collector), { forgotten: 3 });
});
