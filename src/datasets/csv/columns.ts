/** Columns of a CSV file: which mean what, by many of its rows. */
import { UserError } from "../../runtime/errors.ts";
import { didYouMean } from "../../runtime/suggest.ts";
import { type Layout, unitOf } from "./layout.ts";
import {
  chooseDecimal,
  type DecimalSign,
  isMissing,
  type NumberEvidence,
  type NumberReader,
  weighNumbers,
} from "./numbers.ts";
import type { ColumnOptions } from "./options.ts";
import { chooseTimeColumn, type TimeColumn } from "./time_column.ts";
import type { Undecided } from "./undecided.ts";

/** A column with measured values. */
export interface FeatureColumn {
  readonly name: string;
  readonly unit: string;
  readonly index: number;
  readonly read: NumberReader;
  /** `undefined` where nothing has shown which it is. */
  readonly sign: DecimalSign | undefined;
}

/** The columns that count. */
export interface Columns {
  readonly names: readonly string[];
  readonly key: number | undefined;
  readonly time: TimeColumn | undefined;
  readonly features: readonly FeatureColumn[];
  /** Columns that are left out though nobody said so: name and reason. */
  readonly leftOut: readonly string[];
}

/** The cells of a column that hold something. */
export function cellsOf({ rows }: Layout, index: number): string[] {
  return rows.map(({ fields }) => fields[index] ?? "").filter((text) => !isMissing(text));
}

/**
 * Chooses the columns.
 *
 * @param options.complete whether the layout's rows are all that the file has
 * @throws {UserError} where a column is not there, or none has numbers
 * @throws {Undecided} where values have two meanings
 */
export function chooseColumns(layout: Layout, { file, complete, ...options }: ColumnOptions & {
  readonly file: string;
  readonly complete: boolean;
}): Columns {
  const { header, names } = layout;
  const find = (wanted: string) => findColumn(names, { wanted, file });
  const key = options.key === undefined ? undefined : find(options.key);
  const chosen = options.features && joinNames(options.features, names).map(find);
  refuseValues(layout, file);
  refuseRepeated(names, `${file}, line ${header.line}`);
  const time = chooseTimeColumn(layout, { ...options, file, complete, find, taken: [key, ...chosen ?? []] });
  const free = [...names.keys()].filter((index) => index !== key && !time?.indices.includes(index));
  const evidence = new Map((chosen ?? free).map((index) => [index, weighNumbers(cellsOf(layout, index))]));
  const blank = complete ? chosen?.find((index) => evidence.get(index)!.cells === 0) : undefined;
  if (blank !== undefined) {
    throw new UserError(`${file}: the column '${names[blank]}' has no value in any row`, {
      hint: "name others with --features A,B",
    });
  }
  const indices = chosen ?? free.filter((index) => names[index] !== "" && isNumeric(evidence.get(index)!));
  if (indices.length === 0) {
    const line = layout.rows[0]?.line ?? header.line + 1;
    throw new UserError(`${file}, line ${line}: found no column with numbers among ${names.join(", ")}`, {
      hint: "the first line names the columns; choose some with --features A,B",
    });
  }
  const read = readersOf(indices, { evidence, names, delimiter: layout.delimiter, decimal: options.decimal });
  const features = indices.map((index, i) => ({
    ...{ name: names[index]!, unit: unitOf(layout.units?.fields[index] ?? ""), index },
    ...read[i]!,
  }));
  const leftOut = chosen !== undefined
    ? []
    : free.filter((index) => !indices.includes(index)).flatMap((index) => {
      const { cells } = evidence.get(index)!;
      const name = names[index] === "" ? `column ${index + 1}, which has no name` : `'${names[index]}'`;
      return cells === 0 && names[index] === "" ? [] : [`${name}${cells === 0 ? " (no values)" : ""}`];
    });
  return { names, key, time, features, leftOut };
}

function isNumeric({ cells, numbers }: NumberEvidence): boolean {
  return numbers > 0 && numbers * 2 >= cells;
}

/** A name with commas came as several: `temp, C` of `--features "temp, C,hum"`. */
function joinNames(wanted: readonly string[], names: readonly string[]): string[] {
  const parts = names.map((name) => name.split(",").map((part) => part.trim()).join());
  const joined: string[] = [];
  for (let at = 0; at < wanted.length;) {
    let length = wanted.length - at;
    while (length > 1 && !parts.includes(wanted.slice(at, at + length).join())) length--;
    const place = parts.indexOf(wanted.slice(at, at + length).join());
    joined.push(place < 0 ? wanted[at]! : names[place]!);
    at += length;
  }
  return joined;
}

function findColumn(names: readonly string[], { wanted, file }: { wanted: string; file: string }): number {
  const index = names.indexOf(wanted.trim());
  if (index >= 0) return index;
  throw new UserError(`${file} has no column '${wanted}'`, { hint: didYouMean(wanted, names) });
}

function refuseRepeated(names: readonly string[], where: string): void {
  const repeated = names.find((name, index) => name !== "" && names.indexOf(name) !== index);
  if (repeated === undefined) return;
  throw new UserError(`${where}: the column '${repeated}' is there twice`, {
    hint: "every column needs a name of its own in the first line",
  });
}

/** A first line that holds values would be lost as names. */
function refuseValues({ header, names, rows }: Layout, file: string): void {
  if (rows.length === 0) return;
  const typed = [...names.keys()].filter((index) =>
    weighNumbers(rows.slice(0, 100).map(({ fields }) => fields[index] ?? "")).numbers > 0
  );
  const isValue = (index: number) =>
    isMissing(header.fields[index]!) || weighNumbers([header.fields[index]!]).numbers > 0;
  if (typed.length === 0 || !typed.every(isValue) || typed.every((index) => names[index] === "")) return;
  throw new UserError(`${file}, line ${header.line} holds values where the columns' names are expected`, {
    hint: `put a line with names above it, for example time,${
      typed.slice(0, 3).map((_, i) => `value${i + 1}`).join(",")
    }`,
  });
}

function readersOf(indices: readonly number[], { evidence, names, delimiter, decimal }: {
  readonly evidence: ReadonlyMap<number, NumberEvidence>;
  readonly names: readonly string[];
  readonly delimiter: string;
  readonly decimal: "point" | "comma" | undefined;
}) {
  const given: DecimalSign | undefined = decimal && (decimal === "point" ? "." : ",");
  const proven = new Set(
    [...evidence.values()].map((one) => one.proven).filter((sign) => sign !== undefined),
  );
  const [only] = proven;
  const others = given ?? (proven.size === 1 && only !== "mixed" ? only : undefined);
  return indices.map((index) => {
    const found = evidence.get(index)!;
    const known = given === undefined ? found : { ...found, proven: given };
    return chooseDecimal(known, { name: names[index]!, others, delimiter });
  });
}

/** What a sample leaves open, as an error of the file. */
export function undecidedError(error: Undecided, file: string): UserError {
  return new UserError(`${file}: ${error.message}`, { hint: error.hint, cause: error });
}
