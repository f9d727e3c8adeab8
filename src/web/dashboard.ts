/** The dashboard: its pages, and the routes that they ask. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Inspection } from "../kafka/inspection_port.ts";
import { type BoardsOptions, mountBoards } from "./boards/routes.ts";
import { assetResponse } from "./frame/asset.ts";
import { Problem } from "./frame/problem.ts";
import { mountModel } from "./model.ts";
import { ASSETS, INDEX } from "./pages/assets.ts";
import { mountPredict } from "./predict.ts";
import type { Answering } from "./served_model.ts";
import { mountTopics } from "./topics/routes.ts";

const PAGES: readonly string[] = ["/", "/classes", "/traffic", "/likes", "/topics", "/models"];

/** What it is made of. */
export interface DashboardParts extends BoardsOptions {
  /** The cluster whose topics are shown. */
  readonly inspection: Inspection;
  readonly answering: Answering;
  /** The model card that stands beside the file, `null` where there is none. */
  readonly readCard: () => Promise<string | null>;
}

/** Mounts the pages, and everything that they show. */
export function mountDashboard(app: OpenAPIHono, parts: DashboardParts): void {
  const { inspection, answering, readCard } = parts;
  mountPages(app);
  mountBoards(app, parts);
  mountTopics(app, inspection);
  mountPredict(app, answering);
  mountModel(app, answering, readCard);
}

/** Mounts the pages alone. */
export function mountPages(app: OpenAPIHono): void {
  for (const path of PAGES) app.get(path, (c) => assetResponse(c, INDEX));
  app.get("/assets/:name", (c) => {
    const asset = ASSETS[c.req.param("name")];
    if (asset === undefined) throw new Problem(404, `there is nothing at ${c.req.path}`);
    return assetResponse(c, asset);
  });
}
