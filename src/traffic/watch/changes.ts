/**
 * Sudden spikes and drops: windows in a row whose packets or bytes are unusual in the same direction. A drop has to
 * last twice as long as a spike, since it may be the beginning of an outage.
 */
import { shape, type ShapeOf } from "../../records/formats/shape.ts";
import type { Json } from "../../stream/json.ts";
import { readState, timeState } from "../../stream/state.ts";
import { formatCount } from "../../runtime/progress.ts";
import { ALARM_SCORE } from "../../anomaly/detector.ts";
import type { Report } from "./finding.ts";
import { LEVEL_FACTOR } from "./level.ts";
import { holds, type LinkWindow, type Run, runOf, runState } from "./run.ts";

/** An event is over when so long nothing was unusual, µs; what comes after is another one. */
const QUIET_US = 300_000_000;

const direction = shape.int().min(-1).max(1);
const changesSchema = shape.object({
  run: runState.nullable(),
  /** +1 = more than expected, −1 = less, 0 = as expected. */
  direction,
  /** The direction of the event that was reported and goes on; 0 = none; and its last unusual window. */
  told: direction,
  toldAt: timeState,
  /** Start of the last window of an outage, until all is as expected again; else absent. */
  outageAt: timeState.exactOptional(),
});

/** Watches one link for spikes and drops. */
export class Changes {
  readonly #state: ShapeOf<typeof changesSchema>;

  /** From nothing, or from what {@linkcode Changes.toJson} gave. */
  constructor(state?: Json) {
    this.#state = state === undefined
      ? { run: null, direction: 0, told: 0, toldAt: 0 }
      : readState(changesSchema, state, "changes");
  }

  /** The next window; `outage`: it is a part of one, which is reported as such. */
  take(window: LinkWindow, { outage, report }: { outage: boolean; report: Report }): void {
    const state = this.#state;
    const direction = outage || this.#isBack(window) ? 0 : directionOf(window);
    if (outage) state.outageAt = window.start;
    if (state.told !== 0 && window.start - state.toldAt > QUIET_US) state.told = 0;
    state.run = direction === 0 ? null : runOf(direction === state.direction ? state.run : null, window);
    state.direction = direction;
    if (state.run === null) return;
    if (direction === state.told) {
      state.toldAt = window.start;
      return;
    }
    if (!holds(state.run, window, direction > 0 ? 1 : 2)) return;
    state.told = direction;
    state.toldAt = window.start;
    reportChange(window, { run: state.run, report });
  }

  /** Whether it is what was there before an outage that is just over: no event, whatever was expected meanwhile. */
  #isBack(window: LinkWindow): boolean {
    const { start, packets, bytes, levelPackets, levelBytes } = window;
    const { outageAt } = this.#state;
    if (outageAt === undefined) return false;
    if (start - outageAt > QUIET_US && directionOf(window) === 0) delete this.#state.outageAt;
    return packets <= LEVEL_FACTOR * levelPackets && bytes <= LEVEL_FACTOR * levelBytes;
  }

  /** The whole of it. */
  toJson(): Json {
    return { ...this.#state };
  }
}

function directionOf(window: LinkWindow): number {
  const { packets, bytes, packetsScore, bytesScore, expectedPackets, expectedBytes } = window;
  if (Math.max(packetsScore, bytesScore) <= ALARM_SCORE) return 0;
  return packetsScore >= bytesScore ? Math.sign(packets - expectedPackets) : Math.sign(bytes - expectedBytes);
}

function reportChange(window: LinkWindow, { run, report }: { run: Run; report: Report }): void {
  const { link, packets, bytes, expectedPackets, expectedBytes, detector, size, end } = window;
  const times = (found: number, expected: number) => (found / Math.max(expected, 1)).toFixed(2);
  report({
    kind: directionOf(window) > 0 ? "spike" : "drop",
    subject: { dimension: "link", name: link },
    link,
    score: run.score,
    detector,
    evidence: `${formatCount(packets)} packets and ${formatCount(bytes)} bytes in ${
      size / 1e6
    } s, expected were some ${formatCount(expectedPackets)} (×${times(packets, expectedPackets)}) and ${
      formatCount(expectedBytes)
    } (×${times(bytes, expectedBytes)}); so for ${run.windows} windows in a row`,
    values: { packets, bytes, expectedPackets, expectedBytes, windows: run.windows },
    start: run.start,
    end,
    records: { ...run.records },
  });
}
