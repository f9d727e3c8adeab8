/** Patterns of times as C's strftime has them: `%d.%m.%Y %H:%M`. */
import { hourOf, millisecondsOf, monthOf, offsetOf, type TimeFormat, toUnixMs, yearOf } from "./calendar.ts";

/** Letter → what it matches. */
const PARTS: Readonly<Record<string, string>> = {
  Y: String.raw`\d{4}`,
  y: String.raw`\d{2}`,
  m: String.raw`\d{1,2}`,
  d: String.raw`\d{1,2}`,
  e: String.raw`\s?\d{1,2}`,
  j: String.raw`\d{1,3}`,
  H: String.raw`\d{1,2}`,
  I: String.raw`\d{1,2}`,
  M: String.raw`\d{1,2}`,
  S: String.raw`\d{1,2}`,
  f: String.raw`\d{1,9}`,
  p: String.raw`[AaPp]\.?[Mm]\.?`,
  b: String.raw`[A-Za-z]{3,9}\.?`,
  B: String.raw`[A-Za-z]{3,9}`,
  a: String.raw`[A-Za-z]{2,9}\.?`,
  A: String.raw`[A-Za-z]{2,9}`,
  z: String.raw`Z|[+-]\d{2}(?::?\d{2})?`,
};
/** Numbers of a fixed width, where another number follows without anything between. */
const WIDTHS: Readonly<Record<string, string>> = { m: "2", d: "2", H: "2", I: "2", M: "2", S: "2", j: "3" };
const SHORT: Readonly<Record<string, string>> = { F: "%Y-%m-%d", T: "%H:%M:%S", D: "%m/%d/%y", R: "%H:%M" };

/**
 * A pattern as a format.
 *
 * @returns `undefined` for a text that is no pattern: an unknown letter, the same part twice, or no year
 */
export function compilePattern(pattern: string): TimeFormat | undefined {
  const whole = pattern.replace(/%([FTDR])/g, (_, letter: string) => SHORT[letter]!);
  const letters = [...whole.matchAll(/%(.)/g)].map(([, letter]) => letter!).filter((letter) =>
    letter !== "%"
  );
  if (letters.some((letter) => !Object.hasOwn(PARTS, letter)) || new Set(letters).size < letters.length) {
    return undefined;
  }
  if (!letters.includes("Y") && !letters.includes("y") || /%$/.test(whole.replaceAll("%%", ""))) {
    return undefined;
  }
  const source = whole.replace(/%(.)|\s+|[\\^$.*+?()[\]{}|/-]/g, (found, letter?: string, at?: number) => {
    if (letter === "%") return "%";
    if (letter === undefined) return /\s/.test(found) ? String.raw`\s+` : `\\${found}`;
    const fixed = whole[at! + 2] === "%" && WIDTHS[letter];
    return `(?<${letter}>${fixed ? `\\d{${fixed}}` : PARTS[letter]})`;
  });
  const regex = new RegExp(`^${source}$`);
  return { name: pattern, parse: (text) => timeOf(regex.exec(text.trim())?.groups) };
}

function timeOf(found: Readonly<Record<string, string>> | undefined): number | undefined {
  if (found === undefined) return undefined;
  const { Y, y, m, d, e, j, H, I, M, S, f, p, b, B, z } = found;
  const word = b ?? B;
  const year = yearOf(Y ?? y!);
  if (j !== undefined) return dayOfYear(year, Number(j), found);
  return toUnixMs({
    ...{ year, month: word === undefined ? Number(m ?? 1) : monthOf(word), day: Number(d ?? e ?? 1) },
    ...{ hour: hourOf(Number(H ?? I ?? 0), p), minute: Number(M ?? 0), second: Number(S ?? 0) },
    ...{ ms: millisecondsOf(f), offsetMinutes: offsetOf(z ?? "") },
  });
}

function dayOfYear(year: number, day: number, found: Readonly<Record<string, string>>): number | undefined {
  const { j: _, ...rest } = found;
  const first = timeOf({ ...rest, m: "1", d: "1" });
  const leap = new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;
  return first === undefined || day < 1 || day > (leap ? 366 : 365)
    ? undefined
    : first + (day - 1) * 86_400_000;
}
