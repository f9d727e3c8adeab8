/** Likes on a terminal. Pure, but for the totals that its lines have named. */
import type { Total } from "../../records/youtube_totals.ts";
import { frame } from "./frame.ts";
import { ChangedLikes, LIKES_HELP, rankingLines, renderLikes } from "./likes_lines.ts";
import type { View } from "./shell.ts";

/** What is drawn of a snapshot of likes. */
export interface LikesFigures {
  /** Most likes first. */
  readonly ranking: readonly Total[];
  /** Likes that came per minute, oldest first; empty where nobody counts them. */
  readonly gains: readonly number[];
}

/** One page; `noteOf`: what stands at its foot. */
export function likesView<Figures extends LikesFigures>(
  noteOf: (figures: Figures) => string,
): View<Figures, undefined> {
  const changed = new ChangedLikes();
  return {
    choice: undefined,
    choiceFor: () => undefined,
    pages: [(figures, options) => {
      const note = [
        ...[noteOf(figures), options.paused ? "paused" : ""].filter((part) => part !== ""),
        ...(options.trouble === null ? [] : [`[${options.trouble}]`]),
      ].join("   ");
      const lines = renderLikes(figures.ranking, { ...options, note, gains: figures.gains });
      return frame({ lines, help: LIKES_HELP }, options);
    }],
    keys: {},
    // A line for each total that has changed.
    lines: ({ ranking }) => changed.take(ranking),
    json: (figures) => figures,
    summary: ({ ranking }) => rankingLines(ranking),
  };
}
