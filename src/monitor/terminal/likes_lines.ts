/** Totals of likes as lines of text: a table, a line each, a ranking. Names are made harmless. Pure. */
import { mostLiked } from "../../youtube/totals.ts";
import type { Total } from "../../records/youtube_totals.ts";
import { sparkline } from "./chart.ts";
import { paletteOf } from "./panels.ts";
import type { ScreenSize } from "./frame.ts";
import { fit, fitRight } from "./text.ts";
import { formatCount } from "../../runtime/progress.ts";
import { plainName } from "../../runtime/plain_text.ts";

/** Comments that the table shows. */
const COMMENTS_SHOWN_MAX = 5;
const COLUMN_WIDTH = 12;

/** What stands around the totals. */
export interface LikesScreenOptions {
  readonly size: ScreenSize;
  readonly color: boolean;
  /** What is watched: topic and cluster. */
  readonly title: string;
  /** What is not as it should be, or how far it is. */
  readonly note: string;
  /** Likes that came per minute, oldest first; empty where nobody counts them. */
  readonly gains: readonly number[];
  /** Keys are heard. */
  readonly keys: boolean;
}

/** Lines of those totals that have changed since the last call; only what is shown is remembered. */
export class ChangedLikes {
  #said: ReadonlyMap<string, string> = new Map();

  /** @param ranking all totals as they are now */
  take(ranking: readonly Total[]): string[] {
    const before = this.#said;
    this.#said = new Map(ranking.map((total) => [total.videoId, likesLine(total)]));
    return [...this.#said].filter(([videoId, line]) => before.get(videoId) !== line).map(([, line]) => line);
  }
}

function perMinute({ likesPerMinute }: Total): string {
  return likesPerMinute === null
    ? "-"
    : `${likesPerMinute > 0 ? "+" : ""}${likesPerMinute.toLocaleString("en-US")}`;
}

function videoLikes(total: Total): string {
  return total.videoLikes === null ? "hidden" : formatCount(total.videoLikes);
}

function titleOf({ title, videoId }: Total): string {
  return plainName(title).trim() || plainName(videoId);
}

/** Rows of a table of this width, most likes first. */
function tableLines(ranking: readonly Total[], width: number): string[] {
  const columns: [string, (total: Total) => string][] = [
    ["likes", ({ likes }) => formatCount(likes)],
    ["of video", videoLikes],
    ["of comments", ({ commentLikes }) => formatCount(commentLikes)],
    ["comments", ({ comments }) => formatCount(comments)],
    ["per minute", perMinute],
  ];
  // Where there is little room, the totals alone.
  const shown = columns.slice(
    0,
    Math.max(1, Math.min(columns.length, Math.floor((width - 24) / COLUMN_WIDTH))),
  );
  const titleWidth = Math.max(8, width - shown.length * COLUMN_WIDTH);
  const line = (title: string, cells: readonly string[]) =>
    fit(title, titleWidth) + cells.map((cell) => fitRight(cell, COLUMN_WIDTH)).join("");
  return [
    line("video", shown.map(([name]) => name)),
    ...ranking.map((total) => line(titleOf(total), shown.map(([, cell]) => cell(total)))),
  ];
}

function commentLines(ranking: readonly Total[], rows: number): string[] {
  const all = ranking.flatMap(({ topComments }) => topComments);
  const top = all.toSorted((a, b) => b.likeCount - a.likeCount).slice(0, Math.max(0, rows));
  return top.map(({ author, text, likeCount }) =>
    `${fitRight(formatCount(likeCount), 10)}  ${plainName(author ?? "?")}: ${plainName(text ?? "")}`
  );
}

/** The screen: table, likes per minute, top comments. @returns Exactly `size.rows` lines that fit. */
export function renderLikes(ranking: readonly Total[], options: LikesScreenOptions): string[] {
  const { size: { columns, rows }, color, title, note, gains, keys } = options;
  const { bold, dim } = paletteOf(color);
  const [head = "", ...table] = tableLines(ranking, columns);
  const body = ranking.length === 0 ? ["", fit("waiting for the first likes", columns)] : [
    dim(head),
    ...table.map((line, at) => at === 0 ? bold(line) : line),
  ];
  const lines = [bold(fit(`likes  ${title}`, columns)), "", ...body];
  if (gains.some((likes) => likes > 0)) lines.push("", `per minute  ${sparkline(gains, 60).trimStart()}`);
  const comments = commentLines(ranking, Math.min(COMMENTS_SHOWN_MAX, rows - lines.length - 4));
  if (comments.length > 0) lines.push("", dim("most liked comments"), ...comments);
  while (lines.length < rows - 1) lines.push("");
  const foot = [keys ? "q quit" : "Ctrl-C ends", note].filter((part) => part !== "").join("   ");
  return [...lines.slice(0, rows - 1), dim(foot)].map((line) => fit(line, columns));
}

/** One line: `dQw4w9WgXcQ "Title": 1,234 likes (video 1,000, comments 234), 56 comments, +3.2 per minute`. */
export function likesLine(total: Total): string {
  const { videoId, likes, commentLikes, comments, forgottenComments } = total;
  const rate = total.likesPerMinute === null ? "" : `, ${perMinute(total)} per minute`;
  const forgotten = forgottenComments === 0
    ? ""
    : `, ${formatCount(forgottenComments)} of the least liked evicted`;
  return `${plainName(videoId)} "${titleOf(total)}": ${formatCount(likes)} likes (video ${
    videoLikes(total)
  }, comments ${formatCount(commentLikes)}), ${formatCount(comments)} comments${forgotten}${rate}`;
}

/** The ranking at the end, and the most liked video; several where they are equal. */
export function rankingLines(ranking: readonly Total[]): string[] {
  if (ranking.length === 0) return ["no likes yet"];
  const first = mostLiked(ranking);
  const names = first.map((total) => `"${titleOf(total)}" (${plainName(total.videoId)})`).join(" and ");
  const likes = formatCount(first[0]!.likes);
  return [
    // Equal ones share their place.
    ...ranking.map((total) =>
      `${ranking.findIndex((other) => other.likes === total.likes) + 1}. ${likesLine(total)}`
    ),
    first.length === 1
      ? `most liked: ${names} with ${likes} likes`
      : `most liked, a tie: ${names} with ${likes} likes each`,
  ];
}

/** What the keys do on the screen of likes. */
export const LIKES_HELP: readonly string[] = [
  "q, Ctrl-C   quit",
  "? or h      this help (Esc closes it)",
  "p, space    pause; counting goes on",
  "+  -        refresh less or more often",
];
