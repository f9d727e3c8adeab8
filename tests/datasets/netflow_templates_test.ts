/** Templates, exporters that restart, and lengths that lie. */
import assert from "node:assert/strict";
import { NetflowCollector } from "../../src/datasets/netflow/mod.ts";
import {
  EXPORT_SECONDS,
  ipfixOf,
  setOf,
  templateOf,
  UPTIME_MS,
  V4_FIELDS,
  v4RecordOf,
  v5Of,
  v5RecordOf,
  v9Of,
} from "./netflow_bytes.ts";
import { bytesOf, u16, u32, u64 } from "./pcap_bytes.ts";

const exporter = "[2001:db8::9]:4739";

/** The flows and the problems' kinds of some datagrams in turn. */
function collect(...datagrams: readonly Uint8Array[]) {
  const collector = new NetflowCollector();
  const decoded = datagrams.map((datagram) => collector.decode(datagram, { exporter }));
  return {
    packets: decoded.flatMap(({ packets }) => packets),
    problems: decoded.flatMap(({ problems }) => problems.map(({ kind }) => kind)),
    summary: collector.summary,
  };
}

const TEMPLATE = setOf(2, templateOf(256, V4_FIELDS));
const FLOWS = setOf(256, v4RecordOf());

Deno.test("NetflowCollector reads IPFIX's IPv6, long fields, and passes over a company's own", () => {
  const fields = [[27, 16], [28, 16], [4, 1], [82, 65_535], [96, 65_535], [9, 8, 29_305], [1, 8], [2, 3], [
    153,
    8,
  ]];
  const record = bytesOf(
    ...["20010db8000000000000000000000001", "20010db8000000000000000000000002", 17],
    ...[4, "65746830", 255, u16(300), new Uint8Array(300), new Uint8Array(8)],
    ...[u64(123_456_789_012n), bytesOf(0, u16(500)), u64(1_699_999_998_765n)],
  );
  const template = templateOf(999, fields as [number, number][]);
  const { packets, problems } = collect(ipfixOf([setOf(2, template), setOf(999, record, record)]));
  assert.deepEqual(problems, []);
  assert.ok(packets[1]!.id.startsWith(`nf10/${exporter}/7/1700000000-0-`), packets[1]!.id);
  assert.ok(packets[1]!.id.endsWith("-1.1"), packets[1]!.id);
  assert.deepEqual(packets[1], {
    id: packets[1]!.id,
    timestamp: 1_699_999_998_765_000,
    length: 123_456_789_012,
    protocol: "UDP",
    src: "2001:db8::1",
    dst: "2001:db8::2",
    packets: 500,
    link: "2001:db8::9",
  });
});

Deno.test("NetflowCollector finds a flow's end in every unit, else takes the time of its export", () => {
  const ntp = (seconds: number) => bytesOf(u32((seconds + 2_208_988_800) % 2 ** 32), u32(2 ** 31));
  const exportUs = EXPORT_SECONDS * 1e6;
  const cases: readonly (readonly [readonly (readonly [number, number])[], Uint8Array, number])[] = [
    [[[151, 4]], u32(1_699_999_990), 1_699_999_990e6],
    [[[153, 8]], u64(1_699_999_990_123n), 1_699_999_990_123_000],
    [[[155, 8]], ntp(1_699_999_990), 1_699_999_990_500_000],
    [[[157, 8]], ntp(2_100_000_000), 2_100_000_000_500_000],
    [[[159, 4]], u32(250), exportUs - 250],
    [[[160, 8], [21, 4]], bytesOf(u64(1_699_000_000_000n), u32(5_000)), 1_699_000_005_000_000],
    [[[21, 4]], u32(5_000), exportUs],
    [[[323, 8]], u64(1_699_999_990_124n), 1_699_999_990_124_000],
    // Of a length that no time has, and beyond every number.
    [[[153, 20]], new Uint8Array(20), exportUs],
    [[[153, 8]], u64(2n ** 64n - 1n), exportUs],
  ];
  for (const [fields, time, wanted] of cases) {
    const template = setOf(2, templateOf(256, [[1, 4], ...fields]));
    const { packets } = collect(ipfixOf([template, setOf(256, u32(1), time)]));
    assert.equal(packets[0]?.timestamp, wanted, JSON.stringify(fields));
  }
});

Deno.test("NetflowCollector follows v9's uptime when its counter restarts", () => {
  const record = bytesOf(u32(1), u32(2 ** 32 - 1_000));
  const template = setOf(0, templateOf(256, [[1, 4], [21, 4]]));
  const { packets } = collect(v9Of([template, setOf(256, record)], { uptimeMs: 500 }));
  assert.equal(packets[0]?.timestamp, EXPORT_SECONDS * 1e6 - 1_500_000);
});

Deno.test("NetflowCollector takes the address that is there, and both directions' counts", () => {
  const fields = [[8, 4], [27, 16], [12, 4], [28, 16], [231, 4], [232, 4], [298, 2], [299, 2]] as const;
  const v6 = bytesOf("20010db8000000000000000000000001"), counts = bytesOf(u32(70), u32(30), u16(2), u16(1));
  const none4 = u32(0), none6 = new Uint8Array(16);
  const { packets } = collect(ipfixOf([
    setOf(2, templateOf(256, fields)),
    setOf(256, none4, v6, none4, v6, counts, bytesOf("c0000201"), none6, bytesOf("c6336407"), none6, counts),
  ]));
  const short = packets.map((
    { src, dst, length, packets, protocol },
  ) => [src, dst, length, packets, protocol]);
  assert.deepEqual(short, [
    ["2001:db8::1", "2001:db8::1", 100, 3, "unknown"],
    ["192.0.2.1", "198.51.100.7", 100, 3, "unknown"],
  ]);
});

Deno.test("NetflowCollector reads flows without IP by their Ethernet type", () => {
  const template = templateOf(256, [[56, 6], [80, 6], [256, 2], [1, 4]]);
  const record = bytesOf("020000000001", "020000000002", u16(0x0806), u32(60));
  const { packets } = collect(ipfixOf([setOf(2, template), setOf(256, record)]));
  const { protocol, src, dst } = packets[0]!;
  assert.deepEqual([protocol, src, dst], ["ARP", "02:00:00:00:00:01", "02:00:00:00:00:02"]);
});

Deno.test("NetflowCollector counts options but makes no packets of them, nor of flows that count nothing", () => {
  const v9Options = bytesOf(u16(300), u16(4), u16(8), u16(1), u16(4), u16(34), u16(4), u16(2), u16(4));
  const v9 = collect(v9Of([setOf(1, v9Options), setOf(300, u32(1), u32(100), u32(9))]));
  assert.deepEqual([v9.packets, v9.problems, v9.summary.templates], [[], [], 1]);
  const options = bytesOf(u16(300), u16(2), u16(1), u16(149), u16(4), u16(2), u16(4));
  const ipfix = collect(
    ipfixOf([setOf(3, options), setOf(300, u32(7), u32(9))]),
    // Options count in the sequence, too.
    ipfixOf([TEMPLATE, setOf(256, v4RecordOf({ octets: 0 }).fill(0))], { sequence: 1 }),
  );
  assert.deepEqual([ipfix.packets, ipfix.problems], [[], ["options", "empty"]]);
});

Deno.test("NetflowCollector takes a template's new form, and forgets one that is withdrawn", () => {
  const short = setOf(256, u32(40));
  const { packets, summary } = collect(
    ipfixOf([TEMPLATE, FLOWS]),
    ipfixOf([setOf(2, templateOf(256, [[1, 4]])), short], { sequence: 1 }),
    ipfixOf([setOf(2, templateOf(256, [])), short], { sequence: 2 }),
  );
  assert.deepEqual(packets.map(({ length }) => length), [5_000, 40]);
  assert.deepEqual([summary.templates, summary.held], [0, 1]);
  const all = collect(
    ipfixOf([setOf(2, templateOf(256, V4_FIELDS), templateOf(257, [[1, 4]]))]),
    ipfixOf([setOf(2, templateOf(2, []))]),
  );
  assert.deepEqual([all.summary.templates, all.problems], [0, []]);
});

Deno.test("NetflowCollector forgets the templates of an exporter that restarts, but not for a late datagram", () => {
  const template = setOf(0, templateOf(256, V4_FIELDS));
  const first = v9Of([template], { sequence: 1_000 });
  const late = v9Of([FLOWS], { sequence: 999, seconds: EXPORT_SECONDS, uptimeMs: UPTIME_MS });
  assert.deepEqual(collect(first, late).problems, []);
  assert.equal(collect(first, late).packets.length, 1);
  const anew = v9Of([FLOWS], { sequence: 0, seconds: EXPORT_SECONDS + 60, uptimeMs: 5_000 });
  const restarted = collect(first, anew);
  assert.deepEqual([restarted.packets, restarted.problems], [[], ["restart"]]);
  const wrapped = collect(
    v9Of([template], { sequence: 1, uptimeMs: 2 ** 32 - 1_000 }),
    v9Of([FLOWS], { sequence: 2, uptimeMs: 2_000, seconds: EXPORT_SECONDS + 3 }),
  );
  assert.deepEqual([wrapped.packets.length, wrapped.problems], [1, []]);
  const ipfix = collect(
    ipfixOf([TEMPLATE], { sequence: 1_000 }),
    ipfixOf([FLOWS], { sequence: 3, seconds: EXPORT_SECONDS + 60 }),
  );
  assert.deepEqual([ipfix.packets, ipfix.problems], [[], ["restart"]]);
});

Deno.test("NetflowCollector counts what was lost, and takes what comes twice with the same ids", () => {
  const lost = collect(
    v5Of([v5RecordOf(), v5RecordOf()], { sequence: 10 }),
    v5Of([v5RecordOf()], { sequence: 42 }),
  );
  assert.deepEqual(lost.problems, ["lost"]);
  assert.equal(lost.summary.problems.get("lost"), 30);
  const twice = v5Of([v5RecordOf()], { sequence: 10 });
  const { packets, problems } = collect(twice, twice);
  assert.equal(packets.length, 2);
  assert.equal(packets[0]!.id, packets[1]!.id);
  assert.deepEqual(problems, []);
});

Deno.test("NetflowCollector reads what is there where lengths lie, and says so", () => {
  const v5 = collect(v5Of([v5RecordOf(), v5RecordOf()], { count: 30 }).subarray(0, 24 + 48 + 47));
  assert.deepEqual([v5.packets.length, v5.problems], [1, ["length"]]);
  const few = collect(v5Of([v5RecordOf(), v5RecordOf()], { count: 1 }));
  assert.deepEqual([few.packets.length, few.problems], [1, ["length"]]);
  const long = collect(ipfixOf([TEMPLATE, FLOWS], { length: 60_000 }));
  assert.deepEqual([long.packets.length, long.problems], [1, ["length"]]);
  const short = collect(ipfixOf([TEMPLATE, FLOWS], { length: 16 }));
  assert.deepEqual([short.packets.length, short.problems], [0, ["length"]]);
  const longSet = FLOWS.slice();
  longSet.set(u16(9_000), 2);
  const set = collect(v9Of([setOf(0, templateOf(256, V4_FIELDS)), longSet]));
  assert.deepEqual([set.packets.length, set.problems], [1, ["length"]]);
  const empty = collect(v9Of([bytesOf(u16(256), u16(0)), FLOWS]));
  assert.deepEqual([empty.packets.length, empty.problems], [0, ["length"]]);
  const variable = setOf(2, templateOf(256, [[1, 4], [82, 65_535]]));
  const field = collect(ipfixOf([variable, setOf(256, u32(1), bytesOf(200, 1, 2))]));
  assert.deepEqual([field.packets.length, field.problems], [0, ["length"]]);
});

Deno.test("NetflowCollector refuses templates that cannot be", () => {
  const wrong = [
    setOf(2, templateOf(255, V4_FIELDS)),
    setOf(2, templateOf(256, [[1, 0]])),
    setOf(2, bytesOf(u16(256), u16(513), new Uint8Array(4 * 513))),
    setOf(2, bytesOf(u16(256), u16(9), u16(1), u16(4))),
    setOf(2, bytesOf(u16(256), u16(1), u16(0x8001), u16(4))),
  ];
  for (const set of wrong) {
    const { problems, summary } = collect(ipfixOf([set]));
    assert.deepEqual([problems, summary.templates], [["template"], 0], set.toHex().slice(0, 60));
  }
  const v9 = collect(v9Of([setOf(1, bytesOf(u16(300), u16(3), u16(8), new Uint8Array(12)))]));
  assert.deepEqual(v9.problems, ["template"]);
});

Deno.test("NetflowCollector leaves out a flow that counts more than a number holds", () => {
  const template = setOf(2, templateOf(256, [[1, 8]]));
  const { packets, problems } = collect(ipfixOf([template, setOf(256, u64(2n ** 63n), u64(5n))]));
  assert.deepEqual([packets.map(({ length }) => length), problems], [[5], ["value"]]);
});

Deno.test("NetflowCollector reports other versions, and what is no export at all", () => {
  const { problems } = collect(
    new Uint8Array(0),
    bytesOf(u16(8), new Uint8Array(60)),
    bytesOf(u16(9), u32(1)),
  );
  assert.deepEqual(problems, ["version", "version", "version"]);
});

Deno.test("NetflowCollector holds the newest data without a template, up to a limit", () => {
  const collector = new NetflowCollector();
  const decode = (datagram: Uint8Array) => collector.decode(datagram, { exporter });
  for (let sequence = 0; sequence < 4_100; sequence++) decode(v9Of([FLOWS], { sequence }));
  assert.equal(collector.summary.held, 4_096);
  assert.equal(collector.summary.problems.get("dropped"), 4);
  const { packets } = decode(v9Of([setOf(0, templateOf(256, V4_FIELDS))], { sequence: 4_100 }));
  assert.equal(packets.length, 4_096);
  assert.ok(packets[0]!.id.includes("-4-"), packets[0]!.id);
});

Deno.test("NetflowCollector yields a bounded number of flows for one datagram", () => {
  const collector = new NetflowCollector();
  const decode = (datagram: Uint8Array) => collector.decode(datagram, { exporter });
  for (let sequence = 0; sequence < 5; sequence++) {
    decode(v9Of([setOf(256, new Uint8Array(60_000).fill(1))], { sequence }));
  }
  const { packets, problems } = decode(v9Of([setOf(0, templateOf(256, [[2, 1]]))], { sequence: 5 }));
  assert.equal(packets.length, 120_000);
  assert.deepEqual(problems.map(({ kind }) => kind), ["dropped", "dropped", "dropped"]);
});
