/** `GET /api/v1/model`: what is known of the model that answers. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { modelFacts } from "../models/facts.ts";
import { problemAnswer } from "./frame/problem.ts";
import { requireModel } from "./predict.ts";
import type { Answering } from "./served_model.ts";

const shape = z.array(z.int()).length(2).describe("Steps and numbers per step of one example");

const factsSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  sha256: z.string(),
  file: z.string(),
  kind: z.enum(["forecaster", "classifier"]),
  parameters: z.int(),
  metrics: z.record(z.string(), z.number()).describe(
    "Of the validation and test part, beside the baseline's",
  ),
  layers: z.array(z.object({
    kind: z.string(),
    shapeIn: shape,
    shapeOut: shape,
    activation: z.nullable(z.string()),
    parameters: z.int(),
  })),
  inputs: z.array(z.object({
    name: z.string(),
    unit: z.string(),
    kind: z.enum(["number", "category"]),
    scaling: z.string(),
    values: z.array(z.string()).optional(),
  })),
  versions: z.array(z.object({ version: z.string(), sha256: z.string(), sinceMs: z.number() })).describe(
    "The versions that answered since the start, the present one last",
  ),
  card: z.nullable(z.string()).describe("The model card beside the file, Markdown; null where there is none"),
});

const route = createRoute({
  method: "get",
  path: "/api/v1/model",
  summary: "What the model that predicts is",
  description:
    "As `streamflow inspect --json` prints it, with the versions that answered and the model card.",
  responses: {
    200: { description: "The model", content: { "application/json": { schema: factsSchema } } },
    503: problemAnswer("No model was given"),
  },
});

/** Mounts the route. @param options.readCard the model card that stands beside the file, `null` where there is none */
export function mountModel(
  app: OpenAPIHono,
  answering: Answering,
  readCard: () => Promise<string | null>,
): void {
  app.openAPIRegistry.registerPath(route);
  app.get(route.path, async (c) => {
    const { model, file, versions } = requireModel(answering);
    return c.json({ ...modelFacts(model, file), versions, card: await readCard() });
  });
}
