// @ts-check
/** Figures of likes as the page shows them: curves of videos, likes by minute. Pure. */

/** @typedef {import("../../monitor/boards/likes.ts").LikesSnapshot} LikesSnapshot */
/** @typedef {import("../../records/youtube_totals.ts").Total} Total */
/** @typedef {import("./history.js").Curves} Curves */

const MINUTE_MS = 60_000;

/**
 * A video's title, else its id.
 *
 * @param {Pick<Total, "title" | "videoId">} total
 */
export function titleOf({ title, videoId }) {
  return title.trim() || videoId;
}

/**
 * The curves of the most liked videos, the first of the ranking first.
 *
 * @param {readonly Total[]} ranking
 * @param {number} max
 */
export function videoSeries(ranking, max) {
  return ranking.slice(0, max).map((total, color) => ({
    ...{ name: `likes.${total.videoId}`, label: titleOf(total), color },
  }));
}

/**
 * Each column less its first value: the likes that came within what is shown.
 *
 * @param {Curves} curves
 * @returns {Curves}
 */
export function sinceFirst({ times, columns }) {
  return {
    times,
    columns: columns.map((column) => {
      const first = column.find((value) => value !== null) ?? null;
      return column.map((value) => value === null || first === null ? null : value - first);
    }),
  };
}

/**
 * Likes that came in each minute, at its end.
 *
 * @param {Pick<LikesSnapshot, "gains" | "gainsEndMs">} board
 * @returns {Curves}
 */
export function gainCurves({ gains, gainsEndMs }) {
  if (gainsEndMs === null) return { times: [], columns: [[]] };
  return {
    times: gains.map((_, at) => gainsEndMs - (gains.length - 1 - at) * MINUTE_MS),
    columns: [[...gains]],
  };
}

/**
 * The most liked comments of all videos.
 *
 * @param {readonly Total[]} ranking
 * @param {number} max
 */
export function topComments(ranking, max) {
  return ranking.flatMap((total) =>
    total.topComments.map((comment) => ({ ...comment, title: titleOf(total) }))
  ).sort((a, b) => b.likeCount - a.likeCount).slice(0, max);
}
