/** `traffic train`, `traffic evaluate`, `report` and `inspect`: from a topic to a model, its figures and its page. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { decodeSafetensors, encodeSafetensors, Random } from "../../../nn/mod.ts";
import type { CommandContext, ExitCode } from "../../../src/cli/command.ts";
import { consumeCommand } from "../../../src/cli/readings/consume.ts";
import { inspectCommand } from "../../../src/cli/models/inspect.ts";
import { reportCommand } from "../../../src/cli/traffic/report.ts";
import { trafficEvaluateCommand } from "../../../src/cli/traffic/evaluate.ts";
import { trafficTrainCommand } from "../../../src/cli/traffic/train.ts";
import { SETTINGS, type Settings } from "../../../src/config/settings.ts";
import { connect } from "../../../src/kafka/connect.ts";
import { UserError } from "../../../src/runtime/errors.ts";
import { loadModelOf } from "../../../src/models/disk.ts";
import { TRAFFIC_MODELS } from "../../../src/traffic/model/file.ts";
import { testClusters, uniqueName } from "../../support/cluster.ts";
import { packetAt } from "../../traffic/sets.ts";
import { hasTraces, tracePath } from "../../datasets/pcap_traces.ts";
import { withFolder } from "../../support/folder.ts";

const defaults = Object.fromEntries(
  Object.entries(SETTINGS).map(([key, setting]) => [key, "default" in setting ? setting.default : undefined]),
) as unknown as Settings;

interface AnyCommand {
  readonly defaults?: Partial<Settings>;
  run(settings: Settings, context: CommandContext): Promise<ExitCode>;
}

/** Runs a command in this process, as if the settings were flags. */
async function run(command: AnyCommand, change: Partial<Settings>, args: readonly string[] = []) {
  const [lines, messages]: [string[], string[]] = [[], []];
  const info = (message: string) => void messages.push(message);
  const code = await command.run({ ...defaults, ...command.defaults, quiet: true, ...change }, {
    signal: new AbortController().signal,
    out: (line) => lines.push(line),
    log: { info, warn: info, debug: () => {} },
    args,
    origin: Object.fromEntries(Object.keys(change).map((key) => [key, `flag --${key}`])),
  });
  assert.equal(code, 0);
  return { lines, text: lines.join("\n"), messages };
}

async function fails(command: AnyCommand, change: Partial<Settings>): Promise<UserError> {
  try {
    await run(command, change);
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error;
  }
  return assert.fail("the command did not fail");
}

/** An hourly series like the ISP's. */
async function writeHours(file: string, hours: number): Promise<void> {
  const random = new Random(1);
  const rows = Array.from({ length: hours }, (_, hour) => {
    const time = new Date(Date.UTC(2005, 5, 7) + hour * 3_600_000).toISOString().slice(0, 19).replace(
      "T",
      " ",
    );
    const bits = 5e10 + 4e10 * Math.sin(2 * Math.PI * hour / 24) + random.uniform(-1e9, 1e9);
    return `"${time}",${Math.round(bits)}`;
  });
  await Deno.writeTextFile(file, `"Time","Bits"\n${rows.join("\n")}\n`);
}

const QUICK = { hidden: [8], epochs: 8, learningRate: 0.01 } satisfies Partial<Settings>;

for (const kind of testClusters()) {
  Deno.test({
    name: `traffic train, evaluate and report work from a topic on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    fn: () =>
      withFolder(async (folder) => {
        await using cluster = await kind.open();
        await using client = await connect({ ...cluster, clientId: "train" }, "platformatic");
        const topic = uniqueName("packets"), encoder = new TextEncoder();
        await client.admin.createTopic({ name: topic, partitions: 2, replicationFactor: 1 });
        const random = new Random(2), startUs = 1_767_571_200_000_000;
        const records = Array.from({ length: 200 }, (_, second) =>
          Array.from({ length: Math.round(10 + 6 * Math.sin(second / 4) + random.uniform()) }, (_, i) => {
            const packet = packetAt(startUs + second * 1_000_000 + i * 20_000, { link: `l${second % 2}` });
            return { key: encoder.encode(packet.link), value: encoder.encode(JSON.stringify(packet)) };
          })).flat();
        {
          await using producer = await client.producer();
          await producer.send(topic, [...records, { key: null, value: encoder.encode("{") }, records[0]!]);
        }
        const at = { bootstrapServer: cluster.bootstrapServer, fromTopic: topic };
        const model = join(folder, "traffic.safetensors"), page = join(folder, "page.html");
        const trained = await run(trafficTrainCommand, {
          ...{ ...at, ...QUICK, model, window: 2, lookback: 4, target: "packets,bytes", json: true },
        });
        assert.deepEqual(trained.messages.slice(0, 2), [
          `${topic}: 1 records that are no packets are left out (not-json: Expected property name or '}' in JSON at ` +
          "position 1 (line 1 column 2))",
          `${topic}: 1 packets that came twice count once`,
        ]);
        const { test, training, convergence } = JSON.parse(trained.lines[0]!);
        assert.deepEqual([training.links, training.windows, convergence], [2, 196, null]);
        assert.deepEqual(
          test.targets.map(({ target }: { target: string }) =>
            target
          ),
          ["packets", "bytes"],
        );

        const evaluated = await run(trafficEvaluateCommand, { ...at, model, split: "test", json: true });
        const { data, ...scores } = JSON.parse(evaluated.lines[0]!);
        assert.equal(data.part, "the test part of each link");
        assert.deepEqual(scores.targets.map(roundScore), test.targets.map(roundScore));
        const unseen = await run(trafficEvaluateCommand, { ...at, model, html: page });
        assert.match(
          unseen.text,
          /forecasts: the windows from 2026-01-05T00:02:48.000Z on, after its training/,
        );
        assert.match(await Deno.readTextFile(page), /^<!doctype html>/);

        const newer = join(folder, "newer.safetensors");
        const warm = await run(trafficTrainCommand, { ...at, epochs: 1, warmStart: model, model: newer });
        const { version, name } = await loadModelOf(TRAFFIC_MODELS, model);
        assert.match(warm.text, new RegExp(`Epochs +1, the best was 1; began from ${name} ${version}`));
        await run(reportCommand, { ...at, model: newer, out: page });
        assert.match(await Deno.readTextFile(page), new RegExp(`Began from</dt><dd>${name} ${version}`));
        const foreign = await fails(consumeCommand as AnyCommand, { ...at, model });
        assert.match(foreign.message, /it forecasts network traffic, which 'streamflow traffic forecast'/);
        const empty = uniqueName("empty");
        await client.admin.createTopic({ name: empty, partitions: 1, replicationFactor: 1 });
        assert.match(
          (await fails(trafficTrainCommand, { ...at, fromTopic: empty, model })).message,
          /none of its 0 records is a packet/,
        );
      }),
  });
}

/** Ridge's weights are kept with nine digits. */
function roundScore(score: unknown): unknown {
  return JSON.parse(
    JSON.stringify(score, (_, value) => typeof value === "number" ? value.toPrecision(6) : value),
  );
}

Deno.test("traffic train on hours: with and without normalisation, as a number, a plot and a page", () =>
  withFolder(async (folder) => {
    const file = join(folder, "hours.csv"),
      model = join(folder, "m.safetensors"),
      out = join(folder, "r.html");
    await writeHours(file, 300);
    const task = { ...QUICK, dataset: "isp", file, model } as const;
    const { text, messages } = await run(trafficTrainCommand, { ...task, compareNormalization: true });
    assert.match(
      text,
      /^TOO LITTLE TO JUDGE BY: \d\d test windows.*\nThe network beats the last value: bytes/,
    );
    assert.match(text, /Task +bytes of the next 1 h from the last 10 windows/);
    assert.match(text, /with standard normalisation, [\d.]+ without normalisation: [\d.]+ times as much/);
    assert.match(text, /━━ standard normalisation {3}── not normalised {3}·· last value\n/);
    assert.ok(messages.some((message) => /^not normalised, epoch 8\/8/.test(message)));
    const { lines: [summary] } = await run(trafficTrainCommand, {
      ...task,
      compareNormalization: true,
      json: true,
    });
    assert.ok(JSON.parse(summary!).convergence.ratio > 10);
    assert.match(JSON.parse(summary!).test.doubts[0], /^TOO LITTLE TO JUDGE BY/);

    assert.match((await run(reportCommand, { model, out })).text, /r\.html, [\d,]+ bytes$/);
    const page = await Deno.readTextFile(out);
    assert.match(page, /<p class="verdict">TOO LITTLE TO JUDGE BY: .*<\/p>\n<p>The network beats/);
    for (const heading of ["Forecasts against what came", "Errors", "Residuals", "Training", "Latency"]) {
      assert.ok(page.includes(`<h2>${heading}</h2>`), heading);
    }
    assert.match(page, /times as much/);
    assert.doesNotMatch(page, /<script|https?:|url\(|NaN|undefined|Infinity/);
    assert.equal(page.match(/<svg/g)!.length, 6);

    const inspected = (await run(inspectCommand as AnyCommand, {}, [model])).text;
    assert.match(inspected, /Task +bytes of the next 1 h/);
    const { kind, parameters } = JSON.parse(
      (await run(inspectCommand as AnyCommand, { json: true }, [model])).text,
    );
    assert.deepEqual([kind, parameters], [
      "traffic",
      (await loadModelOf(TRAFFIC_MODELS, model)).network.parameters.length,
    ]);
  }));

Deno.test("traffic train, evaluate and report say what is wrong, and what to do", () =>
  withFolder(async (folder) => {
    const file = join(folder, "hours.csv"), model = join(folder, "m.safetensors");
    await writeHours(file, 120);
    const task = { ...QUICK, epochs: 1, dataset: "isp", file, model } as const;
    const wrong = async (
      change: Partial<Settings>,
      message: RegExp,
      command: AnyCommand = trafficTrainCommand,
    ) => {
      const error = await fails(command, change);
      assert.match(error.message, message);
      assert.notEqual(error.hint, undefined, error.message);
    };
    await wrong({ model }, /No traffic is named/);
    await wrong({ model, fromTopic: "a", pcap: "b" }, /--from-topic and --pcap contradict each other/);
    await wrong({ ...task, dataset: "sensors" }, /sensors holds no traffic/);
    await wrong({ dataset: "isp", model }, /isp is not shipped: its file is missing/);
    await wrong({ ...task, window: 5 }, /has a row every 1 h, and windows of 5 s are asked for/);
    await wrong({ ...task, target: "bytes,speed" }, /Cannot forecast "speed"/);
    await wrong({ ...task, target: "packets" }, /of .* only bytes is known/);
    await wrong({ ...task, seasonal: [5_400] }, /--seasonal is 5400 s, 1.5 windows/);
    await wrong({ ...task, seasonal: [7_200, 86_400] }, /--seasonal names several times/);
    await wrong({ ...task, lookback: 9_999 }, /--lookback is 9999 windows, and 1000 are possible/);
    await wrong({ ...task, lookback: 70 }, /has 120 whole windows of 1 h \(5 d\), and 146 in a row/);
    await wrong({ ...task, model: file }, /--file and --model name the same file/);
    await wrong({ ...task, model: join(folder, "no", "m") }, /there is no folder/);
    await wrong({ ...task, warmStart: file }, /hours\.csv is a CSV file, and no model/);
    await run(trafficTrainCommand, task);
    const warm = { ...task, hidden: undefined, warmStart: model };
    await wrong({ ...warm, hidden: [9] }, /its --hidden is \[8\], and \[9\] is asked for/);
    await wrong({ ...warm, lookback: 9 }, /the model has a look-back of 10, and 9 is asked for/);
    await wrong(
      { ...warm, normalization: "min-max" },
      /its --normalization is standard, and min-max is asked for/,
    );
    const foreign = join(folder, "foreign.safetensors");
    const { metadata, tensors } = decodeSafetensors(await Deno.readFile(model));
    const recipe = JSON.stringify({ ...JSON.parse(metadata["recipe"]!), hidden: "x" });
    await Deno.writeFile(foreign, encodeSafetensors({ tensors, metadata: { ...metadata, recipe } }));
    await wrong(
      { ...warm, warmStart: foreign, model: join(folder, "n"), compareNormalization: true },
      /the hidden layers of its recipe are "x", and layers such as 64/,
    );
    await wrong(
      { model, dataset: "isp", file, window: 60 },
      /windows of 1 h, and --window is 1 min/,
      trafficEvaluateCommand,
    );
    await wrong({ model: file }, /hours\.csv is a CSV file, and no model/, reportCommand);
    await writeHours(file, 8);
    await wrong(
      { model, dataset: "isp", file, split: "all" },
      /the longest of its links has 8 whole windows/,
      trafficEvaluateCommand,
    );
  }));

Deno.test({
  name: "traffic train reads captures, and says how much more it needs",
  ignore: !hasTraces(),
  fn: () =>
    withFolder(async (folder) => {
      const model = join(folder, "m.safetensors");
      const task = { ...QUICK, window: 0.1, lookback: 5, model };
      const { lines } = await run(trafficTrainCommand, {
        ...task,
        pcap: tracePath("bro.org.pcap"),
        json: true,
      });
      const { training } = JSON.parse(lines[0]!);
      assert.deepEqual([training.windows, training.links, training.sha256.length], [173, 1, 64]);
      const error = await fails(trafficTrainCommand, { ...task, pcap: tracePath("smb2.pcap") });
      assert.match(error.message, /has 3 whole windows of 100 ms \(300 ms\), and 64 in a row \(6 s 400 ms\)/);
    }),
});
