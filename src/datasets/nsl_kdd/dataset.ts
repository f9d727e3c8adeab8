/** An NSL-KDD file as readings, for `produce`. */
import { basename } from "node:path";
import { BATCH_READINGS_MAX, type Dataset, type LabelledReading } from "../dataset.ts";
import { NSL_KDD_CLASSES } from "./attacks.ts";
import { NSL_KDD_COLUMNS, SERVICE_COLUMN } from "./columns.ts";
import { type Connection, numberIn, openConnections, type UnknownLabel } from "./connections.ts";

/** The files have no times: line n is taken to be at millisecond n − 1 of the day on which the set was presented. */
const START_MS = Date.UTC(2009, 6, 8);

function toReading(connection: Connection, { file, stem }: { file: string; stem: string }): LabelledReading {
  const { line, fields, label } = connection;
  const features: Record<string, number | string> = {};
  for (let column = 0; column < NSL_KDD_COLUMNS.length; column++) {
    const { name, kind } = NSL_KDD_COLUMNS[column]!;
    features[name] = kind === "number" ? numberIn(connection, { column, file }) : fields[column]!;
  }
  return {
    id: `${stem}-${line}`,
    timestamp: new Date(START_MS + line - 1).toISOString(),
    source: fields[SERVICE_COLUMN]! || "unknown",
    features,
    ...(label === null ? {} : { label: NSL_KDD_CLASSES[label]! }),
  };
}

/**
 * Opens a file: one reading for each connection, its source the service, its label the class of the attack.
 *
 * @param path `-` = standard input, which can be read once.
 */
export function openNslKdd(
  path: string,
  { unknownLabel }: { readonly unknownLabel: UnknownLabel },
): Dataset {
  const stem = path === "-" ? "stdin" : basename(path).replace(/\.gz$/i, "").replace(/\.[^.]+$/, "");
  let digest: string | null = null;
  return {
    name: path === "-" ? "standard input" : path,
    features: NSL_KDD_COLUMNS.map(({ name, unit }) => ({ name, unit })),
    count: undefined,
    repeatable: path !== "-",
    assumptions: [
      "the files have no times: line n is taken to be at millisecond n − 1 of 2009-07-08",
      "the source of a connection is its service",
    ],
    async *batches() {
      const pass = openConnections({ path, flag: "--file", unknownLabel });
      for await (const connections of pass.connections()) {
        for (let at = 0; at < connections.length; at += BATCH_READINGS_MAX) {
          yield connections.slice(at, at + BATCH_READINGS_MAX).map((connection) =>
            toReading(connection, { file: pass.file, stem })
          );
        }
      }
      digest = pass.sha256();
    },
    sha256: () => digest,
  };
}
