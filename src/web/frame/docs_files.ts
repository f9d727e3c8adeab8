/** The page of the description of the routes, and its files. */
import swaggerCss from "swagger-ui-dist/swagger-ui.css" with { type: "text" };
import swaggerJs from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "text" };
import type { Asset } from "./asset.ts";
import docsHtml from "./docs.html" with { type: "text" };
import docsStart from "./docs_start.js" with { type: "text" };

const SCRIPT = "text/javascript; charset=utf-8";

/** By name under `/docs/`. */
export const DOCS_FILES = {
  page: { type: "text/html; charset=utf-8", text: docsHtml },
  "swagger-ui.js": { type: SCRIPT, text: swaggerJs },
  "swagger-ui.css": { type: "text/css; charset=utf-8", text: swaggerCss },
  "start.js": { type: SCRIPT, text: docsStart },
} as const satisfies Readonly<Record<string, Asset>>;
