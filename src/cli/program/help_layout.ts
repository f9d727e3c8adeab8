/** Help in the width of the terminal: terms beside what they mean, examples that can be pasted. Pure. */
import { wrapWords } from "../../runtime/harmless.ts";

/** Width of help that no terminal shows, in cells. */
export const HELP_COLUMNS = 80;
/** Help is not made narrower than this, nor its lines longer. */
const COLUMNS_MIN = 40;
const COLUMNS_MAX = 120;
const INDENT = "  ";

/** The width that help is laid out in. */
export function helpWidthOf(columns: number): number {
  return Math.min(COLUMNS_MAX, Math.max(COLUMNS_MIN, columns));
}

/** Cells of the terms' column: as wide as they are, but no more than two fifths of the width, or a quarter where it is small. */
function termColumn(termWidth: number, width: number): number {
  return Math.min(termWidth, Math.floor(width < HELP_COLUMNS ? width / 4 : width * 2 / 5) - INDENT.length);
}

/** A flag or command and its meaning beside it; below it where it is wider than its column. */
export function helpItem(
  term: string,
  { description, termWidth, width }: {
    readonly description: string;
    /** The widest of the terms. */
    readonly termWidth: number;
    readonly width: number;
  },
): string {
  const column = termColumn(termWidth, width);
  const start = INDENT.length + column + 2;
  const text = wrapWords(description, width - start);
  const terms = cutAfter(term, /[|,]/, width - 2 * INDENT.length);
  const last = terms.at(-1)!;
  if (terms.length > 1 || last.length > column) text.unshift("");
  const [first, ...rest] = text;
  const beside = first === "" ? last : `${last.padEnd(column)}  ${first}`;
  const lines = [...terms.slice(0, -1), beside].map((line, at) => INDENT.repeat(at === 0 ? 1 : 2) + line);
  return [...lines, ...rest.map((line) => " ".repeat(start) + line)].map((line) => line.trimEnd()).join("\n");
}

/** Text cut behind signs into pieces of at most `width`, as far as there are such signs. */
function cutAfter(text: string, sign: RegExp, width: number): string[] {
  const pieces: string[] = [];
  let now = "";
  for (const part of text.split(new RegExp(`(?<=${sign.source})`))) {
    if (now !== "" && now.length + part.length > width) {
      pieces.push(now);
      now = "";
    }
    now += part;
  }
  return [...pieces, now];
}

/** A command line; where it is too long it goes on in the next line, as a shell reads it. */
export function exampleLines(commandLine: string, width: number): string[] {
  const whole = INDENT + commandLine;
  if (whole.length <= width) return [whole];
  const lines: string[] = [];
  let now = INDENT;
  for (const word of shellWords(commandLine)) {
    if (now.trim() !== "" && now.length + 1 + word.length > width - 2) {
      lines.push(`${now} \\`);
      now = INDENT.repeat(3) + word;
    } else now += now.trim() === "" ? word : ` ${word}`;
  }
  return [...lines, now];
}

/** Words between spaces; a quoted one is one word, and a flag stays with its value. */
function shellWords(line: string): string[] {
  const words = line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  return words.reduce<string[]>((joined, word) => {
    const last = joined.at(-1);
    if (last?.startsWith("--") && !last.includes(" ") && !/^[-|>&]/.test(word)) {
      return [...joined.slice(0, -1), `${last} ${word}`];
    }
    return [...joined, word];
  }, []);
}
