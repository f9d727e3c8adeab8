/** REST of topics and groups: read only. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Inspection } from "../../kafka/inspection_port.ts";
import { KafkaError } from "../../kafka/port.ts";
import { listenerOf } from "../frame/listener.ts";
import { eventSchema } from "../frame/live/event_schema.ts";
import { Problem, problemAnswer } from "../frame/problem.ts";
import { Catalog } from "./catalog.ts";
import {
  ANSWER_WITHIN_MS,
  FILTER_CHARACTERS_MAX,
  GROUP_ID_CHARACTERS_MAX,
  GROUPS_PAGE,
  GROUPS_PAGE_MAX,
  RECORDS,
  RECORDS_MAX,
  RECORDS_WITHIN_MS,
  RETRY_AFTER_SECONDS,
  TAIL_LAST_MAX,
  TAILS_MAX,
  TOPICS_PAGE,
  TOPICS_PAGE_MAX,
} from "./limits.ts";
import { RecordPages } from "./records.ts";
import { ANSWERS } from "./schemas.ts";
import { JSON_PATH_PATTERN, PATH_WANTED } from "./shown/json_path.ts";
import { type RecordFilter, recordFilter, type WantedRecords } from "./shown/record_filter.ts";
import { Tail } from "./tail.ts";
import { tailStream } from "./tail_stream.ts";

const text = z.string().max(FILTER_CHARACTERS_MAX).optional();
const upTo = (max: number, usual: number) => z.coerce.number().int().min(1).max(max).default(usual);
const partition = z.coerce.number().int().min(0).max(2 ** 31 - 1).optional();
const topicPath = z.object({ topic: z.string().max(249) });
const groupPath = z.object({ group: z.string().max(GROUP_ID_CHARACTERS_MAX) });

const filters = {
  key: text.describe("The whole key; `*` at its end: all keys that begin so"),
  text: text.describe("Stands somewhere in the key or the value, in capitals or not"),
  path: z.string().max(FILTER_CHARACTERS_MAX).regex(JSON_PATH_PATTERN, PATH_WANTED).optional().describe(
    'Something stands at this path of a JSON value: `$.a.b[0]`, `$["a b"]`',
  ),
  equals: text.describe(
    "That stands at the path (without one: it is the whole value); numbers are compared as numbers",
  ),
  contains: text.describe("Stands in the text at the path, or is an element of the list there"),
};

const page = (max: number, usual: number) => ({
  internal: z.enum(["true", "false"]).default("false").transform((value) => value === "true")
    .describe("With what belongs to the cluster itself, or was made up to read with"),
  q: text.describe("Part of the name"),
  after: text.describe("`next` of the page before"),
  limit: upTo(max, usual),
});

const failures = {
  404: problemAnswer("There is no such topic, partition or group"),
  422: problemAnswer("The query cannot be understood"),
  503: problemAnswer("The cluster is away or too many ask at once: Retry-After says when to come again"),
};

const json = <S extends z.ZodType>(description: string, schema: S) => ({
  description,
  content: { "application/json": { schema } },
});

const topicsRoute = createRoute({
  method: "get",
  path: "/api/v1/topics",
  summary: "Topics with their records and sizes",
  request: { query: z.object(page(TOPICS_PAGE_MAX, TOPICS_PAGE)) },
  responses: { 200: json("A page of topics, by name", ANSWERS.topics), ...failures },
});

const topicRoute = createRoute({
  method: "get",
  path: "/api/v1/topics/{topic}",
  summary: "One topic: settings, partitions, and the groups that read it with their lag",
  request: { params: topicPath },
  responses: { 200: json("The topic", ANSWERS.topic), ...failures },
});

const groupsRoute = createRoute({
  method: "get",
  path: "/api/v1/groups",
  summary: "Consumer groups with their lag",
  request: { query: z.object(page(GROUPS_PAGE_MAX, GROUPS_PAGE)) },
  responses: { 200: json("A page of groups, by id", ANSWERS.groups), ...failures },
});

const groupRoute = createRoute({
  method: "get",
  path: "/api/v1/groups/{group}",
  summary: "One group: members, committed offsets and lag",
  request: { params: groupPath },
  responses: { 200: json("The group", ANSWERS.group), ...failures },
});

const recordsRoute = createRoute({
  method: "get",
  path: "/api/v1/topics/{topic}/records",
  summary: "Records of a topic: the newest, or those from an offset on",
  request: {
    params: topicPath,
    query: z.object({
      partition,
      offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional()
        .describe("From there on, in each partition that is asked for; without it the newest records"),
      limit: upTo(RECORDS_MAX, RECORDS),
      ...filters,
    }),
  },
  responses: { 200: json("Records, cut where they are long", ANSWERS.records), ...failures },
});

const tailRoute = createRoute({
  method: "get",
  path: "/api/v1/topics/{topic}/tail",
  summary: "Records of a topic as they come, as server-sent events",
  description:
    "`start` once; `records` with `{records, searched, skipped, behind}`: of a batch that is too large the " +
    "newest are kept; `notice` with `{text}` where the topic or the cluster is away or comes back; `bye` with " +
    "`{reason}` at the end. A client that sends the Last-Event-ID goes on where it was.",
  request: {
    params: topicPath,
    query: z.object({
      from: z.enum(["latest", "beginning"]).default("latest"),
      last: z.coerce.number().int().min(0).max(TAIL_LAST_MAX).default(0)
        .describe("So many records from before it begins"),
      partition,
      ...filters,
    }),
  },
  responses: {
    200: { description: "The events", content: { "text/event-stream": { schema: eventSchema } } },
    ...failures,
  },
});

/** Mounts the routes. */
export function mountTopics(app: OpenAPIHono, inspection: Inspection): void {
  const catalog = new Catalog(inspection);
  const pages = new RecordPages(inspection);
  app.openapi(topicsRoute, async (c) => {
    const { rows, ...rest } = await asked(catalog.topics(c.req.valid("query")));
    return c.json({ topics: [...rows], ...rest }, 200);
  });
  app.openapi(
    topicRoute,
    async (c) => c.json(await asked(catalog.topic(c.req.valid("param").topic)), 200),
  );
  app.openapi(groupsRoute, async (c) => {
    const { rows, ...rest } = await asked(catalog.groups(c.req.valid("query")));
    return c.json({ groups: [...rows], ...rest }, 200);
  });
  app.openapi(
    groupRoute,
    async (c) => c.json(await asked(catalog.group(c.req.valid("param").group)), 200),
  );
  app.openapi(recordsRoute, async (c) => {
    const { key, text, path, equals, contains, ...query } = c.req.valid("query");
    const filter = requireFilter({ key, text, path, equals, contains });
    const found = await asked(
      pages.read(c.req.valid("param").topic, { ...query, filter }),
      RECORDS_WITHIN_MS,
    );
    return c.json(found as z.infer<typeof ANSWERS.records>, 200);
  });
  mountTail(app, inspection);
}

function mountTail(app: OpenAPIHono, inspection: Inspection): void {
  let running = 0;
  app.openapi(tailRoute, async (c) => {
    const { key, text, path, equals, contains, ...query } = c.req.valid("query");
    const filter = requireFilter({ key, text, path, equals, contains });
    if (running >= TAILS_MAX) {
      throw new Problem(
        503,
        `${TAILS_MAX} tails are running, which is all that may: close one and try again`,
        { retryAfterSeconds: RETRY_AFTER_SECONDS },
      );
    }
    running++;
    let isOver = false;
    const onEnd = () => {
      if (!isOver) running--;
      isOver = true;
    };
    try {
      const lastEventId = c.req.header("last-event-id");
      const { topic } = c.req.valid("param");
      const { closing } = listenerOf(c);
      const tail = await asked(Tail.open(inspection, topic, { ...query, filter, lastEventId }));
      return new Response(tailStream(tail, { closing, onEnd }), {
        headers: {
          "content-type": "text/event-stream",
          "cache-control": "no-store",
          "x-accel-buffering": "no",
        },
      });
    } catch (error) {
      onEnd();
      throw error;
    }
  });
}

/** @throws {Problem} */
function requireFilter(wanted: WantedRecords): RecordFilter | null {
  const filter = recordFilter(wanted);
  if (typeof filter === "string") throw new Problem(422, filter);
  return filter;
}

/**
 * What the cluster answers; its failures as problems. Who asks does not wait as long as the client does for a cluster
 * that hangs: the question goes on, and whoever asks again meanwhile asks no second one.
 */
async function asked<T>(answer: Promise<T>, withinMs = ANSWER_WITHIN_MS): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(noAnswer(`nothing came within ${withinMs / 1_000} s`)),
    withinMs,
  );
  try {
    return await Promise.race([answer, late.promise]);
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    if (error.kind === "unknown-topic" || error.kind === "invalid-topic") {
      throw new Problem(404, `${error.message}: GET /api/v1/topics lists those that there are`);
    }
    if (error.kind === "authorization") throw new Problem(403, error.message);
    throw noAnswer(error.message);
  } finally {
    clearTimeout(timer);
  }
}

function noAnswer(why: string): Problem {
  return new Problem(503, `the cluster does not answer: ${why}`, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
