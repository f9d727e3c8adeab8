/** Lines of `inspect` that all models have. */
import { activationsOf, type Network, widthsOf } from "../../../nn/mod.ts";
import { formatCount } from "../../runtime/progress.ts";

/** A line: its label in a column of its own. */
export function row(label: string, text: string): string {
  return `${label.padEnd(14)}${text}`;
}

/** The layers, and each tensor's shape. */
export function networkRows({ spec, parameters, tensors }: Network): string[] {
  return [
    row(
      "Network",
      `${widthsOf(spec)}, ${activationsOf(spec)}, ${formatCount(parameters.length)} parameters`,
    ),
    ...tensors.map(({ name, shape }) => row("", `${name} [${shape.join(", ")}]`)),
  ];
}
