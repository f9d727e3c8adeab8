/** The dashboard: its pages and their files. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { assetResponse } from "./frame/asset.ts";
import { Problem } from "./frame/problem.ts";
import { ASSETS, INDEX } from "./pages/assets.ts";

const PAGES: readonly string[] = ["/", "/classes", "/traffic", "/likes", "/topics", "/models"];

/** Mounts the pages. */
export function mountPages(app: OpenAPIHono): void {
  for (const path of PAGES) app.get(path, (c) => assetResponse(c, INDEX));
  app.get("/assets/:name", (c) => {
    const asset = ASSETS[c.req.param("name")];
    if (asset === undefined) throw new Problem(404, `there is nothing at ${c.req.path}`);
    return assetResponse(c, asset);
  });
}
