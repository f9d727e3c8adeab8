/** An NSL-KDD file as readings, for `produce`. */
import { BATCH_READINGS_MAX, type Dataset, type LabelledReading } from "../dataset.ts";
import { RowIds } from "../row_ids.ts";
import { NSL_KDD_CLASSES } from "./attacks.ts";
import { NSL_KDD_COLUMNS, SERVICE_COLUMN } from "./columns.ts";
import { openConnections } from "./connections.ts";
import { type ConnectionBlock, NO_LABEL, type UnknownLabel } from "./scanner.ts";

const FEATURES = NSL_KDD_COLUMNS.length;
/** The files have no times: line n is taken to be at millisecond n − 1 of the day on which the set was presented. */
const START_MS = Date.UTC(2009, 6, 8);
/** A copy has all names at once: filling that in is faster than adding name after name. */
const NO_FEATURES: Readonly<Record<string, number | string>> = Object.fromEntries(
  NSL_KDD_COLUMNS.map(({ name }) => [name, 0]),
);

/** Row of a block → a reading of its own. */
function toReading(
  { lines, values, texts, labels }: ConnectionBlock,
  { row, ids }: { readonly row: number; readonly ids: RowIds },
): LabelledReading {
  const start = row * FEATURES;
  const features: Record<string, number | string> = { ...NO_FEATURES };
  for (let column = 0; column < FEATURES; column++) {
    const { name, kind } = NSL_KDD_COLUMNS[column]!;
    const value = values[start + column]!;
    features[name] = kind === "number" ? value : texts[value]!;
  }
  const line = lines[row]!, label = labels[row]!;
  const reading = {
    id: ids.next(line, Object.values(features).join()),
    timestamp: new Date(START_MS + line - 1).toISOString(),
    source: texts[values[start + SERVICE_COLUMN]!]!,
    features,
  };
  return label === NO_LABEL ? reading : { ...reading, label: NSL_KDD_CLASSES[label]! };
}

/** Reads until the first connection, so that a file that is none is refused before anything is sent. */
async function checkBeginning(path: string, unknownLabel: UnknownLabel): Promise<void> {
  for await (const { rows } of openConnections({ path, flag: "--file", unknownLabel }).blocks()) {
    if (rows > 0) return;
  }
}

/**
 * Opens a file: one reading for each connection, its source the service, its label the class of the attack.
 *
 * @param path `-` = standard input, which can be read once, and is not looked at before that.
 * @throws {UserError} where it cannot be read, is empty, or does not begin with connections.
 */
export async function openNslKdd(
  path: string,
  { unknownLabel }: { readonly unknownLabel: UnknownLabel },
): Promise<Dataset> {
  const standardInput = path === "-";
  if (!standardInput) await checkBeginning(path, unknownLabel);
  let digest: string | null = null;
  let skippedBefore = 0;
  let skippedNow = () => 0;
  return {
    name: standardInput ? "standard input" : path,
    features: NSL_KDD_COLUMNS.map(({ name, unit }) => ({ name, unit })),
    count: undefined,
    repeatable: !standardInput,
    assumptions: [
      "the files have no times: line n is taken to be at millisecond n − 1 of 2009-07-08",
      "the source of a connection is its service",
    ],
    async *batches() {
      const ids = new RowIds(path);
      const pass = openConnections({ path, flag: "--file", unknownLabel });
      skippedBefore += skippedNow();
      skippedNow = pass.skipped;
      for await (const block of pass.blocks()) {
        for (let from = 0; from < block.rows; from += BATCH_READINGS_MAX) {
          const batch: LabelledReading[] = [];
          const end = Math.min(block.rows, from + BATCH_READINGS_MAX);
          for (let row = from; row < end; row++) batch.push(toReading(block, { row, ids }));
          yield batch;
        }
      }
      digest = pass.sha256();
    },
    sha256: () => digest,
    skipped: () => skippedBefore + skippedNow(),
  };
}
