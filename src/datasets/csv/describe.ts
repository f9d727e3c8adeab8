/** How a CSV file is read, and what was left out of it, in words. */
import { formatCount } from "../../runtime/progress.ts";
import type { RowCounts } from "../dataset.ts";
import type { TimeFormat } from "./calendar.ts";
import type { Columns } from "./columns.ts";
import type { Layout } from "./layout.ts";
import type { ColumnOptions } from "./options.ts";

/** What was decided about a file. */
export interface Decided {
  readonly layout: Layout;
  readonly columns: Columns;
  readonly complete: boolean;
}

/** Names of columns in a line, and characters of each. */
const NAMES_MAX = 8;
const NAME_CHARS_MAX = 40;

const DELIMITER_NAMES: Readonly<Record<string, string>> = {
  ",": "commas",
  ";": "semicolons",
  "\t": "tabs",
  "|": "bars",
};

/** What was taken for granted: a phrase each, for one line. */
export function assumptionsOf({ layout, columns, complete }: Decided, { options, stem, disorder }: {
  readonly options: ColumnOptions;
  readonly stem: string;
  readonly disorder: number | undefined;
}): string[] {
  const { time, features, leftOut } = columns;
  const signs = new Set(features.map(({ sign }) => sign).filter((sign) => sign !== undefined));
  const sign = [...signs].map((sign) => sign === "." ? "point" : "comma").join(" or ");
  const count = layout.rows.length;
  const rows = `${complete ? "all" : "the first"} ${formatCount(count)} ${count === 1 ? "row" : "rows"}`;
  const list = (names: readonly string[]) => {
    const shown = names.slice(0, NAMES_MAX).map((name) =>
      name.length > NAME_CHARS_MAX ? `${name.slice(0, NAME_CHARS_MAX)}…` : name
    ).join(", ");
    return names.length > NAMES_MAX ? `${shown} and ${names.length - NAMES_MAX} more` : shown;
  };
  return [
    `fields between ${DELIMITER_NAMES[layout.delimiter] ?? `'${layout.delimiter}'`}` +
    (sign === "" ? "" : ` with a decimal ${sign}`) +
    ` (by ${rows})`,
    ...(layout.above > 0
      ? [
        `${layout.above} ${
          layout.above === 1 ? "line" : "lines"
        } above the header in line ${layout.header.line} left out`,
      ]
      : []),
    ...(layout.units === undefined ? [] : [`line ${layout.units.line} has units`]),
    time === undefined
      ? "no column has the time: row n is taken to be at second n − 1 of 1970 (--timestamp COLUMN)"
      : `time from '${time.name}' as ${formatWords(time.format)}`,
    ...(disorder === undefined ? [] : [`sorted by time, as line ${disorder} goes back`]),
    ...(options.key === undefined ? [`all rows are one source, '${stem}' (--key COLUMN)`] : []),
    ...(options.features === undefined
      ? [`features: ${list(features.map(({ name }) => name))} (--features A,B)`]
      : []),
    ...(leftOut.length === 0 ? [] : [`left out: ${list(leftOut)}`]),
  ];
}

/** `ISO 8601, taken as UTC`. */
export function formatWords({ name, zoned }: TimeFormat): string {
  return `${name}${zoned === undefined ? "" : zoned ? " with a zone" : ", taken as UTC"}`;
}

/** What a pass left out, as one phrase; `undefined` where it was nothing. */
export function describeRows(
  counts: RowCounts,
  { whole = false }: { readonly whole?: boolean } = {},
): string | undefined {
  const { bad, empty, incomplete, missing } = counts;
  const count = (n: number, what: string) => `${formatCount(n)} ${n === 1 ? what : `${what}s`}`;
  const parts = [
    ...(bad > 0
      ? [`${count(bad, "row")} that ${bad === 1 ? "is no reading" : "are no readings"} left out`]
      : []),
    ...(empty > 0 ? [`${count(empty, "row")} without any value left out`] : []),
    ...(incomplete > 0
      ? [
        whole
          ? `${count(incomplete, "row")} with missing values left out`
          : `${count(missing, "value")} missing in ${count(incomplete, "row")}`,
      ]
      : []),
  ];
  return parts.length === 0 ? undefined : parts.join(", ");
}
