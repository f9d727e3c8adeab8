/** REST of a federation: updates in, global models out, and where it stands. The paths without a version answer the same. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Coordinator } from "../../federated/server/coordinator.ts";
import { roundSchema } from "../../records/federated_rounds/schema.ts";
import { holderOf } from "../frame/gate.ts";
import { Problem, problemAnswer } from "../frame/problem.ts";
import { mountGlobalModel } from "./global_model.ts";
import { LISTED_MAX, ROUNDS_LISTED } from "./limits.ts";
import { aggregatedSchema, devicesSchema, historySchema, statusSchema } from "./schemas.ts";
import { type IntakeOptions, mountLocalUpdate, refuseWhileAway } from "./local_update.ts";

/** Where each route stands. */
const ROOTS = ["/api/v1", "/api"] as const;
const TAGS = ["federated learning"];

const json = <S extends z.ZodType>(description: string, schema: S) => ({
  description,
  content: { "application/json": { schema } },
});
const limit = (usual: number) => z.coerce.number().int().min(1).max(LISTED_MAX).default(usual);

/** Not coerced: that would describe itself as a number or null. */
const roundNumber = z.string().regex(/^\d{1,15}$/, "a whole number is wanted").transform(Number)
  .openapi({ type: "integer", minimum: 0, maximum: 999_999_999_999_999 });

/** Mounts all routes. @param intake how updates are taken */
export function mountFederation(app: OpenAPIHono, coordinator: Coordinator, intake: IntakeOptions): void {
  for (const root of ROOTS) {
    mountLocalUpdate(app, coordinator, { ...intake, path: `${root}/local-update` });
    mountGlobalModel(app, coordinator, `${root}/global-model`);
    mountAggregate(app, coordinator, { ...intake, path: `${root}/aggregate` });
    mountReading(app, coordinator, root);
  }
}

function mountAggregate(
  app: OpenAPIHono,
  coordinator: Coordinator,
  { path, trouble }: Pick<IntakeOptions, "trouble"> & { readonly path: string },
): void {
  const route = createRoute({
    method: "post",
    path,
    tags: TAGS,
    summary: "Close the open round and publish its global model",
    responses: {
      200: json("It is published", aggregatedSchema),
      403: problemAnswer("The token is a participant's"),
      409: problemAnswer("The round cannot be closed: `reason` says why"),
      503: problemAnswer("The cluster is away"),
    },
  });
  app.openapi(route, async (c) => {
    if (holderOf(c) !== null) {
      throw new Problem(
        403,
        "a participant cannot close a round before its quorum is there: a token without a name, alone on a line of the server's --token-file, can",
        { reason: "participant" },
      );
    }
    refuseWhileAway(trouble());
    const outcome = await coordinator.aggregate();
    if (outcome.accepted) return c.json(outcome, 200);
    throw new Problem(409, outcome.detail, { reason: outcome.reason });
  });
}

function mountReading(app: OpenAPIHono, coordinator: Coordinator, root: string): void {
  const status = createRoute({
    method: "get",
    path: `${root}/status`,
    tags: TAGS,
    summary: "Where the federation stands: its newest global model and its open round",
    responses: { 200: json("The state", statusSchema) },
  });
  app.openapi(status, (c) => c.json(coordinator.status(), 200));
  const history = createRoute({
    method: "get",
    path: `${root}/history`,
    tags: TAGS,
    summary: "Published rounds, the newest first",
    request: {
      query: z.object({
        limit: limit(ROUNDS_LISTED),
        before: z.coerce.number().int().min(0).max(999_999_999_999_999).optional().describe(
          "Rounds below this one: `next` of the page before",
        ),
      }),
    },
    responses: { 200: json("A page of rounds", historySchema) },
  });
  app.openapi(history, (c) => {
    const { limit, before } = c.req.valid("query");
    const rounds = coordinator.history({ limit, ...(before === undefined ? {} : { before }) });
    const last = rounds.at(-1)?.round ?? 0;
    return c.json({ rounds: [...rounds], next: rounds.length === limit && last > 0 ? last : null }, 200);
  });
  const round = createRoute({
    method: "get",
    path: `${root}/rounds/{number}`,
    tags: TAGS,
    summary: "One round",
    request: { params: z.object({ number: roundNumber }) },
    responses: { 200: json("The round", roundSchema), 404: problemAnswer("There was no such round") },
  });
  app.openapi(round, (c) => {
    const { number } = c.req.valid("param");
    const found = coordinator.round(number);
    if (found !== null) return c.json(found, 200);
    throw new Problem(404, `there was no round ${number} yet: GET ${root}/history lists them`);
  });
  mountDevices(app, coordinator, root);
}

function mountDevices(app: OpenAPIHono, coordinator: Coordinator, root: string): void {
  const devices = createRoute({
    method: "get",
    path: `${root}/devices`,
    tags: TAGS,
    summary: "Devices that were ever seen, by name",
    request: {
      query: z.object({
        limit: limit(LISTED_MAX),
        after: z.string().max(1_024).optional().describe("`next` of the page before"),
      }),
    },
    responses: { 200: json("A page of devices", devicesSchema) },
  });
  app.openapi(devices, (c) => {
    const { limit, after } = c.req.valid("query");
    const all = coordinator.devices();
    const rest = after === undefined ? all : all.filter(({ device }) => device > after);
    const page = rest.slice(0, limit);
    const next = rest.length > limit ? page.at(-1)!.device : null;
    return c.json({ devices: page, total: all.length, next }, 200);
  });
}
