/** What a watch is saved as. */
import { shape, type ShapeOf } from "../../records/formats/shape.ts";
import type { Json } from "../../stream/json.ts";
import { partState, readState, StateError, timeState } from "../../stream/state.ts";

const windowsSchema = shape.object({ link: partState, region: partState, source: partState });
const snapshotSchema = shape.object({
  newestUs: timeState.nullable(),
  expiredTo: timeState.nullable(),
  windows: windowsSchema,
  emitted: windowsSchema.exactOptional(),
  ...{ recent: partState, links: partState, handshakes: partState },
  ...{ scans: partState, floods: partState, sources: partState },
});
/** The state of a watch; its parts are checked by those that go on from them. */
export type WatchSnapshot = ShapeOf<typeof snapshotSchema>;

/**
 * The state of a watch with these settings.
 *
 * @throws {StateError} where it is none
 */
export function readWatch(state: Json, { emitted }: { readonly emitted?: unknown }): WatchSnapshot {
  const snapshot = readState(snapshotSchema, state, "a watch");
  if ((snapshot.emitted === undefined) !== (emitted === undefined)) {
    throw new StateError("Cannot restore a watch: the windows that it emits are those of other settings");
  }
  return snapshot;
}
