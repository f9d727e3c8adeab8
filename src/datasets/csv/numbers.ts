/**
 * Numbers as people write them: decimal point or comma, thousands with a comma, a point, a blank or an apostrophe.
 * One notation holds for a whole column; a value that two notations read differently is never read by guess.
 */
import { Undecided } from "./undecided.ts";

/** The sign between whole and fraction. */
export type DecimalSign = "." | ",";

/** Spellings of a value that is not there, in lower case. */
const MISSING: ReadonlySet<string> = new Set([
  ...["", "na", "n/a", "#n/a", "#na", "<na>", "nan", "-nan", "nat", "null", "(null)", "none", "nil", "\\n"],
  ...["?", ".", "..", "...", "*", "missing", "undefined", "no data", "nodata"],
  ...["n.a.", "n/d", "n.d.", "nd", "not available", "k.a.", "#n/d", "#"],
  ...["#value!", "#div/0!", "#ref!", "#null!", "#num!", "1.#qnan", "-1.#ind"],
]);

const DASHES = /^[-–—_]+$/;

/** Whether a cell says that there is no value. */
export function isMissing(text: string): boolean {
  const trimmed = text.trim();
  return MISSING.has(trimmed.toLowerCase()) || DASHES.test(trimmed);
}

/** What most cells are. */
const PLAIN = /^-?\d{1,15}(?:\.\d{1,15})?$/;
const PATTERNS: Readonly<Record<DecimalSign, RegExp>> = {
  ".": pattern("\\.", ",'’ \u00a0\u2009\u202f"),
  ",": pattern(",", ".'’ \u00a0\u2009\u202f"),
};

function pattern(decimal: string, groups: string): RegExp {
  const grouped = `[1-9]\\d{0,2}(?<group>[${groups}])\\d{3}(?:\\k<group>\\d{3})*`;
  return new RegExp(
    `^[+\\-−]?(?:${grouped}(?:${decimal}\\d*)?|(?:\\d+(?:${decimal}\\d*)?|${decimal}\\d+)(?:e[+-]?\\d+)?)$`,
    "i",
  );
}

/** Reads a number of one notation. @returns `undefined` for what is none, or none that is finite */
export function parseNumber(text: string, decimal: DecimalSign): number | undefined {
  if (decimal === "." && PLAIN.test(text)) return Number(text) + 0;
  const trimmed = text.trim();
  if (!PATTERNS[decimal].test(trimmed)) return undefined;
  const plain = trimmed.replaceAll(decimal === "." ? /[,'’\s]/g : /[.'’\s]/g, "");
  // JSON has no negative zero: what is trained on is what a topic carries.
  const value = Number(plain.replace(",", ".").replace("−", "-")) + 0;
  return Number.isFinite(value) ? value : undefined;
}

/** What the two notations make of a cell. */
type Kind = "point" | "comma" | "either" | "unclear" | "none";

function kindOf(text: string): Kind {
  const [point, comma] = [parseNumber(text, "."), parseNumber(text, ",")];
  if (point === undefined) return comma === undefined ? "none" : "comma";
  if (comma === undefined) return "point";
  return point === comma ? "either" : "unclear";
}

/** What a column's cells say. */
export interface NumberEvidence {
  /** Cells that hold something. */
  readonly cells: number;
  /** Cells that are numbers in one notation or the other. */
  readonly numbers: number;
  /** The sign that its cells prove, `mixed` where they prove both. */
  readonly proven: DecimalSign | "mixed" | undefined;
  /** A cell that the two notations read differently. */
  readonly unclear: string | undefined;
  /** Whether there are whole numbers without any sign: what is unclear among them may be thousands. */
  readonly whole: boolean;
}

/** Looks at the cells of a column, none of them missing. */
export function weighNumbers(texts: readonly string[]): NumberEvidence {
  const counts: Record<Kind, number> = { point: 0, comma: 0, either: 0, unclear: 0, none: 0 };
  let unclear: string | undefined;
  for (const text of texts) {
    const kind = kindOf(text);
    counts[kind]++;
    if (kind === "unclear") unclear ??= text.trim();
  }
  return {
    cells: texts.length,
    numbers: texts.length - counts.none,
    proven: counts.point > 0 ? counts.comma > 0 ? "mixed" : "." : counts.comma > 0 ? "," : undefined,
    unclear,
    whole: counts.either > 0,
  };
}

/** Values from which on three decimals in every one of them are a habit, and no accident. */
const CELLS_MIN = 20;

/** Reads the cells of a column. @returns `undefined` for what is no number, or not certainly one */
export type NumberReader = (text: string) => number | undefined;

/** Where nothing has proven a sign: what both notations read alike, or one alone. */
function readCertain(text: string): number | undefined {
  const [point, comma] = [parseNumber(text, "."), parseNumber(text, ",")];
  if (point === undefined || comma === undefined) return point ?? comma;
  return point === comma ? point : undefined;
}

/**
 * Chooses the notation of a column.
 *
 * @param options.others what the other columns prove, where they agree
 * @throws {Undecided} where its cells have two meanings, or prove both signs
 */
export function chooseDecimal(evidence: NumberEvidence, { name, others, delimiter }: {
  readonly name: string;
  readonly delimiter: string;
  readonly others: DecimalSign | undefined;
}): { readonly sign: DecimalSign | undefined; readonly read: NumberReader } {
  const { proven, unclear, whole } = evidence;
  const flag = "add --decimal point or --decimal comma";
  if (proven === "mixed") {
    throw new Undecided(
      `the column '${name}' has numbers with a decimal point and with a decimal comma`,
      flag,
    );
  }
  // A comma between fields leaves the point for decimals, where many values have some: 20.125, 19.968, …
  const usual = delimiter === "," && !whole && evidence.cells >= CELLS_MIN && !unclear?.includes(",")
    ? "."
    : undefined;
  const sign = proven ?? others ?? usual;
  if (sign !== undefined) return { sign, read: (text) => parseNumber(text, sign) };
  if (unclear !== undefined) {
    const plain = unclear.replace(/[.,]/, "");
    throw new Undecided(`'${unclear}' in column '${name}' is ${unclear.replace(",", ".")} or ${plain}`, flag);
  }
  return { sign, read: readCertain };
}
