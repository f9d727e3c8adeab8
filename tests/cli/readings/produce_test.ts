/** `produce`: what it refuses, through the real program; what it sends and when, on a client of the test's own. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Outbox } from "../../../src/kafka/outbox.ts";
import { sendReadings, type StreamSettings } from "../../../src/cli/readings/send_readings.ts";
import { openSensors } from "../../../src/datasets/mod.ts";
import type { OutgoingRecord, Producer } from "../../../src/kafka/port.ts";
import { readingSchema } from "../../../src/records/readings/schema.ts";
import { failureOf, interrupt, runStreamflow, startStreamflow, untilSaid } from "../../support/run.ts";

/** A port where nothing listens. */
const NOBODY = ["--bootstrap-server", "127.0.0.1:1"];

class InstantProducer implements Producer {
  readonly sends: (readonly OutgoingRecord[])[] = [];
  send(_topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    this.sends.push(records);
    return Promise.resolve();
  }
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

async function send(
  settings: Partial<StreamSettings>,
  { signal = new AbortController().signal, ...clock }: { signal?: AbortSignal; nowMs?: () => number } = {},
) {
  const producer = new InstantProducer();
  const outbox = new Outbox(producer, "t");
  await sendReadings(openSensors(), {
    settings: { rate: 0, speed: undefined, limit: undefined, loop: false, ...settings },
    outbox,
    signal,
    ...clock,
  });
  await outbox.drain();
  return { records: producer.sends.flat(), sends: producer.sends, delivery: outbox.delivery };
}

Deno.test("produce sends every reading of the set once, keyed by its source", async () => {
  const { records, delivery } = await send({});
  assert.deepEqual(delivery, { sent: 18_914, acknowledged: 18_914, failed: 0 });
  const readings = records.map(({ value }) => JSON.parse(new TextDecoder().decode(value!)));
  assert.equal(new Set(readings.map(({ id }) => id)).size, 18_914);
  assert.ok(readings.every((reading, i) => reading.source === records[i]!.key));
  assert.ok(readingSchema.strict().safeParse(readings[0]).success);
});

Deno.test("produce --limit stops exactly there, also while looping", async () => {
  assert.equal((await send({ limit: 1234 })).records.length, 1234);
  assert.equal((await send({ limit: 20_000, loop: true })).records.length, 20_000);
});

Deno.test("produce at a low rate sends each reading when it is due, not in clumps", async () => {
  // On a clock that runs a little faster than one reading in 2 ms, so that every reading but the first is waited for.
  let now = 0;
  const { sends } = await send({ rate: 500, limit: 25 }, { nowMs: () => now += 1.9 });
  assert.deepEqual(sends.map((records) => records.length), Array.from({ length: 25 }, () => 1));
});

Deno.test("produce stops where the signal says", async () => {
  const controller = new AbortController();
  const sending = send({ rate: 100 }, controller);
  setTimeout(() => controller.abort(), 50);
  const { delivery } = await sending;
  assert.ok(delivery.acknowledged < 100 && delivery.sent === delivery.acknowledged);
});

const MISTAKES: [name: string, csv: string | null, args: string[], error: RegExp, code: number][] = [
  ["a missing CSV file", null, [], /cannot read plant\.csv: no such file/, 1],
  ["an empty CSV file", "", [], /plant\.csv is empty/, 1],
  ["a CSV file with a header only", "time,x\n", [], /no rows below it/, 1],
  ["a CSV file without the named column", "time,x\n1,2\n", ["--features", "y"], /has no column 'y'/, 1],
  ["--key without a CSV file", null, ["--dataset", "sensors", "--key", "a"], /contradict|there is none/, 2],
  ["--rate beside --speed", "t,x\n1,2\n", ["--rate", "1", "--speed", "2"], /contradict each other/, 2],
  [
    "a data set that is not there",
    null,
    ["--dataset", "sensor"],
    /--dataset must be one of meters, sensors/,
    2,
  ],
  ["nsl-kdd without a file", null, ["--dataset", "nsl-kdd"], /nsl-kdd is not shipped/, 2],
  [
    "a file of nsl-kdd that is not there",
    null,
    ["--dataset", "nsl-kdd", "--file", "f.txt"],
    /f\.txt: no such/,
    1,
  ],
  [
    "a file that is none of nsl-kdd",
    "a,b\n1,2\n",
    ["--dataset", "nsl-kdd", "--file", "plant.csv"],
    /plant\.csv, line 1: 2 fields/,
    1,
  ],
  ["--file without nsl-kdd", null, ["--dataset", "sensors", "--file", "f.txt"], /the data set is sensors/, 2],
  ["--file beside --csv", "t,x\n1,2\n", ["--file", "f.txt"], /--csv and --file contradict each other/, 2],
  ["--unknown-label without nsl-kdd", "t,x\n1,2\n", ["--unknown-label", "skip"], /about the attacks of/, 2],
  [
    "an address without a port",
    null,
    ["--bootstrap-server", "localhost"],
    /--bootstrap-server must be host:port/,
    2,
  ],
  [
    "half a login",
    "t,x\n1,2\n",
    ["--sasl-mechanism", "PLAIN", "--sasl-username", "u"],
    /needs the password/,
    2,
  ],
  ["a user without a mechanism", "t,x\n1,2\n", ["--sasl-username", "u"], /not how to authenticate/, 2],
  ["a certificate without its key", "t,x\n1,2\n", ["--tls-cert-file", "c.pem"], /needs its private key/, 2],
  [
    "an authority that is not there",
    "t,x\n1,2\n",
    ["--tls-ca-file", "ca.pem"],
    /cannot read the .* ca\.pem/,
    1,
  ],
  ["no broker at the address", "t,x\n1,2\n", [], /cannot reach Kafka at 127\.0\.0\.1:1/, 1],
];

for (const [name, csv, args, error, code] of MISTAKES) {
  Deno.test(`produce refuses ${name} in one line`, async () => {
    const cwd = await Deno.makeTempDir({ prefix: "streamflow-produce-" });
    try {
      if (csv !== null) await Deno.writeTextFile(join(cwd, "plant.csv"), csv);
      const file = args.includes("--dataset") ? [] : ["--csv", "plant.csv"];
      const where = args.includes("--bootstrap-server") ? [] : NOBODY;
      const result = await runStreamflow(["produce", ...file, ...where, ...args], { cwd });
      assert.equal(result.code, code, result.stderr);
      assert.equal(result.stdout, "");
      const lines = failureOf(result);
      assert.match(lines[0]!, /^error: /);
      assert.match(lines[0]!, error);
      assert.ok(
        lines.length === 1 || (lines.length === 2 && lines[1]!.startsWith("  hint: ")),
        result.stderr,
      );
    } finally {
      await Deno.remove(cwd, { recursive: true });
    }
  });
}

Deno.test({
  name: "produce ends with 130 when it is interrupted while standard input is silent",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using running = await startStreamflow(["produce", "--csv", "-", "--verbose"], {
      stdin: null,
      watchOutput: true,
    });
    await untilSaid(running, "produce begins"); // it listens for signals
    assert.equal((await interrupt(running)).code, 130);
  },
});

Deno.test("doctor names what failed with a hint each, and exits with 1", async () => {
  const { code, stdout } = await runStreamflow(["doctor", "--json", ...NOBODY]);
  assert.equal(code, 1);
  const { ok, checks } = JSON.parse(stdout);
  assert.equal(ok, false);
  const failed = checks.filter((check: { state: string }) => check.state === "failed");
  assert.deepEqual(failed.map((check: { check: string }) => check.check), ["broker 127.0.0.1:1", "model"]);
  assert.ok(failed.every((check: { hint?: string }) => (check.hint ?? "").length > 0));
});
