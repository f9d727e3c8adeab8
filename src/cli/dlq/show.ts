/** `streamflow dlq show`: dead letters whole, readable, and harmless in a terminal. */
import { CONNECTION_KEYS } from "../../config/settings.ts";
import { isoTime, timeText } from "../../runtime/time.ts";
import { formatCount } from "../../runtime/progress.ts";
import { UserError } from "../../runtime/errors.ts";
import type { DeadLetter } from "../../records/dead_letters/read.ts";
import { defineCommand } from "../command.ts";
import { openClient } from "../connection.ts";
import { findLetters, readLetters } from "./letters.ts";

/** Letters of a value that are shown; `--json` has all of them. */
const VALUE_CHARS_MAX = 4_000;
/** Bytes of a value that is no text. */
const HEX_BYTES_MAX = 256;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text that the bytes are; `null` where they are none. */
function textOf(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null; // not UTF-8: shown in hexadecimal
  }
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** Bytes on one line. */
function brief(bytes: Uint8Array | null): string {
  if (bytes === null) return "none";
  const text = textOf(bytes);
  return text === null ? hexOf(bytes.subarray(0, HEX_BYTES_MAX)) : text.replace(/[\n\t]/g, " ");
}

function valueLines(value: Uint8Array | null): string[] {
  if (value === null) return ["value     none: a tombstone"];
  const text = textOf(value);
  const head = `value     ${formatCount(value.length)} bytes`;
  if (text !== null) {
    const cut = text.length > VALUE_CHARS_MAX ? "\n… --json shows the rest" : "";
    return [head, ...`${text.slice(0, VALUE_CHARS_MAX)}${cut}`.split("\n")];
  }
  const rows = Array.from(
    { length: Math.ceil(Math.min(value.length, HEX_BYTES_MAX) / 16) },
    (_, row) => hexOf(value.subarray(16 * row, Math.min(16 * row + 16, HEX_BYTES_MAX))),
  );
  return [
    `${head}, no text`,
    ...rows,
    ...(value.length > HEX_BYTES_MAX ? ["… --json shows the rest, in base64"] : []),
  ];
}

function letterLines(letter: DeadLetter): string[] {
  const { place, timestampMs, reason, detail, from, more, truncatedBytes, replayed, headers } = letter;
  const row = (name: string, text: string) => `${name.padEnd(9)} ${text.replace(/[\n\t]/g, " ")}`;
  return [
    `${place.topic} ${place.partition}/${place.offset}`,
    ...[
      row("reason", reason),
      ...(detail === "" ? [] : [row("detail", detail)]),
      row("from", from === null ? "not known" : `${from.topic} ${from.partition}/${from.offset}`),
      row("since", timeText(timestampMs)),
      ...Object.entries(more).map(([name, text]) => row(name, text)),
      ...(truncatedBytes === null ? [] : [row("cut", `its value had ${formatCount(truncatedBytes)} bytes`)]),
      ...(replayed === null ? [] : [row("replayed", `from ${replayed}, and dead again`)]),
      row("key", brief(letter.key)),
      ...headers.map(({ key, value }) => `header    ${key}: ${brief(value)}`),
      ...valueLines(letter.value),
    ].map((line) => `  ${line}`),
    "",
  ];
}

/** Bytes as text, or as base64 where they are none. */
function toJson(bytes: Uint8Array | null): unknown {
  return bytes === null ? null : textOf(bytes) ?? { base64: bytes.toBase64() };
}

function toObject({ timestampMs, key, value, headers, isCut: _, ...rest }: DeadLetter) {
  return {
    ...rest,
    time: isoTime(timestampMs),
    key: toJson(key),
    headers: headers.map((header) => ({ key: header.key, value: toJson(header.value) })),
    value: toJson(value),
  };
}

/** Shows dead letters. */
export const dlqShowCommand = defineCommand({
  name: "show",
  summary: "Show dead letters whole: those at the given offsets, or the newest",
  args: "[place...]",
  examples: ["dlq show 17", "dlq show 0/17 2/4 --json", "dlq show --reason late --limit 5"],
  settings: ["deadLetter", "reason", "limit", "json", ...CONNECTION_KEYS],
  defaults: { limit: 10 },
  async run(settings, { signal, out, log, args }) {
    await using client = await openClient(settings, log);
    const choice = { ...settings, client, places: args, signal };
    const found = await findLetters(choice);
    const { limit = Infinity, json, deadLetter } = settings;
    const shown: DeadLetter[] = [];
    for await (const letters of found ? readLetters(choice) : []) {
      shown.push(...letters.slice(-limit));
      if (shown.length > limit) shown.splice(0, shown.length - limit);
    }
    if (signal.aborted) return 130;
    if (shown.length === 0 && args.length > 0) {
      throw new UserError(`there is no such letter on ${deadLetter}: ${args.join(", ")}`, {
        hint: "'streamflow dlq list' names some",
      });
    }
    if (json) shown.forEach((letter) => out(JSON.stringify(toObject(letter))));
    else if (shown.length === 0) out("no dead letters");
    else shown.flatMap(letterLines).forEach(out);
    return 0;
  },
});
