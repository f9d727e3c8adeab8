/** The description of all routes that are mounted: `/openapi.json`, and `/docs` that draws it. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { RELAXED_STYLE_POLICY } from "./answer.ts";
import { type Asset, assetResponse } from "./asset.ts";
import type { Gate } from "./gate.ts";
import { problemSchema } from "./problem.ts";

/** Loaded when somebody wants to read: it is larger than all the rest of the program's pages. */
const docsFiles = async () => (await import("./docs_files.ts")).DOCS_FILES;

/** Mounts both. */
export function mountDocs(
  app: OpenAPIHono,
  options: { readonly gate: Gate; readonly version: string },
): void {
  let description: Asset | undefined;
  app.get("/openapi.json", (c) => {
    // When the first asks, every room has mounted its routes.
    description ??= { type: "application/json", text: JSON.stringify(describe(app, options)) };
    return assetResponse(c, description);
  });
  app.get(
    "/docs",
    async (c) =>
      assetResponse(c, (await docsFiles()).page, { "content-security-policy": RELAXED_STYLE_POLICY }),
  );
  for (const name of ["swagger-ui.js", "swagger-ui.css", "start.js"] as const) {
    app.get(`/docs/${name}`, async (c) => assetResponse(c, (await docsFiles())[name]));
  }
}

/** OpenAPI 3.1 of the app's routes; any of them may answer with a problem. */
function describe(
  app: OpenAPIHono,
  { gate, version }: { readonly gate: Gate; readonly version: string },
) {
  const { openAPIRegistry } = app;
  openAPIRegistry.register("Problem", problemSchema);
  openAPIRegistry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
    description: "The first line of the server's --token-file",
  });
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "streamflow",
      version: version,
      description: "Predictions, boards and metrics of what runs on the cluster.",
    },
    ...(gate.isShut ? { security: [{ token: [] }] } : {}),
  });
  const problem = {
    description: "Why not, as RFC 9457 has it",
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
  for (const path of Object.values(document.paths ?? {})) {
    for (const method of ["get", "post", "put", "patch", "delete"] as const) {
      const operation = path[method];
      if (operation !== undefined) operation.responses = { ...operation.responses, default: problem };
    }
  }
  return document;
}
