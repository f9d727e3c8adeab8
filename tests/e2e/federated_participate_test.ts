/**
 * Two participants and a server as processes, through what kills them: `kill -9` of a participant, whose partitions move;
 * of the server, which goes on where it was; of the broker. Every reading is in some device's state once, and no update
 * counts twice.
 */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import { RECIPE, recordsOf } from "../federated/devices.ts";
import { federate, TASK, waveSet } from "../federated/sets.ts";
import { startBroker } from "../support/broker_process.ts";
import { testClusters, uniqueName } from "../support/cluster.ts";
import { firstModel } from "../support/federated_stand_in.ts";
import { withFolder } from "../support/folder.ts";
import {
  interrupt,
  killAtOnce,
  type Running,
  runStreamflow,
  startStreamflow,
  untilSaid,
} from "../support/run.ts";
import { until } from "../support/until.ts";
import { startServer } from "../web/federated/processes.ts";
import { ask } from "../web/federated/served.ts";

const DEVICES = 6, PARTITIONS = 3, PART = 120, PARTS = 4;
const set = waveSet(DEVICES, PART * PARTS);
const records = recordsOf(set);

interface Road {
  readonly bootstrapServer: string;
  readonly input: string;
  readonly group: string;
  readonly rounds: string;
}

function newRoad(bootstrapServer: string): Road {
  return {
    ...{ bootstrapServer, input: uniqueName("readings") },
    ...{ group: uniqueName("fl"), rounds: uniqueName("rounds") },
  };
}

/** Sends a part of every device's readings, each device's to one partition. */
async function sendPart({ bootstrapServer, input }: Road, part: number): Promise<void> {
  await using client = await connect({ bootstrapServer, clientId: "test" }, "platformatic");
  if (part === 0) {
    await client.admin.createTopic({ name: input, partitions: PARTITIONS, replicationFactor: 1 });
  }
  await using producer = await client.producer();
  const length = PART * DEVICES;
  const some = records.slice(part * length, (part + 1) * length);
  await producer.send(input, some.map(({ value }, i) => ({ key: null, value, partition: i % PARTITIONS })));
}

function memberArgs({ bootstrapServer, input, group }: Road, server: string): string[] {
  return [
    ...["federated", "participate", "--bootstrap-server", bootstrapServer, "--server", server],
    ...["--input", input, "--group", group, "--session-timeout", "6s", "--json"],
    ...["--anomalies", `${input}-anomalies`, "--dead-letter", `${input}-dead-letters`],
  ];
}

async function startMember(road: Road, server: string): Promise<Running> {
  return await startStreamflow(memberArgs(road, server), { watchOutput: true });
}

async function startRounds({ bootstrapServer, rounds }: Road, folder: string, listen = "127.0.0.1:0") {
  const model = `${folder}/${rounds}.safetensors`;
  // A server that comes back finds its own model there.
  if (await Deno.stat(model).catch(() => null) === null) {
    await Deno.writeFile(model, firstModel(federate(set, RECIPE), { horizon: TASK.horizon, recipe: RECIPE }));
  }
  return await startServer(bootstrapServer, [
    ...["--rounds-topic", rounds, "--model", model, "--min-participants", String(DEVICES)],
    ...["--listen", listen],
  ]);
}

async function globalRound(url: string): Promise<number> {
  const { headers, body } = await fetch(`${url}/api/v1/global-model`);
  await body?.cancel();
  return Number(headers.get("x-federated-round"));
}

/** Resolves when one more round was published; that takes an update of every device. */
async function untilRoundAfter(url: string, work: () => Promise<void>): Promise<void> {
  const before = await globalRound(url);
  await work();
  await until(async () => await globalRound(url) > before);
}

interface DeviceFigures {
  readonly device: string;
  readonly readings: number;
}

/** Ends the members. Who takes all partitions over has each device, with all of its readings, out of the snapshots. */
async function checkDevices(members: readonly Running[], road: Road, url: string): Promise<void> {
  for (const member of members) {
    const { code, stderr } = await interrupt(member);
    assert.equal(code, 130, stderr);
  }
  const last = await runStreamflow([...memberArgs(road, url), "--until-idle", "1"]);
  assert.equal(last.code, 0, last.stderr);
  const { devices, deadLetters }: { devices: DeviceFigures[]; deadLetters: Record<string, number> } = JSON
    .parse(last.stdout.trim().split("\n").at(-1)!);
  const wanted = set.series.map(({ source, length }) => [source, length]);
  assert.deepEqual(devices.map(({ device, readings }) => [device, readings]).sort(), wanted);
  assert.deepEqual(deadLetters, {});
}

/** Every published round has one update of each device, and they are all there are. */
async function checkRounds(url: string): Promise<void> {
  const { json: { rounds } } = await ask(`${url}/api/v1/history?limit=1000`);
  const { json: { devices } } = await ask(`${url}/api/v1/devices`);
  const { json: { round: open } } = await ask(`${url}/api/v1/rounds/${rounds.length}`)
    .then(({ json }) => ({ json: { round: json } }));
  for (const { updates, participants } of rounds) {
    assert.deepEqual([updates, participants], [DEVICES, DEVICES]);
  }
  const counted = rounds.length * DEVICES + open.updates;
  const sent = devices.reduce((sum: number, { updates }: { updates: number }) => sum + updates, 0);
  assert.equal(sent, counted);
}

for (const { name, missing, open } of testClusters()) {
  Deno.test({
    name: `killed participants and servers lose no reading, and no update counts twice (${name})`,
    ignore: missing !== null,
    fn: () =>
      withFolder(async (folder) => {
        await using cluster = await open();
        const road = newRoad(cluster.bootstrapServer);
        await sendPart(road, 0);
        const first = await startRounds(road, folder);
        const { url } = first;
        await using one = await startMember(road, url);
        await using other = await startMember(road, url);
        await until(async () => await globalRound(url) > 0);
        await untilRoundAfter(url, async () => {
          await killAtOnce(other);
          await sendPart(road, 1);
        });
        await untilRoundAfter(url, () => sendPart(road, 2));
        const before = await globalRound(url);
        await killAtOnce(first.running);
        await using third = await startMember(road, url); // waits for the server
        await sendPart(road, 3);
        await using again = await startRounds(road, folder, new URL(url).host);
        await untilSaid(third, /global model \d+ \(/);
        await until(async () => await globalRound(again.url) > before);
        await until(() => isRead(road));
        await checkDevices([one, third], road, again.url);
        await checkRounds(again.url);
      }),
  });
}

/** Whether the group has committed everything. */
async function isRead({ bootstrapServer, input, group }: Road): Promise<boolean> {
  await using client = await connect({ bootstrapServer, clientId: "test" }, "platformatic");
  const committed = await client.admin.committedOffsets(group, input);
  return committed.reduce((sum, { offset }) => sum + offset, 0) === records.length;
}

Deno.test("a broker that is killed and comes back loses no reading, and no update counts twice", () =>
  withFolder(async (folder) => {
    const data = ["--data-dir", `${folder}/data`];
    const broker = await startBroker([...data, "--listen", "127.0.0.1:0"]);
    const road = newRoad(broker.address);
    await sendPart(road, 0);
    await using server = await startRounds(road, folder);
    await using one = await startMember(road, server.url);
    await using other = await startMember(road, server.url);
    await until(async () => await globalRound(server.url) > 0);
    await killAtOnce(broker.running);
    const again = await startBroker([...data, "--listen", broker.address]);
    await using _again = again.running;
    for (let part = 1; part < PARTS; part++) {
      await untilRoundAfter(server.url, () => sendPart(road, part));
    }
    await until(() => isRead(road));
    await checkDevices([one, other], road, server.url);
    await checkRounds(server.url);
  }));
