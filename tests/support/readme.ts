/**
 * The parts of the documents that come from the code: flags of every command, settings, schemas of the records.
 * `deno task readme` writes them; `tests/tidy/readme_test.ts` fails where they are not as the code says.
 */
import { z } from "zod";
import type { Command } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import {
  CONNECTION_KEYS,
  environmentNameOf,
  flagOf,
  SETTING_KEYS,
  type SettingKey,
  settingOf,
  type Settings,
} from "../../src/config/settings.ts";
import { display } from "../../src/config/resolve.ts";
import { classificationSchema, forecastSchema } from "../../src/records/predictions/schema.ts";
import { readingSchema } from "../../src/records/readings/schema.ts";
import { packetSchema } from "../../src/records/packets/schema.ts";
import { processedSchema } from "../../src/records/processed_data.ts";
import { anomalySchema } from "../../src/records/anomalies.ts";
import { deviceStatisticsSchema } from "../../src/records/device_statistics.ts";
import { alertSchema } from "../../src/records/alerts.ts";
import { trafficForecastSchema } from "../../src/records/forecasts.ts";
import { modelPlaceSchema } from "../../src/records/models.ts";
import {
  deviceSchema,
  refusalSchema,
  roundSchema,
  serverSchema,
} from "../../src/records/federated_rounds/schema.ts";
import { DEAD_LETTER_REASONS } from "../../src/records/dead_letters/reason.ts";
import { youtubeEventSchema } from "../../src/records/youtube_events.ts";
import { totalSchema } from "../../src/records/youtube_totals.ts";
import { METRICS } from "../../src/metrics/table.ts";

/** Documents with generated sections, and the names of these. */
export const GENERATED: Readonly<Record<string, readonly string[]>> = {
  "src/cli/README.md": ["commands", "connection", "everywhere"],
  "src/metrics/README.md": ["metrics"],
  "src/records/README.md": ["reasons", "schemas"],
};

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function defaultOf(key: SettingKey, defaults: Partial<Settings>): string {
  const value = key in defaults ? defaults[key] : settingOf(key).default;
  return value === undefined || value === false || value === true ? "" : `\`${display(key, value)}\``;
}

function row(
  key: SettingKey,
  { defaults = {}, wording = {} }: Pick<Described, "defaults" | "wording">,
): string {
  const { placeholder, description, secret } = { ...settingOf(key), ...wording[key] };
  const flag = secret
    ? `\`${environmentNameOf(key)}\` (no flag)`
    : `\`${flagOf(key)}${placeholder === undefined ? "" : ` ${placeholder}`}\``;
  return `| ${cell(flag)} | ${cell(description)} | ${cell(wording[key] ? "" : defaultOf(key, defaults))} |`;
}

function table(keys: readonly SettingKey[], own: Pick<Described, "defaults" | "wording"> = {}): string {
  return ["| flag | meaning | default |", "|---|---|---|", ...keys.map((key) => row(key, own))].join(
    "\n",
  );
}

function isShared(key: SettingKey): boolean {
  return (CONNECTION_KEYS as readonly string[]).includes(key) || settingOf(key).global === true;
}

/** What is written down of a command. */
type Described = Pick<
  Command,
  "name" | "args" | "summary" | "examples" | "settings" | "defaults" | "wording"
>;

function describeCommand(command: Described): string {
  const own = command.settings.filter((key) => !isShared(key));
  const talks = command.settings.some((key) => (CONNECTION_KEYS as readonly string[]).includes(key));
  return [
    `### \`streamflow ${command.name}${command.args === undefined ? "" : ` ${command.args}`}\``,
    "",
    `${command.summary}${talks ? " (and the flags of the connection, below)" : ""}.`,
    "",
    "```sh",
    ...command.examples.map((example) => `streamflow ${example}`),
    "```",
    ...(own.length === 0 ? [] : ["", table(own, command)]),
  ].join("\n");
}

/** The commands of a group, each as one of its own; a command that is none as itself. */
function membersOf(command: Command): readonly Described[] {
  const members = (command.actions ?? []).filter(({ defaults }) => defaults !== undefined);
  if (members.length === 0) return [command];
  return members.map((member) => {
    const name = `${command.name} ${member.name}`;
    const examples = command.examples.filter((example) => example.startsWith(name));
    return { ...member, name, examples, settings: member.settings ?? command.settings };
  });
}

function schema(title: string, type: z.ZodType): string {
  const summary = title.replaceAll(/`([^`]*)`/g, "<code>$1</code>");
  const json = JSON.stringify(z.toJSONSchema(type), null, 2);
  return [`<details><summary>${summary}</summary>`, "", "```json", json, "```", "", "</details>"].join("\n");
}

/** The generated sections by name. */
export async function readmeSections(): Promise<Record<string, string>> {
  const commands = await Promise.all(COMMANDS.map(({ load }) => load()));
  return {
    commands: commands.flatMap(membersOf).map(describeCommand).join("\n\n"),
    connection: table([...CONNECTION_KEYS]),
    everywhere: table(SETTING_KEYS.filter((key) => settingOf(key).global)),
    metrics: [
      "| metric | type | labels | meaning |",
      "|---|---|---|---|",
      ...Object.values(METRICS).map(({ name, type, labels, help }) =>
        `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(" ")} | ${cell(help)} |`
      ),
    ].join("\n"),
    reasons: [
      "| `streamflow.reason` | meaning |",
      "|---|---|",
      ...Object.entries(DEAD_LETTER_REASONS).map(([reason, text]) => `| \`${reason}\` | ${cell(text)} |`),
    ].join("\n"),
    schemas: [
      schema("`input-data`", readingSchema),
      schema("`predictions` of a model that forecasts", forecastSchema),
      schema("`predictions` of a model that classifies", classificationSchema),
      schema("`topic_yt`", youtubeEventSchema),
      schema("`youtube-totals`", totalSchema),
      schema("`packets`, `network-traffic`", packetSchema),
      schema("`forecasts`", trafficForecastSchema),
      schema("`alerts`", alertSchema),
      schema("`processed-data`", processedSchema),
      schema("`anomalies`", anomalySchema),
      schema("`device-statistics`", deviceStatisticsSchema),
      schema("`federated-rounds`, key `round/<n>`", roundSchema),
      schema("`federated-rounds`, key `device/<device>`", deviceSchema),
      schema("`federated-rounds`, key `refusal/<device>`", refusalSchema),
      schema("`federated-rounds`, key `server/<run>`", serverSchema),
      schema("the topic of `--models`, where a file is too large for a record", modelPlaceSchema),
    ].join("\n\n"),
  };
}

/** Where a document stands. @param path from the top of the repository */
export function documentUrl(path: string): URL {
  return new URL(`../../${path}`, import.meta.url);
}

/** A document with its generated sections as the code says them. */
export function fillReadme(text: string, sections: Readonly<Record<string, string>>): string {
  return text.replace(
    /<!-- generated: (\w+) -->[\s\S]*?<!-- end -->/g,
    (_, name: string) => `<!-- generated: ${name} -->\n\n${sections[name]}\n\n<!-- end -->`,
  );
}

if (import.meta.main) {
  const sections = await readmeSections();
  for (const url of Object.keys(GENERATED).map(documentUrl)) {
    await Deno.writeTextFile(url, fillReadme(await Deno.readTextFile(url), sections));
  }
}
