/** Packets → windows and anomalies, without a cluster. */
import assert from "node:assert/strict";
import { processedSchema } from "../../src/records/processed_data.ts";
import { anomalySchema } from "../../src/records/anomalies.ts";
import { OPEN_SOURCES_MAX } from "../../src/traffic/watch/limits.ts";
import type { WatchOptions } from "../../src/traffic/watch/watch_job.ts";
import { packetAt, packetRecord, randomLog, START_US } from "./forecast_run.ts";
import {
  eventfulLog,
  handshake,
  MINUTE_MS,
  recordsOf,
  steady,
  watchJob,
  watchJobs,
  WatchOutcome,
  watchPackets,
} from "./watch_log.ts";

const SETTINGS: Readonly<Record<string, Partial<WatchOptions>>> = {
  "tumbling": {},
  "hopping, early, with grace": {
    advanceUs: 15_000_000,
    graceUs: 120_000_000,
    latenessUs: 2_000_000,
    emission: { kind: "early", every: 30_000_000 },
  },
  "sessions, with aggregates and grace": {
    emitted: { kind: "session", gap: 20_000_000 },
    aggregates: ["mean", "variance", "max"],
    graceUs: 120_000_000,
  },
};

for (const [name, options] of Object.entries(SETTINGS)) {
  Deno.test(`cut anywhere and gone on with from JSON, the outputs are the same: ${name}`, () => {
    const log = eventfulLog();
    const whole = new WatchOutcome();
    const one = watchJob(watchJobs(options).jobs);
    one.take(log, whole.emit);
    one.advance(one.openUntil, whole.emit);
    for (const kind of ["spike", "outage", "port-scan", "syn-flood", "new-country"]) {
      assert.ok(whole.anomalies.some((anomaly) => anomaly.kind === kind), `${kind} is among them`);
    }
    for (const length of [1, 197, 1_013]) {
      const { jobs } = watchJobs(options);
      const cut = new WatchOutcome();
      let job = watchJob(jobs);
      // Every single record only around the events: a snapshot a record takes its time.
      const from = length === 1 ? log.length - 60 : 0;
      job.take(log.slice(0, from), cut.emit);
      for (let at = from; at < log.length; at += length) {
        job = watchJob(jobs, JSON.parse(JSON.stringify(job.snapshot())));
        job.take(log.slice(at, at + length), cut.emit);
      }
      job.advance(job.openUntil, cut.emit);
      assert.deepEqual(cut.told, whole.told);
      assert.deepEqual(job.snapshot(), one.snapshot());
    }
  });
}

Deno.test("each event is reported once, with its records; and nothing else is", () => {
  const outcome = new WatchOutcome();
  const log = eventfulLog();
  const { jobs, tally } = watchJobs();
  const job = watchJob(jobs);
  job.take(log, outcome.emit);
  const { anomalies } = outcome;
  for (const anomaly of anomalies) assert.deepEqual(anomalySchema.parse(anomaly), anomaly);
  assert.deepEqual(
    anomalies.map(({ kind, subject: { dimension, name } }) => `${kind} ${dimension} ${name}`),
    [
      "spike link a",
      "outage link a",
      "port-scan source 203.0.113.9",
      "syn-flood destination 10.1.0.1:80",
      "new-country source 2001:db8::7",
    ],
  );
  assert.equal(new Set(anomalies.map(({ id }) => id)).size, anomalies.length);
  for (const { offsets, score } of anomalies) {
    assert.deepEqual([offsets.topic, offsets.partition], ["network-traffic", 3]);
    assert.ok(offsets.first <= offsets.last && offsets.last < log.length && score > 0.5);
  }
  assert.equal(tally.packets + tally.duplicates + outcome.letters.length, log.length);
});

Deno.test("windows of links, regions and sources have their figures", () => {
  const packets = [0, 10, 20, 30].map((second) =>
    packetAt(second * 1_000, {
      length: 100 + second,
      region: "north",
      dstPort: second,
      src: `10.0.0.${second % 20}`,
    })
  );
  const many = Array.from(
    { length: 12 },
    (_, n) =>
      packetAt(31_000 + n, { id: `m${n}`, length: 50, protocol: "UDP", src: "2001:db8::1", dstPort: 53 }),
  );
  const { windows } = watchPackets([...packets, ...many, packetAt(60_000)]);
  for (const window of windows) assert.deepEqual(processedSchema.parse(window), window);
  assert.deepEqual(windows.map(({ id }) => id), [
    `a/link/a/${START_US / 1_000}`,
    `a/region/north/${START_US / 1_000}`,
    `a/source/2001:db8::1/${START_US / 1_000}`,
  ]);
  const [link, region, source] = windows;
  assert.deepEqual([link!.packets, link!.bytes, link!.sources, link!.destinationPorts], [16, 1_060, 3, 5]);
  assert.deepEqual([link!.tcp, link!.udp, link!.final, link!.correction], [0.25, 0.75, true, false]);
  assert.deepEqual(link!.topSources[0], { source: "2001:db8::1", bytes: 600 });
  assert.deepEqual([region!.packets, region!.destinations, region!.interarrival], [4, 1, 10_000_000]);
  assert.deepEqual([source!.packets, source!.topSources.length], [12, 1]);
  assert.ok(Math.abs(link!.sizeP50 - 50) <= 0.5 && Math.abs(link!.sizeP99 - 120) <= 1.2);
});

Deno.test("a late packet corrects its window within the grace; after that it is a dead letter, and so is the rest", () => {
  const { jobs, tally } = watchJobs({ graceUs: 30_000_000 });
  const outcome = new WatchOutcome();
  const job = watchJob(jobs);
  const records = [
    packetAt(0),
    packetAt(61_000),
    packetAt(59_000),
    packetAt(91_000),
    packetAt(58_000),
    packetAt(91_000),
  ].map((packet, offset) => packetRecord(offset, packet));
  const early = { ...packetRecord(6, packetAt(99_000)), timestampMs: START_US / 1_000 - 3_600_000 };
  job.take([...records, early, packetRecord(7, "[]"), packetRecord(8, null)], outcome.emit);
  assert.deepEqual(outcome.windows.map(({ id, packets, correction }) => [id, packets, correction]), [
    [`a/link/a/${START_US / 1_000}`, 1, false],
    [`a/link/a/${START_US / 1_000}#2`, 2, true],
  ]);
  assert.deepEqual(outcome.reasons.map(({ reason }) => reason), [
    "late",
    "future",
    "not-a-packet",
    "tombstone",
  ]);
  assert.deepEqual(
    [outcome.reasons[0]!["lateness"], outcome.reasons[0]!["window"], outcome.reasons[0]!["offset"]],
    ["33000000", "2026-01-05T00:00:00.000Z/2026-01-05T00:01:00.000Z", "4"],
  );
  assert.equal(outcome.reasons[1]!["ahead"], String(3_699_000_000));
  assert.deepEqual([tally.packets, tally.duplicates], [4, 1]);
  assert.deepEqual(tally.deadLetters, { "late": 1, "future": 1, "not-a-packet": 1, "tombstone": 1 });
});

Deno.test("any log ends, each record as one thing", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const log = randomLog(seed, 2_000);
    const outcome = new WatchOutcome();
    const { jobs, tally } = watchJobs({ windowUs: 5_000_000, advanceUs: 1_000_000, graceUs: 3_000_000 });
    const job = watchJob(jobs);
    job.take(log, outcome.emit);
    job.advance(Infinity, outcome.emit);
    assert.equal(job.openUntil, -Infinity);
    assert.equal(tally.packets + tally.duplicates + outcome.letters.length, log.length);
    assert.ok(outcome.windows.length > 100);
  }
});

Deno.test("a flood of forged sources is found, and memory is bounded", () => {
  const forged = Array.from(
    { length: OPEN_SOURCES_MAX + 5_000 },
    (_, n) =>
      handshake(40 * MINUTE_MS + 2 * n, {
        client: `198.${18 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`,
        steps: 1,
      }),
  ).flat();
  const log = recordsOf([...steady([0, 50]), ...forged]);
  const { jobs, tally } = watchJobs();
  const outcome = new WatchOutcome();
  const job = watchJob(jobs);
  job.take(log.slice(0, -400), outcome.emit);
  assert.ok(JSON.stringify(job.snapshot()).length < 8_000_000);
  job.take(log.slice(-400), outcome.emit);
  assert.deepEqual(outcome.anomalies.map(({ kind }) => kind), ["syn-flood"]);
  assert.ok(tally.crowded >= 4_900 && tally.crowded <= 5_100);
  assert.equal(tally.packets, log.length);
  // A link's window has them all, whatever a source's has.
  const loud = outcome.windows.filter(({ dimension, packets }) => dimension === "link" && packets > 10_000);
  assert.ok(Math.abs(loud[0]!.sources / OPEN_SOURCES_MAX - 1.25) < 0.1);
  assert.ok(outcome.windows.filter(({ dimension }) => dimension === "source").length < 100);
});
