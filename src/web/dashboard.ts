/** The dashboard: its pages, and the routes that they ask. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import type { Inspection } from "../kafka/inspection_port.ts";
import { type BoardsOptions, mountBoards } from "./boards/routes.ts";
import { assetResponse } from "./frame/asset.ts";
import { holderOf } from "./frame/gate.ts";
import { Problem } from "./frame/problem.ts";
import { mountModel } from "./model.ts";
import { ASSETS } from "./pages/assets.ts";
import { documentOf, PAGES, VERSION } from "./pages/documents.ts";
import { mountPredict } from "./predict.ts";
import type { Answering } from "./served_model.ts";
import { mountTopics } from "./topics/routes.ts";

/** What it is made of. */
export interface DashboardParts extends BoardsOptions {
  /** The cluster whose topics are shown. */
  readonly inspection: Inspection;
  readonly answering: Answering;
  /** Its address, `host:port,…`, for the commands that pages name; `null` = they find it by themselves. */
  readonly cluster: string | null;
  /** The model card that stands beside the file, `null` where there is none. */
  readonly readCard: () => Promise<string | null>;
}

/** Who has a token with a name takes part in something that is served beside; records of topics are none of it. */
const withoutHolders: MiddlewareHandler = async (c, next) => {
  if (holderOf(c) === null) return await next();
  throw new Problem(403, "this token is a participant's: the dashboard takes one without a name");
};

/** Mounts the pages, and everything that they show, for all who come in but participants. What is mounted before is not concerned. */
export function mountDashboard(app: OpenAPIHono, parts: DashboardParts): void {
  const { inspection, answering, readCard, cluster } = parts;
  app.use(withoutHolders);
  mountPages(app, cluster);
  mountBoards(app, parts);
  mountTopics(app, inspection);
  mountPredict(app, answering);
  mountModel(app, answering, readCard);
}

/** Mounts the pages alone. @param cluster see {@linkcode DashboardParts.cluster} */
export function mountPages(app: OpenAPIHono, cluster: string | null = null): void {
  for (const [path, page] of Object.entries(PAGES)) {
    const document = documentOf(page, cluster);
    app.get(path, (c) => assetResponse(c, document));
  }
  app.get("/assets/:version/:name", (c) => {
    const { version, name } = c.req.param();
    const asset = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
    if (asset === undefined) throw new Problem(404, `there is nothing at ${c.req.path}`);
    // A page that an earlier version sent goes on with the files of this one, and keeps none of them.
    const headers = { "cache-control": "private, max-age=31536000, immutable" };
    return assetResponse(c, asset, version === VERSION ? headers : {});
  });
}
