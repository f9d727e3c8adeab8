/** `streamflow dlq list`: dead letters counted by reason and topic. */
import { CONNECTION_KEYS } from "../../config/settings.ts";
import { formatCount } from "../../runtime/progress.ts";
import { plainName } from "../../runtime/plain_text.ts";
import { tableLines } from "../../runtime/text_table.ts";
import { isoTime, secondText } from "../../runtime/time.ts";
import { type LetterGroup, LetterTable } from "../../records/dead_letters/replay.ts";
import { defineCommand } from "../command.ts";
import { openClient } from "../connection.ts";
import { findLetters, readLetters } from "./letters.ts";
import { readReplayLog } from "../../records/dead_letters/topic.ts";

/** Reasons and topics that are counted separately. */
const GROUPS_MAX = 1_000;

function toObject({ reason, topic, letters, replayed, firstMs, lastMs, example }: LetterGroup) {
  const { partition, offset } = example;
  return {
    ...{ reason, topic, letters, replayed, first: isoTime(firstMs), last: isoTime(lastMs) },
    example: { partition, offset },
  };
}

function linesOf(groups: readonly LetterGroup[]): string[] {
  const rows = [
    ["reason", "from topic", "letters", "replayed", "first", "last", "example"],
    ...groups.map(({ reason, topic, letters, replayed, firstMs, lastMs, example }) => [
      plainName(reason),
      plainName(topic),
      formatCount(letters),
      formatCount(replayed),
      secondText(firstMs),
      secondText(lastMs),
      `${example.partition}/${example.offset}`,
    ]),
  ];
  return tableLines(rows, (column) => column !== 2 && column !== 3);
}

/** Counts the dead letters. */
export const dlqListCommand = defineCommand({
  name: "list",
  summary: "Count the dead letters by reason and topic, with times and an example each",
  examples: ["dlq list", "dlq list --reason late,not-json --json"],
  settings: ["deadLetter", "reason", "json", ...CONNECTION_KEYS],
  next: () => ({ command: "dlq show", flags: { reason: "reason", deadLetter: "deadLetter" } }),
  async run(settings, { signal, out, log }) {
    await using client = await openClient(settings, log);
    const choice = { ...settings, client, places: [], signal };
    const table = new LetterTable(GROUPS_MAX);
    if (await findLetters(choice)) {
      const log = await readReplayLog(choice);
      for await (const letters of readLetters(choice)) {
        for (const letter of letters) table.add(letter, log.stateOf(letter) === "replayed");
      }
    }
    if (signal.aborted) return 130;
    const groups = table.groups();
    if (settings.json) out(JSON.stringify(groups.map(toObject)));
    else if (groups.length === 0) out("no dead letters");
    else linesOf(groups).forEach(out);
    return 0;
  },
});
