/**
 * A store in a database of MongoDB, or of a server that speaks its protocol. Rows are written before offsets, each
 * acknowledged by a majority: a crash in between writes rows again that are there already.
 */
import {
  type AnyBulkWriteOperation,
  Binary,
  type Db,
  type Document,
  Double,
  Long,
  MongoClient,
} from "mongodb";
import { BATCH_ROWS_MAX, MONGO_CONNECTIONS_MAX, MONGO_WAIT_MS } from "../limits.ts";
import { type Store, type StoredOffset, StoreError, type StoreState, type Writing } from "../store.ts";
import { type Column, type Row, type Table, TABLE_NAMES, type TableName, tableOf } from "../tables.ts";
import { otherThanDuplicates, toStoreError } from "./errors.ts";
import { ascending, COLLECTIONS_VERSION, indexesOf, validatorOf } from "./schema.ts";

/** Where no database is named. */
const DATABASE = "streamflow";
const OFFSETS = "offsets";
const OFFSETS_KEY = ["consumer", "topic", "partition"];
/** What the store is, in one document. */
const ABOUT = "about";

/** The server does not know this. */
const NOT_IMPLEMENTED = 238;
const ALREADY_EXISTS = 48;

/** A value as BSON has the column's type, whatever the number looks like; another one as it is: for the validator. */
function toBson(value: unknown, { type }: Column): unknown {
  if (typeof value === "number") {
    if (type === "real") return Number.isNaN(value) ? null : new Double(value);
    if ((type === "integer" || type === "time") && Number.isSafeInteger(value)) return Long.fromNumber(value);
  }
  return value instanceof Uint8Array ? new Binary(value) : value ?? null;
}

function toDocument(row: Readonly<Record<string, unknown>>, { columns }: Table): Document {
  return Object.fromEntries(Object.keys(columns).map((name) => [name, toBson(row[name], columns[name]!)]));
}

function toRow(document: Document, { columns }: Table): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(columns).map((name) => {
      const value = document[name];
      return [name, value instanceof Binary ? new Uint8Array(value.buffer) : value];
    }),
  );
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown } | null)?.code;
}

/** A database as a store. */
export class MongoStore implements Store {
  readonly name: string;
  readonly #client: MongoClient;
  readonly #database: Db;

  /**
   * Connects when it is first needed.
   *
   * @param url without a password
   * @throws {StoreError} where the URL is none
   */
  constructor(url: string, { password }: { readonly password?: string | undefined } = {}) {
    const { username, host, pathname } = new URL(url);
    this.name = `mongodb://${host}${pathname}`;
    try {
      this.#client = new MongoClient(url, {
        appName: "streamflow",
        maxPoolSize: MONGO_CONNECTIONS_MAX,
        serverSelectionTimeoutMS: MONGO_WAIT_MS,
        connectTimeoutMS: MONGO_WAIT_MS,
        socketTimeoutMS: 10 * MONGO_WAIT_MS,
        writeConcern: { w: "majority" },
        ...(password === undefined ? {} : { auth: { username: decodeURIComponent(username), password } }),
      });
    } catch (error) {
      throw toStoreError(error, this.name);
    }
    this.#database = this.#client.db(pathname.length > 1 ? undefined : DATABASE);
  }

  init(): Promise<StoreState> {
    return this.#run(async (database) => {
      const about = database.collection<{ _id: string; version: number }>(ABOUT);
      const from = (await about.findOne({ _id: "store" }))?.version ?? 0;
      if (from > COLLECTIONS_VERSION) {
        const found = `its collections have version ${from}, and this program knows ${COLLECTIONS_VERSION}`;
        throw new StoreError("foreign", `${this.name} was made by a later version of streamflow: ${found}`);
      }
      for (const name of TABLE_NAMES) await this.#makeCollection(name);
      await database.collection(OFFSETS).createIndex(ascending(OFFSETS_KEY), { unique: true });
      await about.updateOne({ _id: "store" }, { $set: { version: COLLECTIONS_VERSION } }, { upsert: true });
      return { created: from === 0, from, version: COLLECTIONS_VERSION };
    });
  }

  async #makeCollection(name: TableName): Promise<void> {
    const database = this.#database;
    const table = tableOf(name);
    const validator = validatorOf(table);
    try {
      await database.createCollection(name, { validator });
    } catch (error) {
      if (codeOf(error) === ALREADY_EXISTS) await database.command({ collMod: name, validator });
      // A server without validators, such as FerretDB, has the indexes all the same.
      else if (codeOf(error) !== NOT_IMPLEMENTED) throw error;
    }
    for (const [fields, unique] of indexesOf(table)) {
      await database.collection(name).createIndex(ascending(fields), { unique });
    }
  }

  offsets(consumer: string): Promise<StoredOffset[]> {
    return this.#run(async (database) => {
      const found = await database.collection(OFFSETS).find({ consumer }).toArray();
      return found.map(({ topic, topicId, incarnation, partition, offset }) => ({
        ...{ topic, topicId, incarnation, partition, offset },
      }));
    });
  }

  write({ rows, offsets }: Writing): Promise<void> {
    return this.#run(async (database) => {
      for (const name of TABLE_NAMES) {
        const of = rows[name];
        if (of !== undefined && of.length > 0) await this.#insert(name, of);
      }
      if (offsets === undefined || offsets.of.length === 0) return;
      const { consumer } = offsets;
      await database.collection(OFFSETS).bulkWrite(offsets.of.map(({ topic, partition, ...rest }) => ({
        updateOne: {
          filter: { consumer, topic, partition },
          update: { $set: { ...rest, offset: Long.fromNumber(rest.offset) } },
          upsert: true,
        },
      })));
    });
  }

  async #insert(name: TableName, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    const table = tableOf(name);
    const collection = this.#database.collection(name);
    const documents = lastOfEach(rows, table).map((row) => toDocument(row, table));
    try {
      await collection.insertMany(documents, { ordered: false });
    } catch (error) {
      const other = otherThanDuplicates(error);
      if (other !== null) throw other;
      // Those that are there give way where they have to.
      if (table.onConflict !== "keep") {
        await collection.bulkWrite(documents.map((document) => replacing(document, table)));
      }
    }
  }

  async *rows<T extends TableName>(name: T): AsyncGenerator<Row<T>[]> {
    const table = tableOf(name);
    const cursor = this.#database.collection(name).find({}, { projection: { _id: 0 } })
      .sort(ascending(table.key)).batchSize(BATCH_ROWS_MAX);
    try {
      while (await cursor.hasNext()) {
        yield cursor.readBufferedDocuments(BATCH_ROWS_MAX)
          .map((document) => toRow(document, table) as unknown as Row<T>);
      }
    } catch (error) {
      throw toStoreError(error, this.name);
    } finally {
      await cursor.close();
    }
  }

  /** What the driver throws is a {@linkcode StoreError}. */
  async #run<T>(work: (database: Db) => Promise<T>): Promise<T> {
    try {
      return await work(this.#database);
    } catch (error) {
      throw toStoreError(error, this.name);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}

/** Of rows with one key the one that counts: in no order they must not meet. */
function lastOfEach<R extends Readonly<Record<string, unknown>>>(
  rows: readonly R[],
  { key, onConflict }: Table,
): readonly R[] {
  if (onConflict === "keep") return rows;
  const last = new Map<string, R>();
  for (const row of rows) {
    const name = JSON.stringify(key.map((column) => row[column]));
    const before = last.get(name);
    if (onConflict === "newest" && Number(before?.["offset"]) > Number(row["offset"])) continue;
    last.set(name, row);
  }
  return [...last.values()];
}

/** Puts a document in the place of the one with its key, unless that has to stay. */
function replacing(document: Document, { key, onConflict }: Table): AnyBulkWriteOperation {
  const filter: Document = Object.fromEntries(key.map((name) => [name, document[name]]));
  if (onConflict === "newest") filter["offset"] = { $lt: document["offset"] };
  return { replaceOne: { filter, replacement: document } };
}
