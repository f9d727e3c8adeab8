/** Accounts for every reading: what went in, what came out, and what the group has committed. */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import type { IncomingRecord, KafkaClient } from "../../src/kafka/port.ts";
import type { Prediction } from "../../src/records/predictions/schema.ts";
import { interrupt, type Running, type RunResult } from "./run.ts";
import { readPartitions } from "./topics.ts";
import { untilCommitted } from "./until.ts";

const decoder = new TextDecoder();

/** Topics and group of a run. */
export interface Road {
  readonly bootstrapServer: string;
  readonly input: string;
  readonly output: string;
  readonly deadLetter: string;
  readonly group: string;
}

/** A road nobody else uses. */
export function newRoad(bootstrapServer: string): Road {
  const id = crypto.randomUUID().slice(0, 8);
  return {
    bootstrapServer,
    input: `input-${id}`,
    output: `predictions-${id}`,
    deadLetter: `dead-${id}`,
    group: `group-${id}`,
  };
}

/** Flags of `produce` for a road. */
export function produceFlags({ bootstrapServer, input }: Road): string[] {
  return ["--bootstrap-server", bootstrapServer, "--topic", input];
}

/** Flags of `consume` for a road. */
export function consumeFlags({ bootstrapServer, input, output, deadLetter, group }: Road): string[] {
  const topics = ["--input", input, "--output", output, "--dead-letter", deadLetter, "--group", group];
  return ["--bootstrap-server", bootstrapServer, ...topics];
}

/**
 * Waits until the group has done with all that is on the input topic now, and lets the program finish: no machine is too
 * slow for it, as it may be for `--until-idle`. @throws with what the program said, where it ends by itself
 */
export async function finishAtEnd(running: Running, road: Road): Promise<RunResult> {
  const ended = running.result.then(({ code, stderr }) => assert.fail(`it ended with ${code}: ${stderr}`));
  await Promise.race([untilCommitted(road), ended]);
  const result = await interrupt(running, "SIGTERM");
  assert.equal(result.code, 0, result.stderr);
  return result;
}

async function readIfThere(client: KafkaClient, topic: string): Promise<Map<number, IncomingRecord[]>> {
  return (await client.admin.listTopics()).includes(topic) ? await readPartitions(client, topic) : new Map();
}

/** What was found on the topics. */
export interface Account {
  /** Different ids on the input topic. */
  readonly ids: number;
  /** Records on the input topic. */
  readonly records: number;
  readonly predicted: number;
  readonly predictions: number;
  readonly deadLetters: number;
}

function originOf({ headers }: IncomingRecord): string {
  const header = (name: string) =>
    decoder.decode(headers.find(({ key }) => key === `streamflow.${name}`)?.value);
  return `${header("partition")}:${header("offset")}`;
}

/** The prediction without what may differ between two deliveries. */
function lasting({ predictedAt: _at, latencyMs: _latency, ...rest }: Prediction): string {
  return JSON.stringify(rest);
}

/**
 * Fails where an id on the input topic has neither a prediction nor a dead letter, where two predictions for one id
 * differ, or where an offset is committed beyond an unanswered record.
 */
export async function accountFor(road: Road, { complete }: { complete: boolean }): Promise<Account> {
  const { bootstrapServer, input, output, deadLetter, group } = road;
  await using client = await connect({ bootstrapServer, clientId: "account" }, "platformatic");
  // Commits first: what comes in meanwhile may only add outputs.
  const commits = await client.admin.committedOffsets(group, input);
  const outputs = [...(await readIfThere(client, output)).values()].flat();
  const deadLetters = [...(await readIfThere(client, deadLetter)).values()].flat();
  const inputs = await readIfThere(client, input);

  const predicted = new Map<string, string>();
  for (const record of outputs) {
    const prediction = JSON.parse(decoder.decode(record.value!)) as Prediction;
    const before = predicted.get(prediction.id);
    if (before !== undefined) {
      assert.equal(lasting(prediction), before, `predictions of ${prediction.id} differ`);
    }
    predicted.set(prediction.id, lasting(prediction));
  }
  const refused = new Set(deadLetters.map(originOf));
  const committed = new Map(commits.map(({ partition, offset }) => [partition, offset]));
  const ids = new Set<string>();
  let records = 0;
  for (const [partition, all] of inputs) {
    for (const { offset, value } of all) {
      const { id } = JSON.parse(decoder.decode(value!)) as { id: string };
      ids.add(id);
      records++;
      const isAnswered = predicted.has(id) || refused.has(`${partition}:${offset}`);
      const mustBe = complete || offset < (committed.get(partition) ?? 0);
      assert.ok(
        isAnswered || !mustBe,
        `${id} at ${partition}:${offset}, committed ${committed.get(partition)}`,
      );
    }
  }
  return {
    ids: ids.size,
    records,
    predicted: predicted.size,
    predictions: outputs.length,
    deadLetters: deadLetters.length,
  };
}
