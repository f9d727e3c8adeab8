/** Rows as lines of text: CSV (RFC 4180) and JSON, one row each. Pure. */
import type { Table } from "../tables.ts";

/** A value of a row, in a file: JSON and bytes as text. */
export function plainValue(value: unknown): string | number | null {
  if (value === null || typeof value === "number" || typeof value === "string") return value;
  return value instanceof Uint8Array ? value.toBase64() : JSON.stringify(value);
}

/** A cell of CSV; an empty text is quoted, nothing stands for no value. */
function cell(value: unknown): string {
  const plain = plainValue(value);
  if (plain === null) return "";
  const text = String(plain);
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The first line of a CSV file. */
export function csvHead({ columns }: Table): string {
  return `${Object.keys(columns).join(",")}\r\n`;
}

/** A line of a CSV file. */
export function csvLine(row: Readonly<Record<string, unknown>>, { columns }: Table): string {
  return `${Object.keys(columns).map((name) => cell(row[name])).join(",")}\r\n`;
}

/** A line of JSON; bytes in base64. */
export function jsonLine(row: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(row, (_, value) => value instanceof Uint8Array ? value.toBase64() : value)}\n`;
}
