/**
 * Devices that learn on the stream: 54 of them in one process. Each reading is parsed, forecast by three models, scored,
 * watched for anomalies and learned by two networks (24 inputs, 64 hidden); with a federated round for every so many
 * examples of a device, too: passes over its window, an update, a head. Beside it the same job in Python with numpy:
 * without dropout, anomalies and rounds.
 *
 *     deno task bench participate [READINGS OF A DEVICE]
 */
import { makeFederation } from "../../src/federated/simulate/devices.ts";
import { FEDERATED_RECIPE } from "../../src/federated/simulate/recipe.ts";
import { readLearnableModel } from "../../src/federated/participant/learnable_model.ts";
import { jobOf, laterGlobal, recordsOf, workAll } from "../federated/devices.ts";
import { waveSet } from "../federated/sets.ts";
import { firstModel } from "../support/federated_stand_in.ts";
import { median, perSecond, printTable } from "./report.ts";
import { findPeerPython } from "./surroundings.ts";

const DEVICES = 54, READINGS = 1_500, ROUNDS = 3, PIECE = 1_000, NEW_EXAMPLES = 500;
const TASK = { horizon: 6, lookback: 24 };

function prepare(readings: number) {
  const set = waveSet(DEVICES, readings);
  const federation = makeFederation(set, { task: TASK, recipe: FEDERATED_RECIPE });
  const recipe = { ...FEDERATED_RECIPE, newExamples: NEW_EXAMPLES };
  const bytes = firstModel(federation, { horizon: TASK.horizon, recipe });
  return { global: readLearnableModel(bytes, 0), records: recordsOf(set) };
}

/** Readings a second, and what the last model is worth to the mean device. */
function learn({ global, records }: ReturnType<typeof prepare>, { withRounds }: { withRounds: boolean }) {
  const test = jobOf(global);
  const beginMs = performance.now();
  for (let at = 0; at < records.length; at += PIECE) {
    test.take(records.slice(at, at + PIECE));
    if (!withRounds) continue;
    workAll(test.job);
    const sent = test.job.pending;
    for (const { update } of sent) test.job.settle(update, { accepted: true });
    if (sent.length === 0) continue;
    test.jobs.global = laterGlobal(global, test.jobs.global.round + 1);
    test.job.adopt();
  }
  return records.length / (performance.now() - beginMs) * 1_000;
}

async function timeNumpy(
  readings: number,
): Promise<{ readonly version: string; readonly rates: number[] } | null> {
  const python = await findPeerPython(["numpy==2.3.5"], "streamflow-bench-numpy");
  if (typeof python !== "string") {
    console.log(`numpy is left out: ${python.missing}`);
    return null;
  }
  const script = new URL("peer_participate.py", import.meta.url).pathname;
  const args = [script, ...[DEVICES, readings, ROUNDS].map(String)];
  const { success, stdout, stderr } = await new Deno.Command(python, { args }).output();
  if (!success) throw new Error(`${script} failed: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function benchParticipate(readings = READINGS): Promise<void> {
  const prepared = prepare(readings);
  const alone: number[] = [], rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(learn(prepared, { withRounds: false }));
    rounds.push(learn(prepared, { withRounds: true }));
  }
  const peer = await timeNumpy(readings);
  const row = (name: string, rates: readonly number[]) => [
    name,
    perSecond(median(rates)),
    peer === null ? "–" : (median(rates) / median(peer.rates)).toFixed(1),
  ];
  printTable([`${DEVICES} devices, ${perSecond(readings)} readings each`, "readings/s", "÷ numpy"], [
    row("streamflow", alone),
    row(`streamflow, a round for ${NEW_EXAMPLES} examples of a device`, rounds),
    ...(peer === null ? [] : [row(peer.version, peer.rates)]),
  ]);
}

if (import.meta.main) await benchParticipate(...Deno.args.map(Number));
