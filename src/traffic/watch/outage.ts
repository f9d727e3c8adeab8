/**
 * Outages: a link on which nothing, or next to nothing, is left of what was expected, for two windows that do not
 * overlap, and a minute at least. A link that is expected to carry little is none that can be missed.
 */
import { shape } from "../../records/formats/shape.ts";
import type { Json } from "../../stream/json.ts";
import { readState } from "../../stream/state.ts";
import { formatCount } from "../../runtime/progress.ts";
import type { Report, Span } from "./finding.ts";
import { holds, type LinkWindow, type Run, runOf, runState } from "./run.ts";

/** At most this share of what was expected is next to nothing. */
export const SILENT_SHARE = 0.1;
/** Expecting fewer packets a window than this, nothing is missed. */
export const EXPECTED_MIN = 30;

const outagesSchema = shape.object({ run: runState.nullable(), told: shape.boolean() });

/** Watches one link for silence. */
export class Outages {
  #run: Run | null;
  #reported: boolean;

  /** From nothing, or from what {@linkcode Outages.toJson} gave. */
  constructor(state?: Json) {
    const kept = state === undefined ? undefined : readState(outagesSchema, state, "outages");
    this.#run = kept?.run ?? null;
    this.#reported = kept?.told ?? false;
  }

  /** The next window. @returns whether it is an outage's: silent, or of one that was reported and has not ended */
  take(window: LinkWindow, report: Report): boolean {
    const { packets, levelPackets } = window;
    const silent = levelPackets >= EXPECTED_MIN && packets <= SILENT_SHARE * levelPackets;
    if (!silent) {
      this.#run = null;
      // Half a window is the end of an outage, too: it has ended when traffic is back in full.
      if (packets > 0.5 * levelPackets) this.#reported = false;
      return this.#reported;
    }
    this.#run = runOf(this.#run, window);
    if (!this.#reported && holds(this.#run, window)) {
      this.#reported = true;
      reportOutage(window, { run: this.#run, report });
    }
    return true;
  }

  /** The whole of it. */
  toJson(): Json {
    return { run: this.#run, told: this.#reported };
  }
}

function reportOutage(window: LinkWindow, { run, report }: { run: Run; report: Report }): void {
  const { link, end, levelPackets, levelBytes } = window;
  const { start, packets, bytes, windows } = run;
  const expected = levelPackets * windows;
  const records: Span = { ...run.records };
  report({
    kind: "outage",
    subject: { dimension: "link", name: link },
    link,
    score: 1 - packets / expected,
    detector: "level",
    evidence: `${formatCount(packets)} packets in ${windows} windows of ${window.size / 1e6} s, some ${
      formatCount(expected)
    } were expected: ${(100 * packets / expected).toFixed(1)} % of it`,
    values: { packets, bytes, expectedPackets: expected, expectedBytes: levelBytes * windows, windows },
    start,
    end,
    records,
  });
}
