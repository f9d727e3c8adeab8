/** A device as a snapshot keeps it: its readings stay on the cluster that they came from. */
import { shape, type ShapeOf } from "../../records/formats/shape.ts";
import { missState } from "./miss_watch.ts";
import { readingsState } from "./kept_readings.ts";
import { scoresState } from "./scores.ts";

const word = shape.int();

const pendingState = shape.object({
  ...{ device: shape.string(), round: shape.int(), version: shape.string() },
  ...{ numExamples: shape.int(), weights: shape.string() },
  metrics: shape.record(shape.string(), shape.number()),
});

/** Numbers are texts, see `numbers.ts`; weights that are the global ones are `null`. */
export const deviceState = shape.object({
  ...{ device: shape.string(), round: shape.int(), version: shape.string(), readings: readingsState },
  own: shape.string().nullable(),
  personal: shape.string().nullable(),
  ...{ local: shape.string(), answers: shape.string() },
  ...{ headRound: shape.int(), updatedRound: shape.int() },
  ...{ newExamples: shape.int(), unlearned: shape.int(), updates: shape.int() },
  pending: pendingState.nullable(),
  ...{ scores: scoresState, watch: missState },
  random: shape.tuple([word, word, word, word]),
});

/** See {@linkcode deviceState}. */
export type DeviceState = ShapeOf<typeof deviceState>;
