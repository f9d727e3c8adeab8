/** The traffic model: everything that others need. */
export { RATE_PER_SECOND_MAX } from "./limits.ts";
export { createTrafficModel, expectedRateAt } from "./model.ts";
export { EVENTS_OF_DAY } from "./schedule.ts";
export {
  EVENT_KINDS,
  type EventKind,
  type LabelledEvent,
  type TrafficBatch,
  type TrafficModelOptions,
} from "./types.ts";
