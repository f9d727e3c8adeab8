/** `streamflow bench …`: what this machine can do. */
import { benchThroughputCommand } from "./throughput.ts";
import { defineGroup } from "../command.ts";

/** The commands under `bench`. */
export const benchCommand = defineGroup({
  name: "bench",
  summary: "Measure this machine: packets per second through the whole pipeline",
  commands: [benchThroughputCommand],
});
