/** Tables as SQLite has them, and how a file of an earlier version becomes one of this. Pure. */
import { type Column, type ColumnType, ORIGIN, type Table, TABLE_NAMES, tableOf } from "../tables.ts";
import { viewsSql } from "./views.ts";

/** Says that a file is a store of this program's: "sflw". */
export const APPLICATION_ID = 0x73666c77;

const TYPES: Readonly<Record<ColumnType, string>> = {
  integer: "INTEGER",
  real: "REAL",
  text: "TEXT",
  time: "INTEGER",
  json: "TEXT",
  bytes: "BLOB",
};

/** A name that may be one of SQL's words: `offset`, `partition`, `values`. */
export function quoted(name: string): string {
  return `"${name}"`;
}

/** Names with commas between them. */
export function quotedList(names: readonly string[]): string {
  return names.map(quoted).join(", ");
}

function columnSql([name, { type, nullable }]: [string, Column]): string {
  const check = type === "json" ? ` CHECK (json_valid(${quoted(name)}))` : "";
  return `${quoted(name)} ${TYPES[type]}${nullable ? "" : " NOT NULL"}${check}`;
}

function tableSql(name: string, { columns, key, indexes }: Table): string[] {
  const hasOrigin = ORIGIN.every((column) => column in columns);
  const isKeyedByOrigin = key.join() === ORIGIN.join();
  // Short rows stand in the key's own tree: one tree to write instead of two. Long ones would make it flat.
  const isLong = Object.values(columns).some(({ type }) => type === "bytes");
  return [
    `CREATE TABLE ${name} (
  ${Object.entries(columns).map(columnSql).join(",\n  ")},
  PRIMARY KEY (${quotedList(key)})${
      hasOrigin && !isKeyedByOrigin ? `,\n  UNIQUE (${quotedList(ORIGIN)})` : ""
    }
) STRICT${isLong ? "" : ", WITHOUT ROWID"}`,
    ...indexes.map((columns) => `CREATE INDEX ${name}_by_${columns[0]} ON ${name} (${quotedList(columns)})`),
  ];
}

const OFFSETS_SQL = `CREATE TABLE offsets (
  consumer TEXT NOT NULL,
  topic TEXT NOT NULL,
  topic_id TEXT,
  incarnation INTEGER NOT NULL,
  "partition" INTEGER NOT NULL,
  "offset" INTEGER NOT NULL,
  PRIMARY KEY (consumer, topic, "partition")
) STRICT, WITHOUT ROWID`;

/** The tables, as version 1 has them. */
export function tablesSql(): string[] {
  return [...TABLE_NAMES.flatMap((name) => tableSql(name, tableOf(name))), OFFSETS_SQL];
}

/** What makes an empty file a store. */
export function schemaSql(): string[] {
  return [...tablesSql(), ...viewsSql()];
}

/** The statement that writes a row of a table: its columns in order, `json` as text. */
export function insertSql(name: string, { columns, key, onConflict }: Table): string {
  const names = Object.keys(columns);
  const rest = names.filter((column) => !key.includes(column));
  const taken = rest.map((column) => `${quoted(column)} = excluded.${quoted(column)}`).join(", ");
  const newer = onConflict === "newest" ? ` WHERE excluded."offset" > ${name}."offset"` : "";
  const action = onConflict === "keep" ? "NOTHING" : `UPDATE SET ${taken}${newer}`;
  return `INSERT INTO ${name} (${quotedList(names)}) VALUES (${names.map(() => "?").join(", ")}) ` +
    `ON CONFLICT (${quotedList(key)}) DO ${action}`;
}

/** From version n + 1 to n + 2: the views came second. */
export const MIGRATIONS: readonly (readonly string[])[] = [viewsSql()];

/** Version of the tables as they are here. */
export const SCHEMA_VERSION = MIGRATIONS.length + 1;
