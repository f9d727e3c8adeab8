/** A simulation for people. */
import { DELTA } from "../privacy/accountant.ts";
import { formatCount } from "../../runtime/progress.ts";
import { formatError } from "../participant/figures.ts";
import { tableLines } from "../../runtime/text_table.ts";
import type { Faults } from "./faults.ts";
import type { RunResult, SimulationResult } from "./mod.ts";

/** A line each. */
export function formatSimulation(
  result: SimulationResult,
  { faults, rounds }: { faults: Faults; rounds: number },
) {
  const { mse, strategies, devices } = result;
  const poisoned = devices.filter(({ poison }) => poison !== null);
  const withFaults = strategies.some(({ faulty }) => faulty !== null);
  const withPrivacy = strategies.some(({ clean }) => clean.epsilon !== null);
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const header = [
    ["strategy", "global", "personalised"],
    withPrivacy ? ["ε"] : [],
    withFaults ? ["with faults: global", "÷ clean", "personalised", "refused"] : [],
  ].flat();
  const rows = strategies.map(({ name, clean, faulty }) => [
    name,
    formatError(clean.global),
    formatError(clean.personalised),
    ...(withPrivacy ? [clean.epsilon === null ? "none" : formatError(clean.epsilon)] : []),
    ...(faulty === null ? [] : [
      formatError(faulty.global),
      formatError(faulty.global / clean.global),
      formatError(faulty.personalised),
      formatCount(faulty.rejected),
    ]),
  ]);
  return [
    `MSE on the last 20 % of each device's readings, in units of its variance: means over ${devices.length} devices, ` +
    `${rounds} rounds`,
    "",
    ...table([["last value", formatError(mse.lastValue)], [
      "local: every device alone",
      formatError(mse.local),
    ], [
      "centralised: all readings in one place",
      formatError(mse.centralised),
    ]]),
    "",
    ...table([header, ...rows]),
    ...(withFaults
      ? [
        "",
        `with faults: ${percent(faults.drop)} of the updates do not come in time, ${poisoned.length} of ` +
        `${devices.length} devices are poisoned${
          poisoned.length === 0
            ? ""
            : `: ${poisoned.map(({ device, poison }) => `${device} ${poison}`).join(", ")}`
        }`,
      ]
      : []),
    ...(withPrivacy
      ? ["", `ε of (ε, ${DELTA})-differential privacy of a device, who sees every round's global model`]
      : []),
    ...strategies.flatMap(({ name, clean, faulty }) => [
      ...remarksOf(name, clean),
      ...(faulty === null ? [] : remarksOf(`${name}, with faults`, faulty)),
    ]),
  ];
}

/** Those about rounds; what was refused is in the table, and by device in the JSON. */
function remarksOf(name: string, { remarks, rounds }: RunResult): string[] {
  return Object.entries(remarks)
    .filter(([sentence]) => !sentence.startsWith("refused"))
    .map(([sentence, times]) =>
      `${name}, in ${formatCount(times)} of ${formatCount(rounds.length)} rounds: ${sentence}`
    );
}

function table(rows: readonly (readonly string[])[]): string[] {
  return tableLines(rows).map((line) => `  ${line}`);
}
