/** `streamflow dlq …`: records that could not be used, why, and how they get another chance. */
import { defineGroup } from "../command.ts";
import { dlqListCommand } from "./list.ts";
import { dlqReplayCommand } from "./replay.ts";
import { dlqShowCommand } from "./show.ts";

/** The commands under `dlq`. */
export const dlqCommand = defineGroup({
  name: "dlq",
  summary: "Dead letters: count, show and replay invalid records",
  commands: [dlqListCommand, dlqShowCommand, dlqReplayCommand],
});
