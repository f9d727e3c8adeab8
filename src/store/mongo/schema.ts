/** Tables as MongoDB has them: a validator and indexes for each collection. Pure. */
import { type ColumnType, ORIGIN, type Table } from "../tables.ts";

const TYPES: Readonly<Record<ColumnType, string>> = {
  integer: "long",
  real: "double",
  text: "string",
  time: "long",
  json: "",
  bytes: "binData",
};

/** A JSON schema in MongoDB's words, as a collection's validator. */
export function validatorOf({ columns }: Table): object {
  const properties = Object.entries(columns).map(([name, { type, nullable, about: description }]) => {
    if (type === "json") return [name, { bsonType: ["object", "array"], description }];
    return [name, { bsonType: nullable ? [TYPES[type], "null"] : [TYPES[type]], description }];
  });
  return {
    $jsonSchema: {
      bsonType: "object",
      required: Object.keys(columns),
      properties: Object.fromEntries(properties),
    },
  };
}

/** Indexes of a collection: names of fields, and whether no two documents share them. */
export function indexesOf({ columns, key, indexes }: Table): [fields: readonly string[], unique: boolean][] {
  const isOriginToo = ORIGIN.every((name) => name in columns) && key.join() !== ORIGIN.join();
  return [
    [key, true],
    ...isOriginToo ? [[ORIGIN, true] as [readonly string[], boolean]] : [],
    ...indexes.map((fields) => [fields, false] as [readonly string[], boolean]),
  ];
}

/** Fields in an order, as MongoDB wants it. */
export function ascending(fields: readonly string[]): Record<string, 1> {
  return Object.fromEntries(fields.map((field) => [field, 1]));
}

/** Version of the collections as they are here. */
export const COLLECTIONS_VERSION = 1;
