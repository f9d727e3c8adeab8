/** `streamflow youtube …`: the likes of videos and of their comments, as they change. */
import { defineGroup } from "../command.ts";
import { youtubeConsumeCommand } from "./consume.ts";
import { youtubeProduceCommand } from "./produce.ts";
import { youtubeReplayCommand } from "./replay.ts";

/** The commands under `youtube`. */
export const youtubeCommand = defineGroup({
  name: "youtube",
  summary: "Likes of up to five videos and of their comments, live",
  commands: [youtubeProduceCommand, youtubeConsumeCommand, youtubeReplayCommand],
});
