/** `analyze batch --store`: the store, opened, and the name under which this very analysis is kept. */
import { createHash } from "node:crypto";
import { StoredBatch } from "../../analytics/stored_batch.ts";
import type { Settings } from "../../config/settings.ts";
import { readBytes } from "../../datasets/bytes.ts";
import type { Dataset } from "../../datasets/mod.ts";
import { persist, StoreOutage } from "../../store/sink/outage.ts";
import type { Writing } from "../../store/store.ts";
import { UserError } from "../../runtime/errors.ts";
import type { CommandContext } from "../command.ts";
import { openNamedStore, orUserError, type STORE_KEYS } from "../store/open_store.ts";
import type { ChosenScorer } from "./chosen.ts";

/** An open store with the rows' source; disposing closes it. */
export interface NamedBatch extends AsyncDisposable {
  readonly rows: StoredBatch;
  readonly source: string;
}

/**
 * Opens the store that `--store` names; `null` where none is.
 *
 * @throws {UserError} for standard input, whose content nobody knows before it is read, and as the store does
 */
export async function openBatchStore(
  settings: Pick<Settings, "csv" | "limit" | typeof STORE_KEYS[number]>,
  { dataset, chosen, origin, signal, log }: {
    readonly dataset: Dataset;
    readonly chosen: ChosenScorer;
  } & Pick<CommandContext, "origin" | "signal" | "log">,
): Promise<NamedBatch | null> {
  if (origin["store"] === undefined) return null;
  if (!dataset.repeatable) {
    throw new UserError(
      `Cannot keep an analysis of ${dataset.name}: it is known by its content, which is read once`,
      {
        hint: "write it to a file first, and name that with --csv",
        exitCode: 2,
      },
    );
  }
  const { forecaster: { target, horizon }, model, detectorName: detector, threshold } = chosen;
  const content = dataset.sha256() ?? await digestOf(settings.csv!);
  const analysis = {
    content,
    limit: settings.limit,
    model: model?.version,
    target,
    horizon,
    detector,
    threshold,
  };
  const id = createHash("sha256").update(JSON.stringify(analysis)).digest("hex").slice(0, 12);
  const source = `${dataset.name}#${id}`;
  const { store } = await openNamedStore(settings);
  const outage = new StoreOutage((line) => log.warn(line));
  const keep = async (writing: Writing) => {
    await orUserError(persist(() => store.write(writing), { signal, outage }));
  };
  const modelVersion = model?.version ?? null;
  return {
    source,
    rows: new StoredBatch(keep, { source, target, detector, modelVersion }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of readBytes(path, "--csv")) hash.update(bytes);
  return hash.digest("hex");
}
