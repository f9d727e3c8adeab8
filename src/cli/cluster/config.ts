/** `streamflow config show`: every setting, and with `--origin` the source that set it. */
import { display } from "../../config/resolve.ts";
import { SETTING_KEYS, type SettingKey, settingOf } from "../../config/settings.ts";
import { defineCommand } from "../command.ts";

/** Shows the settings that would count for a command here and now; secrets are masked. */
export const configCommand = defineCommand({
  name: "config",
  summary: "Show the settings and where each comes from",
  examples: ["config show", "config show --origin", "config show --json --config cluster.toml"],
  actions: [{ name: "show", summary: "Show every setting; give any flag to see its effect" }],
  settings: SETTING_KEYS,
  run: (settings, { out, origin }) => {
    const rows = SETTING_KEYS.filter((key) => key !== "origin").map((key) => ({
      key,
      value: settings[key],
      origin: origin[key] ?? "default",
    }));
    if (settings.json) out(JSON.stringify(toObject(rows, settings.origin)));
    else for (const line of toLines(rows, settings.origin)) out(line);
    return Promise.resolve(0);
  },
});

interface Row {
  readonly key: SettingKey;
  readonly value: unknown;
  readonly origin: string;
}

function toObject(rows: readonly Row[], withOrigin: boolean): Record<string, unknown> {
  return Object.fromEntries(rows.map(({ key, value, origin }) => {
    const shown = value === undefined ? null : settingOf(key).secret ? display(key, value) : value;
    return [key, withOrigin ? { value: shown, origin } : shown];
  }));
}

function toLines(rows: readonly Row[], withOrigin: boolean): string[] {
  const width = Math.max(...rows.map(({ key }) => key.length));
  const valueWidth = Math.min(32, Math.max(...rows.map(({ key, value }) => display(key, value).length)));
  return rows.map(({ key, value, origin }) => {
    const shown = display(key, value);
    return withOrigin
      ? `${key.padEnd(width)}  ${shown.padEnd(valueWidth)}  ${origin}`
      : `${key.padEnd(width)}  ${shown}`;
  });
}
