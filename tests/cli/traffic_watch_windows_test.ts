/** `traffic watch --windows` with the real program: the windows of hand-made packets, counted by hand. */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import type { Processed } from "../../src/records/processed_data.ts";
import { readRecords } from "../support/topics.ts";
import { testClusters, uniqueName } from "../support/cluster.ts";
import { runStreamflow } from "../support/run.ts";

const START_MS = Date.UTC(2026, 0, 5);
/** Seconds after the start, and lengths: two sessions of 30 s, the first from two pieces that a late packet joins. */
const PACKETS = [[0, 100], [20, 300], [62, 60], [41, 500], [200, 80]] as const;

const cases = [
  {
    windows: ["--windows", "session:30s"],
    // [0, 92) by joining, and the last one.
    expected: [[0, 92_000, 4, 240, 60, 500], [200_000, 230_000, 1, 80, 80, 80]],
  },
  {
    windows: ["--windows", "sliding:25s"],
    // What Kafka's sliding windows are: those that end with a record, and those that begin just after one.
    expected: [
      ...[[-25_000, 0, 1, 100, 100, 100], [-5_000, 20_000, 2, 200, 100, 300], [0, 25_000, 1, 300, 300, 300]],
      ...[[16_000, 41_000, 2, 400, 300, 500], [20_000, 45_000, 1, 500, 500, 500]],
      ...[[37_000, 62_000, 2, 280, 60, 500], [41_000, 66_000, 1, 60, 60, 60]],
      [175_000, 200_000, 1, 80, 80, 80],
    ],
  },
  {
    windows: ["--windows", "hopping:1m/30s"],
    expected: [
      ...[[-30_000, 30_000, 2, 200, 100, 300], [0, 60_000, 3, 300, 100, 500], [
        30_000,
        90_000,
        2,
        280,
        60,
        500,
      ]],
      ...[[60_000, 120_000, 1, 60, 60, 60], [150_000, 210_000, 1, 80, 80, 80]],
      [180_000, 240_000, 1, 80, 80, 80],
    ],
  },
];

for (const kind of testClusters()) {
  for (const { windows, expected } of cases) {
    Deno.test({
      name: `traffic watch ${windows.join(" ")} emits those windows, on the ${kind.name} cluster`,
      ignore: kind.missing !== null,
      fn: async () => {
        await using cluster = await kind.open();
        await using client = await connect({ ...cluster, clientId: "watch" }, "platformatic");
        const [input, output, anomalies, dead, group] = ["traffic", "processed", "anomalies", "dead", "group"]
          .map(uniqueName) as [string, string, string, string, string];
        await client.admin.createTopic({ name: input, partitions: 1, replicationFactor: 1 });
        {
          await using producer = await client.producer();
          const packets = PACKETS.map(([second, length], id) => ({
            ...{ id: String(id), timestamp: (START_MS + second * 1_000) * 1_000, length, protocol: "udp" },
            ...{ src: "192.0.2.1", dst: "192.0.2.2", link: "a" },
          }));
          await producer.send(
            input,
            packets.map((packet) => ({ key: "a", value: new TextEncoder().encode(JSON.stringify(packet)) })),
          );
        }
        const { code, stdout, stderr } = await runStreamflow([
          ...[
            "traffic",
            "watch",
            "--json",
            "--until-idle",
            "2s",
            "--close-after",
            "100ms",
            "--lateness",
            "30s",
            ...windows,
          ],
          ...["--aggregates", "mean,min,max", "--future-max", "36500d", "--bootstrap-server"],
          ...[cluster.bootstrapServer, "--input", input, "--output", output, "--anomalies", anomalies],
          ...["--dead-letter", dead, "--group", group],
        ]);
        assert.equal(code, 0, stderr);
        assert.equal(JSON.parse(stdout).packets, PACKETS.length, stdout);
        const found = (await readRecords(client, output))
          .map(({ value }): Processed => JSON.parse(new TextDecoder().decode(value!)))
          .filter(({ dimension }) => dimension === "link");
        assert.equal(new Set(found.map(({ id }) => id)).size, found.length);
        assert.deepEqual(
          found.map(({ start, end, packets, lengths }) => [
            ...[Date.parse(start) - START_MS, Date.parse(end) - START_MS, packets],
            ...[lengths!["mean"], lengths!["min"], lengths!["max"]],
          ]).sort(([a], [b]) => a! - b!),
          expected,
        );
      },
    });
  }
}

for (
  const [args, error] of [
    [["--windows", "session"], /--windows must be tumbling:LENGTH.*found 'session'/],
    [["--windows", "hopping:10s/1m"], /--windows must be .* advance no longer than the length/],
    [["--windows", "session:30s", "--window", "1m"], /--windows and --window contradict each other/],
    [["--aggregates", "median"], /there is no aggregate 'median'/],
  ] as const
) {
  Deno.test(`traffic watch ${args.join(" ")} is a usage error`, async () => {
    const { code, stderr } = await runStreamflow(["traffic", "watch", ...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, error);
  });
}
