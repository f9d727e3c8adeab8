/** The traffic model: reproducible, self-similar, with a rhythm, conversations that are whole, and labelled events. */
import assert from "node:assert/strict";
import {
  createTrafficModel,
  EVENT_KINDS,
  EVENTS_OF_DAY,
  expectedRateAt,
  type LabelledEvent,
  type TrafficModelOptions,
} from "../../src/datasets/traffic_model/mod.ts";
import { type Packet, packetSchema, TCP_FLAGS } from "../../src/records/packets/schema.ts";

const MONDAY_US = Date.UTC(2026, 0, 5) * 1_000;
const HOUR_US = 3_600_000_000;
const DAY_US = 24 * HOUR_US;

type Asked = Partial<Omit<TrafficModelOptions, "endUs">> & { readonly forUs: number };

function* simulate({ forUs, ...options }: Asked) {
  const startUs = options.startUs ?? MONDAY_US;
  yield* createTrafficModel({
    seed: 7,
    ratePerSecond: 1_000,
    startUs,
    endUs: startUs + forUs,
    events: [],
    ...options,
  });
}

function gather(asked: Asked): { packets: Packet[]; events: LabelledEvent[] } {
  const packets: Packet[] = [];
  const events: LabelledEvent[] = [];
  for (const batch of simulate(asked)) {
    packets.push(...batch.packets);
    events.push(...batch.events);
  }
  return { packets, events };
}

/** Packets per window. */
function countsOf(asked: Asked, windowUs: number): number[] {
  const counts = Array<number>(Math.ceil(asked.forUs / windowUs)).fill(0);
  for (const { packets } of simulate(asked)) {
    for (const { timestamp } of packets) {
      counts[Math.floor((timestamp - (asked.startUs ?? MONDAY_US)) / windowUs)]!++;
    }
  }
  return counts;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return meanOf(values.map((value) => (value - mean) ** 2));
}

Deno.test("createTrafficModel() gives the same packets for the same seed, and others for another", () => {
  const asked = { forUs: 3_000_000, links: 3 };
  const { packets } = gather(asked);
  assert.ok(packets.length > 500);
  assert.deepEqual(gather(asked).packets, packets);
  assert.notDeepEqual(gather({ ...asked, seed: 8 }).packets.slice(0, 10), packets.slice(0, 10));
});

Deno.test("createTrafficModel() gives packets of one seed and other options other ids", () => {
  const asked = { forUs: 1_000_000, links: 2 };
  const ids = (change: Partial<Asked>) => gather({ ...asked, ...change }).packets.map(({ id }) => id);
  const first = new Set(ids({}));
  for (
    const change of [{ startUs: MONDAY_US + HOUR_US }, { ratePerSecond: 199 }, { links: 3 }, { seed: 8 }]
  ) {
    assert.deepEqual(ids(change).filter((id) => first.has(id)), [], JSON.stringify(change));
  }
  // Where it ends is no other stream.
  assert.ok(ids({ forUs: 500_000 }).every((id) => first.has(id)));
});

Deno.test("createTrafficModel() gives packets that the schema takes, in the order of their time, numbered", () => {
  const { packets } = gather({ forUs: 10_000_000, links: 3 });
  let lastUs = MONDAY_US;
  for (const [i, packet] of packets.entries()) {
    assert.match(packet.id, new RegExp(`^sim-7-[0-9a-z]{8}-${i + 1}$`));
    assert.ok(packet.timestamp >= lastUs && packet.timestamp < MONDAY_US + 10_000_000);
    lastUs = packet.timestamp;
    if (i % 10 === 0) assert.ok(packetSchema.strict().safeParse(packet).success, JSON.stringify(packet));
  }
  assert.deepEqual([...new Set(packets.map(({ link }) => link))].sort(), ["link-1", "link-2", "link-3"]);
});

Deno.test("createTrafficModel() keeps the mean rate over a week, and the expected rate by the hour", () => {
  const asked = { forUs: 7 * DAY_US, ratePerSecond: 2 };
  const hours = countsOf(asked, HOUR_US);
  const perSecond = meanOf(hours) / 3_600;
  assert.ok(Math.abs(perSecond / 2 - 1) < 0.03, `${perSecond}`);
  const expected = hours.map((_, hour) =>
    3_600 *
    expectedRateAt({ seed: 7, startUs: MONDAY_US, ratePerSecond: 2 }, MONDAY_US + (hour + 0.5) * HOUR_US)
  );
  const left = varianceOf(hours.map((count, hour) => count - expected[hour]!));
  assert.ok(left < 0.1 * varianceOf(hours), `${left} of ${varianceOf(hours)}`);
  // Wednesday afternoon, Wednesday night, Sunday afternoon.
  const [day, night, weekend] = [2 * 24 + 15, 2 * 24 + 3, 6 * 24 + 15].map((hour) => hours[hour]!);
  assert.ok(day! > 2 * night!, `${day} and ${night}`);
  assert.ok(day! > 1.3 * weekend!, `${day} and ${weekend}`);
});

Deno.test("createTrafficModel() is self-similar: the Hurst parameter by aggregated variance is above 0.7", () => {
  const spanUs = 2 * HOUR_US;
  const startUs = MONDAY_US + 14 * HOUR_US;
  const estimates = [1, 2, 3].map((seed) => {
    const asked = { seed, startUs, ratePerSecond: 200, forUs: spanUs };
    const counts = countsOf(asked, 1_000_000).map((count, i) =>
      count / expectedRateAt(asked, startUs + (i + 0.5) * 1_000_000)
    );
    // Variance of means over m windows ~ m^(2H − 2): a line through its logarithms.
    const points = [1, 2, 4, 8, 16, 32, 64].map((m) => {
      const means = Array.from(
        { length: Math.floor(counts.length / m) },
        (_, i) => meanOf(counts.slice(i * m, (i + 1) * m)),
      );
      return [Math.log(m), Math.log(varianceOf(means))] as const;
    });
    const x = meanOf(points.map(([at]) => at));
    const y = meanOf(points.map(([, at]) => at));
    const slope = points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0) /
      points.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
    return 1 + slope / 2;
  });
  assert.ok(meanOf(estimates) > 0.7 && meanOf(estimates) < 1, `${estimates}`);
});

Deno.test("createTrafficModel() mixes protocols, and sizes with two humps", () => {
  const { packets } = gather({ forUs: 60_000_000 });
  const share = (test: (packet: Packet) => boolean) => packets.filter(test).length / packets.length;
  const shares = {
    tcp: share(({ protocol }) => protocol === "TCP"),
    udp: share(({ protocol }) => protocol === "UDP"),
    icmp: share(({ protocol }) => protocol === "ICMP"),
    dns: share(({ srcPort, dstPort }) => srcPort === 53 || dstPort === 53),
    small: share(({ length }) => length <= 100),
    large: share(({ length }) => length >= 1_290),
  };
  assert.ok(
    shares.tcp > 0.7 && shares.udp > 0.08 && shares.icmp > 0.003 && shares.dns > 0.01,
    JSON.stringify(shares),
  );
  assert.ok(
    shares.small > 0.3 && shares.large > 0.25 && shares.small + shares.large > 0.7,
    JSON.stringify(shares),
  );
  assert.ok(packets.every(({ length }) => length >= 40 && length <= 1_514));
});

Deno.test("createTrafficModel() has servers that are popular by Zipf's law, and the same hosts inside all the time", () => {
  const { packets } = gather({ forUs: 240_000_000 });
  const calls = new Map<string, number>();
  for (const { dst, dstPort, tcpFlags } of packets) {
    if (tcpFlags === TCP_FLAGS.SYN || dstPort === 53) calls.set(dst, (calls.get(dst) ?? 0) + 1);
  }
  const ranked = [...calls.values()].sort((a, b) => b - a);
  const share = (from: number, to: number) =>
    ranked.slice(from, to).reduce((sum, n) => sum + n, 0) / ranked.reduce((sum, n) => sum + n, 0);
  assert.ok(ranked.length > 300, `${ranked.length}`);
  assert.ok(share(0, 1) > 0.08 && share(0, 1) < 0.2, `${share(0, 1)}`);
  // 1/1 + … + 1/10 beside 1/11 + … + 1/100: about as many calls.
  assert.ok(Math.abs(share(0, 10) / share(10, 100) - 1.2) < 0.6, `${share(0, 10)} and ${share(10, 100)}`);
  const inside = (some: readonly Packet[]) =>
    new Set(some.flatMap(({ src, dst }) => [src, dst]).filter((address) => address.startsWith("10.")));
  const early = inside(packets.slice(0, packets.length / 2));
  assert.equal(early.size, 200);
  assert.deepEqual(inside(packets), early);
});

Deno.test("createTrafficModel() shakes hands: SYN, SYN+ACK, ACK, what is said, FIN, FIN, ACK", () => {
  const { packets } = gather({ forUs: 120_000_000, ratePerSecond: 200 });
  const flows = new Map<string, Packet[]>();
  for (const packet of packets) {
    if (packet.protocol !== "TCP") continue;
    const ends = [`${packet.src}:${packet.srcPort}`, `${packet.dst}:${packet.dstPort}`].sort().join(" ");
    flows.set(ends, [...flows.get(ends) ?? [], packet]);
  }
  const { SYN, ACK, FIN } = TCP_FLAGS;
  let whole = 0;
  for (const flow of flows.values()) {
    const flags = flow.map(({ tcpFlags }) => tcpFlags!);
    if (flow.length >= 3) {
      assert.deepEqual(flags.slice(0, 3), [SYN, SYN | ACK, ACK]);
      assert.ok(flags.slice(3).every((flag) => (flag & SYN) === 0 && (flag & ACK) !== 0));
      assert.equal(flow[0]!.src, flow[1]!.dst);
    }
    if (flags.slice(3).some((flag) => (flag & FIN) !== 0)) {
      if (flags.filter((flag) => (flag & FIN) !== 0).length === 2) whole++;
    }
  }
  assert.ok(whole > 100, `${whole} of ${flows.size} are whole`);
});

Deno.test("createTrafficModel() injects every kind on every simulated day, never two at a time", () => {
  const asked = { forUs: 3 * DAY_US, ratePerSecond: 0.1, links: 2, events: EVENT_KINDS };
  const { events } = gather(asked);
  for (let day = 0; day < 3; day++) {
    for (const kind of EVENT_KINDS) {
      const startsUs = events.filter((event) => event.kind === kind).map((event) =>
        event.startUs - MONDAY_US
      );
      const ofDay = startsUs.filter((atUs) => Math.floor(atUs / DAY_US) === day);
      assert.equal(ofDay.length, EVENTS_OF_DAY[kind], `${kind} on day ${day}`);
    }
  }
  const directions = events.filter(({ kind }) => kind === "port-scan").map(({ attributes }) =>
    attributes["direction"]
  );
  assert.deepEqual(directions.slice(0, 2), ["vertical", "horizontal"]);
  for (const [i, event] of events.slice(1).entries()) assert.ok(event.startUs > events[i]!.endUs);
  assert.ok(events[0]!.startUs >= MONDAY_US + HOUR_US);
  assert.equal(new Set(events.map(({ id }) => id)).size, events.length);
});

Deno.test("createTrafficModel() does what the labels say, on their link and in their time alone", () => {
  const { packets, events } = gather({ forUs: DAY_US, ratePerSecond: 6, links: 2, events: EVENT_KINDS });
  const of = ({ link, startUs, endUs }: LabelledEvent, shiftUs = 0) =>
    packets.filter((packet) =>
      packet.link === link && packet.timestamp >= startUs + shiftUs && packet.timestamp < endUs + shiftUs
    );
  for (const event of events) {
    const { kind, startUs, endUs, attributes } = event;
    const within = of(event);
    const before = of(event, startUs - endUs).length;
    const from = packets.filter(({ src }) => src === attributes["source"]);
    if (kind === "surge") assert.ok(within.length > 2 * before, `${within.length} after ${before}`);
    else if (kind === "outage") assert.ok(within.length < 0.2 * before, `${within.length} after ${before}`);
    else if (kind === "syn-flood") {
      const { target, port } = attributes;
      const requests = within.filter((p) =>
        p.dst === target && p.dstPort === port && p.tcpFlags === TCP_FLAGS.SYN
      );
      assert.ok(requests.length > 40 * (endUs - startUs) / 1e6, `${requests.length}`);
      assert.ok(new Set(requests.map(({ src }) => src)).size > 0.9 * requests.length);
    } else {
      assert.ok(from.every(({ timestamp }) => timestamp >= startUs && timestamp < endUs + 1_000_000));
      assert.ok(from.every(({ country }) => country === attributes["country"]));
      if (kind === "new-talker") {
        assert.ok(from.length > 0.1 * within.length, `${from.length} of ${within.length}`);
      } else {
        const of = attributes["direction"] === "vertical" ? "dstPort" : "dst";
        const different = new Set(from.map((packet) => packet[of])).size;
        assert.ok(different > 250, `${attributes["direction"]}: ${different}`);
      }
    }
  }
});

Deno.test("createTrafficModel() refuses options that are out of range", () => {
  const wrong: Partial<TrafficModelOptions>[] = [
    { seed: -1 },
    { ratePerSecond: 0 },
    { ratePerSecond: NaN },
    { ratePerSecond: 2e6 },
    { startUs: 0.5 },
    { links: 0 },
    { links: 1_001 },
  ];
  for (const options of wrong) {
    const model = createTrafficModel({ seed: 1, ratePerSecond: 1, startUs: 0, ...options });
    assert.throws(() => model.next(), /Cannot simulate traffic with/, JSON.stringify(options));
  }
});
