/** What the kinds of windows are saved as, and how that is checked before one goes on from it. */
import { shape, type ShapeOf } from "../../records/formats/shape.ts";
import type { Json } from "../json.ts";
import { countState, partState, readState, StateError } from "../state.ts";

/** Key, count, state, fresh, run. */
const paneSchema = shape.tuple([shape.string(), countState, partState, shape.literal([0, 1]), countState]);
/** Each: start and panes. */
const slicesSchema = shape.array(shape.tuple([shape.int(), shape.array(paneSchema)]));

/** Slices of aligned windows, by time. @throws {StateError} where they are none, or none of this length */
export function readSlices(state: Json, length: number): ShapeOf<typeof slicesSchema> {
  const slices = readState(slicesSchema, state, "slices");
  let before = -Infinity;
  for (const [start, panes] of slices) {
    const isUnique = new Set(panes.map(([key]) => key)).size === panes.length;
    if (start <= before || !Number.isInteger(start / length) || !isUnique) {
      throw new StateError(
        `Cannot restore the slice at ${start}: it is not aligned, or something is there twice`,
      );
    }
    before = start;
  }
  return slices;
}

const stageSchema = shape.enum(["ends", "begins", "grace"]);
/** Key, time, count, state, fresh, stage. */
const instantSchema = shape.tuple([
  shape.string(),
  shape.int(),
  countState,
  partState,
  shape.boolean(),
  stageSchema,
]);
const slidingSchema = shape.object({
  instants: shape.array(instantSchema),
  /** Of keys: where their two stacks meet, for the same digits of sums. */
  folds: shape.array(shape.tuple([shape.string(), shape.int()])),
});

/** What an instant is kept for: the window that ends with it, the one that begins after it, late records. */
export type Stage = ShapeOf<typeof stageSchema>;

/** Sliding windows. @throws {StateError} where they are none */
export function readSliding(state: Json): ShapeOf<typeof slidingSchema> {
  const sliding = readState(slidingSchema, state, "sliding windows");
  const times = new Map<string, Set<number>>();
  for (const [key, time] of sliding.instants) {
    const known = times.get(key) ?? new Set();
    if (known.has(time)) {
      throw new StateError(`Cannot restore sliding windows: '${key}' is there twice at ${time}`);
    }
    times.set(key, known.add(time));
  }
  for (const [key, time] of sliding.folds) {
    const known = times.get(key);
    // Stacks meet at an instant: one that is there, or one of before that is forgotten.
    if (known === undefined || !known.has(time) && [...known].some((one) => one < time)) {
      throw new StateError(`Cannot restore sliding windows: nothing of '${key}' is at ${time}`);
    }
  }
  return sliding;
}

/** Each: key, start, last, count, state, emitted, closed, fresh. */
const sessionsSchema = shape.array(shape.tuple([
  ...[shape.string(), shape.int(), shape.int(), countState, partState] as const,
  ...[shape.boolean(), shape.boolean(), shape.boolean()] as const,
]));

/** Sessions. @throws {StateError} where they are none */
export function readSessions(state: Json): ShapeOf<typeof sessionsSchema> {
  const sessions = readState(sessionsSchema, state, "sessions");
  for (const [key, start, last] of sessions) {
    if (last < start) throw new StateError(`Cannot restore a session of '${key}': it ends before it begins`);
  }
  return sessions;
}
