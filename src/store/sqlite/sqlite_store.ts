/** A store in one SQLite file. WAL: whoever reads does not wait for who writes, and the other way round. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { BATCH_ROWS_MAX, LOCK_WAIT_MS, LONG_ROWS_MAX, OPEN_LOCK_WAIT_MS } from "../limits.ts";
import { type Store, type StoredOffset, StoreError, type StoreState, type Writing } from "../store.ts";
import { type Row, type RowsByTable, type Table, TABLE_NAMES, type TableName, tableOf } from "../tables.ts";
import { toStoreError } from "./errors.ts";
import { APPLICATION_ID, insertSql, MIGRATIONS, quotedList, SCHEMA_VERSION, schemaSql } from "./schema.ts";

/** Opens a file. @throws {StoreError} */
export function openSqlite(
  place: string,
  { isReadOnly = false }: { readonly isReadOnly?: boolean } = {},
): DatabaseSync {
  try {
    if (isReadOnly && !exists(place)) {
      throw new StoreError("foreign", `there is no store at ${place}`);
    }
    const database = new DatabaseSync(place, { readOnly: isReadOnly, timeout: OPEN_LOCK_WAIT_MS });
    if (isReadOnly && versionOf(database, place) === 0) {
      throw new StoreError("foreign", `${place} is empty, and no store yet`);
    }
    return database;
  } catch (error) {
    throw toStoreError(error, place);
  }
}

function exists(place: string): boolean {
  try {
    return Deno.statSync(place).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}

/** Version of the store's tables; 0 for an empty file. @throws {StoreError} `foreign` */
function versionOf(database: DatabaseSync, place: string): number {
  const version = pragma(database, "user_version");
  if (version > SCHEMA_VERSION) {
    const found = `its tables have version ${version}, and this program knows ${SCHEMA_VERSION}`;
    throw new StoreError("foreign", `${place} was made by a later version of streamflow: ${found}`);
  }
  const isOurs = pragma(database, "application_id") === APPLICATION_ID;
  const { tables } = database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get()!;
  if (!isOurs && Number(tables) > 0) {
    throw new StoreError("foreign", `${place} is an SQLite database, but no store of streamflow's`);
  }
  return isOurs ? version : 0;
}

/** A statement and how a row becomes its arguments. */
class Insert {
  readonly #statement: StatementSync;
  readonly #names: readonly string[];
  readonly #isJson: readonly boolean[];

  constructor(database: DatabaseSync, name: TableName) {
    const table: Table = tableOf(name);
    this.#statement = database.prepare(insertSql(name, table));
    this.#names = Object.keys(table.columns);
    this.#isJson = Object.values(table.columns).map(({ type }) => type === "json");
  }

  run(row: Readonly<Record<string, unknown>>): void {
    const values = this.#names.map((name, at) =>
      ((this.#isJson[at] ? JSON.stringify(row[name]) : row[name]) ?? null) as SQLInputValue
    );
    this.#statement.run(...values);
  }
}

/** One SQLite file as a store. */
export class SqliteStore implements Store {
  readonly name: string;
  readonly #database: DatabaseSync;
  readonly #inserts = new Map<TableName, Insert>();

  /** @throws {StoreError} where the file cannot be opened */
  constructor(place: string) {
    this.name = place;
    this.#database = openSqlite(place);
  }

  init(): Promise<StoreState> {
    return this.#run((database) => {
      const from = versionOf(database, this.name);
      database.exec(`PRAGMA busy_timeout = ${OPEN_LOCK_WAIT_MS}`);
      // What a power cut takes is read again: rows and offsets go together.
      database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
      if (from < SCHEMA_VERSION) this.#migrate();
      database.exec(`PRAGMA busy_timeout = ${LOCK_WAIT_MS}`);
      return { created: from === 0, from, version: SCHEMA_VERSION };
    });
  }

  /** Another process may do the same at the same time: what is missing is looked at again behind the lock. */
  #migrate(): void {
    this.#transaction((database) => {
      const from = versionOf(database, this.name);
      const statements = from === 0 ? schemaSql() : MIGRATIONS.slice(from - 1).flat();
      for (const statement of statements) database.exec(statement);
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    });
  }

  offsets(consumer: string): Promise<StoredOffset[]> {
    return this.#run((database) =>
      database.prepare(
        `SELECT topic, topic_id, incarnation, "partition", "offset" FROM offsets WHERE consumer = ?`,
      ).all(consumer).map((row) => ({
        topic: String(row["topic"]),
        topicId: row["topic_id"] === null ? null : String(row["topic_id"]),
        incarnation: Number(row["incarnation"]),
        partition: Number(row["partition"]),
        offset: Number(row["offset"]),
      }))
    );
  }

  write({ rows, offsets }: Writing): Promise<void> {
    return this.#run(() =>
      this.#transaction((database) => {
        this.#insert(rows);
        if (offsets === undefined) return;
        const note = database.prepare("INSERT OR REPLACE INTO offsets VALUES (?, ?, ?, ?, ?, ?)");
        for (const { topic, topicId, incarnation, partition, offset } of offsets.of) {
          note.run(offsets.consumer, topic, topicId, incarnation, partition, offset);
        }
      })
    );
  }

  #insert(rows: RowsByTable): void {
    for (const name of TABLE_NAMES) {
      const of = rows[name];
      if (of === undefined || of.length === 0) continue;
      let insert = this.#inserts.get(name);
      if (insert === undefined) this.#inserts.set(name, insert = new Insert(this.#database, name));
      for (const row of of) insert.run(row);
    }
  }

  async *rows<T extends TableName>(table: T): AsyncGenerator<Row<T>[]> {
    // A connection of its own: what is read stands still, and writing goes on.
    const database = openSqlite(this.name, { isReadOnly: true });
    try {
      database.exec("BEGIN");
      const { columns, key } = tableOf(table);
      const names = Object.keys(columns);
      const texts = names.filter((name) => columns[name]!.type === "json");
      const isLong = names.some((name) => columns[name]!.type === "bytes");
      const rowsMax = isLong ? LONG_ROWS_MAX : BATCH_ROWS_MAX;
      // Page by page: an iterator of this runtime ends without a word where a step fails.
      const page = (after: string) =>
        database.prepare(
          `SELECT ${quotedList(names)} FROM ${table} ${after} ORDER BY ${quotedList(key)} LIMIT ${rowsMax}`,
        );
      const next = page(`WHERE (${quotedList(key)}) > (${key.map(() => "?").join(", ")})`);
      for (let found = page("").all(); found.length > 0;) {
        const last = found.at(-1)!;
        yield found.map((one) => {
          const row: Record<string, unknown> = { ...one };
          for (const name of texts) row[name] = JSON.parse(String(row[name]));
          return row as unknown as Row<T>;
        });
        found = next.all(...key.map((name) => last[name]!));
      }
    } catch (error) {
      throw toStoreError(error, this.name);
    } finally {
      database.close();
    }
  }

  #transaction(work: (database: DatabaseSync) => void): void {
    const database = this.#database;
    database.exec("BEGIN IMMEDIATE");
    try {
      work(database);
      database.exec("COMMIT");
    } catch (error) {
      // A full disk may have rolled back by itself.
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }

  /** Runs at once; what SQLite throws is a {@linkcode StoreError}. */
  #run<T>(work: (database: DatabaseSync) => T): Promise<T> {
    try {
      return Promise.resolve(work(this.#database));
    } catch (error) {
      return Promise.reject(toStoreError(error, this.name));
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
    return Promise.resolve();
  }
}
