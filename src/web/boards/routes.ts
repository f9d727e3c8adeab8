/** Boards over HTTP: once as JSON, or as a live stream. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { MODEL_KEY_LENGTH_MAX } from "../../monitor/boards/limits.ts";
import { sleep } from "../../runtime/clock.ts";
import { eventSchema } from "../frame/live/event_schema.ts";
import type { LiveHub, LiveTopic } from "../frame/live/hub.ts";
import { problemAnswer } from "../frame/problem.ts";
import { BoardStream } from "./board_stream.ts";
import { FINE } from "./limits.ts";
import { BOARD_NAMES, type BoardName, type BoardQuery, type ServedBoard } from "./served.ts";

/** What is served, and how often it is looked at. */
export interface BoardsOptions {
  readonly boards: readonly ServedBoard[];
  readonly hub: LiveHub;
  /** Time between two looks while somebody watches, in ms. */
  readonly refreshMs: number;
}

const chosen = (description: string) =>
  z.string().max(MODEL_KEY_LENGTH_MAX).optional().openapi({ description });

const querySchema = z.object({
  model: chosen(
    "Predictions: key or id of the model, as in the board's `models` [default: the one that predicted last]",
  ),
  source: chosen("Predictions: source whose forecasts stand beside what came [default: the first]"),
  link: chosen("Traffic: name of the link, as in the board's `links` [default: the busiest]"),
  target: chosen("Traffic: what is forecast of the link [default: its first target]"),
  scoring: z.enum(["true", "false"]).optional().openapi({
    description: "Predictions: whether the board has ROC curves and calibration of classes [default: false]",
  }),
});

const courseSchema = z.object({
  stepMs: z.number(),
  times: z.array(z.number()).openapi({ description: "Unix ms, oldest first" }),
  columns: z.array(z.array(z.number().nullable())).openapi({ description: "A column for each name" }),
});

const snapshotSchema = z.object({
  timeMs: z.number().openapi({ description: "Unix ms" }),
  trouble: z.string().nullable().openapi({ description: "What is not as it should be" }),
  board: z.record(z.string(), z.unknown()).openapi({ description: "Every figure of the board now" }),
  history: z.object({
    names: z.array(z.string()),
    fine: courseSchema.openapi({ description: "The last hour by the second" }),
    coarse: courseSchema.openapi({ description: "The last 24 hours by ten seconds" }),
    events: z.array(z.object({ timeMs: z.number(), text: z.string() })),
  }),
}).openapi("BoardSnapshot");

const listSchema = z.object({
  boards: z.array(z.object({
    name: z.enum(BOARD_NAMES),
    trouble: z.string().nullable(),
    url: z.string(),
    live: z.string(),
  })),
}).openapi("Boards");

const listRoute = createRoute({
  method: "get",
  path: "/api/v1/boards",
  summary: "The boards that there are",
  responses: { 200: { description: "Their names", content: { "application/json": { schema: listSchema } } } },
});

const boardRoute = createRoute({
  method: "get",
  path: "/api/v1/boards/{name}",
  summary: "A board now, with its history: what a live stream begins with",
  request: { params: z.object({ name: z.enum(BOARD_NAMES) }), query: querySchema },
  responses: {
    200: { description: "The board", content: { "application/json": { schema: snapshotSchema } } },
  },
});

const liveRoute = createRoute({
  method: "get",
  path: "/api/v1/live",
  summary: "A board, live: server-sent events, or the same JSON over a WebSocket",
  description:
    "`snapshot` first, then `delta` with what changed; `bye` says why the server ends the stream. " +
    "`Last-Event-ID` brings what was missed.",
  request: { query: querySchema.extend({ board: z.enum(BOARD_NAMES) }) },
  responses: {
    101: { description: "The WebSocket, where one was asked for" },
    200: { description: "The stream", content: { "text/event-stream": { schema: eventSchema } } },
    503: problemAnswer("Too many streams are open"),
  },
});

/** Mounts the boards that there are. */
export function mountBoards(app: OpenAPIHono, { boards, hub, refreshMs }: BoardsOptions): void {
  const topicOf = (name: BoardName, query: BoardQuery): LiveTopic | null => {
    const board = boards.find((one) => one.name === name);
    if (board === undefined) return null;
    const { model, source, link, target, scoring } = query;
    return {
      key: JSON.stringify([name, model, source, link, target, scoring]),
      open: () => new BoardStream(board, query, refreshMs),
    };
  };
  const none = (c: Context) => c.notFound() as never;
  app.openapi(listRoute, (c) =>
    c.json({
      boards: boards.map((board) => ({
        name: board.name,
        trouble: board.trouble(),
        url: `/api/v1/boards/${board.name}`,
        live: `/api/v1/live?board=${board.name}`,
      })),
    }, 200));
  app.openapi(boardRoute, (c) => {
    const topic = topicOf(c.req.valid("param").name, c.req.valid("query"));
    if (topic === null) return none(c);
    return c.body(hub.latest(topic), 200, { "content-type": "application/json" }) as never;
  });
  app.openapi(liveRoute, (c) => {
    const { board, ...query } = c.req.valid("query");
    const topic = topicOf(board, query);
    return topic === null ? none(c) : hub.answer(c, topic) as never;
  });
}

/** Remembers the figures of each second, and sends what changed, until the signal aborts. */
export async function runBoards(
  { boards, hub, refreshMs }: BoardsOptions,
  signal: AbortSignal,
): Promise<void> {
  const tickMs = Math.min(refreshMs, FINE.stepMs);
  let second = 0;
  while (!signal.aborted) {
    const nowMs = Date.now();
    if (Math.floor(nowMs / FINE.stepMs) !== second) {
      second = Math.floor(nowMs / FINE.stepMs);
      for (const board of boards) board.record(nowMs);
    }
    hub.refresh();
    await sleep(tickMs - Date.now() % tickMs, signal);
  }
}
