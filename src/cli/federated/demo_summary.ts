/** What a demo came to: numbers for `--json`, a table for people. */
import { formatError } from "../../federated/participant/figures.ts";
import type { UnseenErrors } from "../../federated/simulate/measure.ts";
import { formatCount } from "../../runtime/progress.ts";
import { tableLines } from "../../runtime/text_table.ts";

/** Who forecast, in the order of the table. */
const FORECASTERS = {
  lastValue: "last value",
  local: "local",
  global: "global",
  personalised: "personalised",
  centralised: "centralised",
} as const;

/** Errors on the unseen time, by who forecast. */
export type DemoErrors = Readonly<Record<keyof typeof FORECASTERS, UnseenErrors>>;

/** What happened, as `--json` prints it: the errors are means over the devices. */
export interface DemoSummary {
  readonly devices: number;
  readonly rounds: number;
  /** Updates that the server refused. */
  readonly rejected: number;
  readonly mse: Readonly<Record<keyof DemoErrors, number>>;
}

/** The numbers. */
export function summarize(
  errors: DemoErrors,
  { devices, rounds, rejected }: Omit<DemoSummary, "mse">,
): DemoSummary {
  const mse = Object.fromEntries(Object.entries(errors).map(([who, { mean }]) => [who, mean]));
  return { devices, rounds, rejected, mse: mse as DemoSummary["mse"] };
}

/** The lines for people. */
export function summaryLines(
  errors: DemoErrors,
  { names, updates, ...summary }: DemoSummary & {
    readonly names: readonly string[];
    readonly updates: number;
  },
): string[] {
  const { devices, rounds, rejected } = summary;
  const judged = Object.values(errors);
  return [
    "",
    "MSE on the last 20 % of each device's readings, which nobody learned from, in units of its variance:",
    "",
    ...tableLines([
      ["device", ...Object.values(FORECASTERS)],
      ...names.map((name, i) => [name, ...judged.map(({ byDevice }) => cell(byDevice[i]!))]),
      ["mean", ...judged.map(({ mean }) => cell(mean))],
    ]).map((line) => `  ${line}`),
    "",
    `${formatCount(rounds)} rounds, ${formatCount(updates)} updates of ${formatCount(devices)} devices, ` +
    `${formatCount(rejected)} refused; what left the devices: weights, counts and metrics`,
    "local: every device alone; global: what the server made of all; personalised: that under a head of the device's " +
    "own; centralised: one model with all readings in one place",
  ];
}

function cell(error: number): string {
  return Number.isNaN(error) ? "–" : formatError(error);
}
