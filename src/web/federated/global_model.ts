/** `GET /api/v1/global-model`: the newest one, or a newer one as soon as there is one. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { GlobalFile } from "../../federated/rounds/global_file.ts";
import type { Coordinator } from "../../federated/server/coordinator.ts";
import { waitAside } from "../frame/answer.ts";
import { RETRY_AFTER_SECONDS } from "../frame/limits.ts";
import { listenerOf } from "../frame/listener.ts";
import { Problem, problemAnswer } from "../frame/problem.ts";
import { WAIT_SECONDS_MAX } from "./limits.ts";

const headers = z.object({
  etag: z.string().openapi({
    description: "Number and version of the global model",
    example: '"3-f177de7ac05b"',
  }),
  "x-federated-round": z.int().openapi({
    description: "Number of the global model: the round of its updates",
  }),
});

function describe(path: string) {
  return createRoute({
    method: "get",
    path,
    tags: ["federated learning"],
    summary: "The newest global model, a model file",
    description:
      "With `If-None-Match` the answer is 304 where nothing is newer; with `wait`, too, only after nothing newer has come " +
      "for so many seconds. In the file's metadata, `recipe` says how a participant learns.",
    request: {
      query: z.object({
        wait: z.coerce.number().int().min(0).max(WAIT_SECONDS_MAX).default(0).describe(
          "Seconds to wait for a newer one than that of If-None-Match",
        ),
      }),
      headers: z.object({
        "if-none-match": z.string().optional().openapi({ description: "ETag of the one that is known" }),
      }),
    },
    responses: {
      200: {
        description: "A safetensors file",
        headers,
        content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
      },
      304: { description: "There is none that is newer" },
      503: problemAnswer("The server is stopping, or too many wait"),
    },
  });
}

/** Mounts the route. */
export function mountGlobalModel(app: OpenAPIHono, coordinator: Coordinator, path: string): void {
  app.openapi(describe(path), async (c) => {
    const known = c.req.header("if-none-match");
    let { global } = coordinator;
    if (isKnown(known, global)) {
      const seconds = c.req.valid("query").wait;
      const newer = seconds === 0 ? null : await waitForNewer(c, coordinator, seconds);
      if (newer === null) return c.body(null, 304, headersOf(global));
      global = newer;
    }
    return c.body(global.bytes as Uint8Array<ArrayBuffer>, 200, {
      ...headersOf(global),
      "content-type": "application/octet-stream",
      "content-length": String(global.bytes.length),
      "content-disposition": `attachment; filename="global-${global.round}.safetensors"`,
    });
  });
}

/** `null` where none came in time. @throws {Problem} where the server stops */
async function waitForNewer(
  c: Context,
  coordinator: Coordinator,
  seconds: number,
): Promise<GlobalFile | null> {
  const { closing } = listenerOf(c);
  const timeUp = AbortSignal.timeout(seconds * 1_000);
  const signal = closing === undefined ? timeUp : AbortSignal.any([timeUp, closing]);
  const newer = await waitAside(c, () => coordinator.newerGlobal(coordinator.global.round, signal));
  if (newer !== null || !closing?.aborted) return newer;
  throw new Problem(503, "the server is stopping: try again later", {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

function headersOf({ round, version }: Pick<GlobalFile, "round" | "version">) {
  // Kept by nobody without asking again.
  return { etag: `"${round}-${version}"`, "x-federated-round": String(round), "cache-control": "no-cache" };
}

/** Whether the header names it, as RFC 9110 has it. */
function isKnown(header: string | undefined, { round, version }: GlobalFile): boolean {
  const tags = (header ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(`"${round}-${version}"`);
}
