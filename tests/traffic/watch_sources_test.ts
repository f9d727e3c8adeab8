/** Scans, floods and sources, on hand-made traffic. */
import assert from "node:assert/strict";
import { type Packet, TCP_FLAGS } from "../../src/records/packets/schema.ts";
import { LeastRecent } from "../../src/traffic/watch/least_recent.ts";
import { FLOOD_FAILED_MIN } from "../../src/traffic/watch/syn_flood.ts";
import { SCAN_TARGETS_MIN } from "../../src/traffic/watch/port_scan.ts";
import { prefixOf } from "../../src/traffic/watch/sources.ts";
import { packetAt } from "./forecast_run.ts";
import { handshake, MINUTE_MS, steady, watchPackets } from "./watch_log.ts";

/** So many attempts, `everyMs` apart. */
function attempts(
  count: number,
  of: (n: number) => Parameters<typeof handshake>[1],
  { fromMs = 0, everyMs = 500 } = {},
): Packet[] {
  return Array.from({ length: count }, (_, n) => handshake(fromMs + n * everyMs, of(n))).flat();
}

/** Lets time go on until everything has come to its end. */
function kindsOf(packets: readonly Packet[], untilMs = 30 * MINUTE_MS): string[] {
  return watchPackets([...packets, packetAt(untilMs, { id: "end" })]).anomalies.map(({ kind, subject }) =>
    `${kind} ${subject.name}`
  );
}

const SCANNER = { client: "203.0.113.9" };

Deno.test("a source whose attempts fail on many ports of a host scans it", () => {
  const scan = attempts(40, (n) => ({ ...SCANNER, port: 100 + n, steps: 1 }));
  const { anomalies } = watchPackets([...scan, packetAt(60_000, { id: "end" })]);
  assert.equal(anomalies.length, 1);
  const [{ kind, subject, evidence, values, offsets, window }] = anomalies as [typeof anomalies[0] & object];
  assert.deepEqual([kind, subject], ["port-scan", { dimension: "source", name: "203.0.113.9" }]);
  assert.match(
    evidence,
    /^203\.0\.113\.9 failed to connect to 15 different targets \(15 ports on 1 host: a vertical/,
  );
  assert.deepEqual([values["targets"], values["ports"], values["hosts"]], [SCAN_TARGETS_MIN, 15, 1]);
  assert.deepEqual([offsets.first, offsets.last, offsets.count], [0, 14, 15]);
  assert.deepEqual(window, { start: "2026-01-05T00:00:00.000Z", end: "2026-01-05T00:00:07.001Z" });
});

Deno.test("scans are found whatever they send and whatever comes back", () => {
  const hosts = (steps: number) => attempts(40, (n) => ({ ...SCANNER, server: `10.1.0.${n}`, steps }));
  assert.deepEqual(kindsOf(hosts(1)), ["port-scan 203.0.113.9"], "a horizontal scan without answers");
  assert.deepEqual(kindsOf(hosts(2)), ["port-scan 203.0.113.9"], "one that never completes a handshake");
  const refused = hosts(1).flatMap((packet, n): Packet[] => [packet, {
    ...packetAt(n * 500 + 10, { id: `r${n}`, tcpFlags: TCP_FLAGS.RST | TCP_FLAGS.ACK }),
    ...{ src: packet.dst, dst: packet.src, srcPort: packet.dstPort!, dstPort: packet.srcPort! },
  }]);
  assert.deepEqual(kindsOf(refused), ["port-scan 203.0.113.9"], "one that is refused");
  for (const tcpFlags of [0, TCP_FLAGS.FIN, TCP_FLAGS.FIN | TCP_FLAGS.PSH | TCP_FLAGS.URG]) {
    const odd = hosts(1).map((packet) => ({ ...packet, tcpFlags }));
    assert.deepEqual(kindsOf(odd), ["port-scan 203.0.113.9"], `flags ${tcpFlags}`);
  }
});

Deno.test("who succeeds, tries one service over and over, or takes his time does not scan", () => {
  assert.deepEqual(kindsOf(attempts(200, (n) => ({ port: 100 + n }), { everyMs: 100 })), []);
  assert.deepEqual(kindsOf(attempts(50, (n) => ({ clientPort: 2_000 + n, steps: 1 }))), []);
  assert.deepEqual(kindsOf(attempts(60, (n) => ({ port: 100 + n, steps: 1 }), { everyMs: 6_000 })), []);
});

Deno.test("a scan that goes on is one; after ten quiet minutes it is another", () => {
  const scan = (fromMs: number, count: number) =>
    attempts(count, (n) => ({ ...SCANNER, port: 1 + n, clientPort: 3_000 + n, steps: 1 }), { fromMs });
  assert.equal(kindsOf(scan(0, 1_200)).length, 1);
  assert.equal(kindsOf([...scan(0, 60), ...scan(15 * MINUTE_MS, 60)]).length, 2);
});

Deno.test("a source that fails often is measured by itself", () => {
  // Ten failures a minute are usual for it, after a while: thirty are not four times as many.
  const usual = attempts(100, (n) => ({ ...SCANNER, port: 1 + n, steps: 1 }), { everyMs: 6_000 });
  const more = attempts(30, (n) => ({ ...SCANNER, port: 5_000 + n, steps: 1 }), { fromMs: 10 * MINUTE_MS });
  assert.deepEqual(kindsOf([...usual, ...more]), []);
});

Deno.test("handshakes that are begun by many and completed by none are a flood of the service", () => {
  const flood = attempts(
    200,
    (n) => ({ client: `198.51.${n >> 7}.${n & 127}`, clientPort: 1_000 + n, steps: 2 }),
    {
      everyMs: 100,
    },
  );
  const { anomalies } = watchPackets([...flood, packetAt(60_000, { id: "end" })]);
  assert.equal(anomalies.length, 1);
  const [{ kind, subject, values, evidence, offsets }] = anomalies as [typeof anomalies[0] & object];
  assert.deepEqual([kind, subject], ["syn-flood", { dimension: "destination", name: "10.1.0.1:80" }]);
  assert.deepEqual([values["failed"], values["completed"], offsets.count], [
    FLOOD_FAILED_MIN,
    0,
    FLOOD_FAILED_MIN,
  ]);
  assert.match(
    evidence,
    /^60 handshakes with 10\.1\.0\.1 port 80 were begun and not completed within 5\.9 s, 0 were/,
  );
});

Deno.test("a busy service of which a few handshakes fail is not flooded", () => {
  const busy = attempts(
    2_000,
    (n) => ({ client: `198.51.${n >> 7}.${n & 127}`, steps: n % 10 === 0 ? 2 : 3 }),
    {
      everyMs: 50,
    },
  );
  assert.deepEqual(kindsOf(busy), []);
});

Deno.test("a new source is reported where it matters, with what is newest about it", () => {
  const talker = (parts: Partial<Packet>, { perMinute = 20, from = 50 } = {}) =>
    Array.from(
      { length: 10 * perMinute },
      (_, n) =>
        packetAt(from * MINUTE_MS + Math.floor(n * MINUTE_MS / perMinute), {
          id: `t${n}`,
          length: 60,
          ...parts,
        }),
    );
  const told = (packets: readonly Packet[]) =>
    watchPackets([...steady([0, 70]), ...packets]).anomalies.map(({ kind, subject }) =>
      `${kind} ${subject.name}`
    );
  assert.deepEqual(told(talker({ src: "203.0.113.5", country: "NZ" })), ["new-country 203.0.113.5"]);
  assert.deepEqual(told(talker({ src: "203.0.113.5", country: "DE" })), ["new-prefix 203.0.113.5"]);
  assert.deepEqual(
    told(talker({ src: "203.0.113.5" })),
    ["new-prefix 203.0.113.5"],
    "no country is no new one",
  );
  assert.deepEqual(told(talker({ src: "10.0.1.77", country: "DE" })), ["new-source 10.0.1.77"]);
  assert.deepEqual(told(talker({ src: "10.0.1.77" }, { perMinute: 5 })), [], "one that sends little");
  assert.deepEqual(
    told(talker({ src: "10.0.1.77" }, { from: 10 })),
    [],
    "one that was there before it was learned",
  );
});

Deno.test("a known source whose share jumps is reported, with its usual share", () => {
  const more = Array.from(
    { length: 10 * 40 },
    (_, n) => packetAt(200 * MINUTE_MS + n * 1_500, { id: `m${n}`, length: 60, src: "10.0.1.1" }),
  );
  const { anomalies } = watchPackets([...steady([0, 220]), ...more]);
  const [jump, ...others] = anomalies.filter(({ subject }) => subject.dimension === "source");
  assert.deepEqual([jump!.kind, jump!.subject.name, others], ["source-share", "10.0.1.1", []]);
  assert.ok(jump!.values["share"]! > 0.3 && jump!.values["usual"]! < 0.1);
  assert.match(jump!.evidence, /^10\.0\.1\.1 \(DE\), known, sends 4\d\.\d % of the link's packets/);
});

Deno.test("prefixOf() gives the /24 or the /48", () => {
  const prefixes = ["192.0.2.77", "2001:db8:1:2::9", "2001:db8::1", "::1", "1::", "aa:bb:cc:dd:ee:ff", "host"]
    .map(prefixOf);
  assert.deepEqual(prefixes, [
    "192.0.2.0/24",
    "2001:db8:1::/48",
    "2001:db8:0::/48",
    "0:0:0::/48",
    "1:0:0::/48",
    "aa:bb:cc:dd:ee:ff",
    "host",
  ]);
});

Deno.test("LeastRecent forgets what was not used for longest, and counts it", () => {
  const memory = new LeastRecent<number>(2);
  assert.equal(memory.keep("a", 1), undefined);
  memory.keep("b", 2);
  assert.equal(memory.use("a"), 1);
  assert.equal(memory.keep("c", 3), 2);
  assert.deepEqual([[...memory.entries()], memory.forgotten, memory.oldest()], [[["a", 1], ["c", 3]], 1, 1]);
  const restored = new LeastRecent<number>(2, { entries: memory.entries(), forgotten: memory.forgotten });
  restored.keep("d", 4);
  assert.deepEqual([...restored.entries()], [["c", 3], ["d", 4]]);
  restored.drop("c");
  assert.deepEqual([restored.peek("c"), restored.dropOldest(), restored.dropOldest(), restored.size], [
    undefined,
    4,
    undefined,
    0,
  ]);
});
