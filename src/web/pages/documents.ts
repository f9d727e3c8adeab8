/** The document of each page: it names everything that the page needs, so that the browser asks for it at once. */
import { createHash } from "node:crypto";
import type { Asset } from "../frame/asset.ts";
import { ASSETS, INDEX } from "./assets.ts";

/** A page: its module, as `app.js` imports it, and what it asks of the live stream. */
export interface PageRow {
  readonly module: string;
  readonly live?: string;
}

/** By path. */
export const PAGES: Readonly<Record<string, PageRow>> = {
  "/": { module: "overview.js", live: "board=predictions" },
  "/classes": { module: "classes.js", live: "board=predictions" },
  "/traffic": { module: "traffic.js", live: "board=traffic" },
  "/likes": { module: "likes.js", live: "board=likes" },
  "/federated": { module: "federated.js", live: "board=federated" },
  "/topics": { module: "topics.js" },
  "/models": { module: "models.js", live: "board=predictions&scoring=true" },
};

const START = "app.js";

/** Changes with any of the files: modules name one another relative to their folder, which carries it. */
export const VERSION: string = versionOf(ASSETS);

function versionOf(assets: Readonly<Record<string, Asset>>): string {
  const hash = createHash("sha256");
  for (const [name, { text }] of Object.entries(assets)) hash.update(`${name}\n${text.length}\n${text}`);
  return hash.digest("base64url").slice(0, 16);
}

/**
 * `index.html` for this page: with all of its modules, and what `early.js` asks of the live stream.
 *
 * @param cluster see {@linkcode DashboardParts.cluster}
 */
export function documentOf({ module, live }: PageRow, cluster: string | null): Asset {
  const modules = new Set([START]);
  for (const name of modules) {
    const { text } = ASSETS[name]!;
    for (const [, imported] of text.matchAll(/^import\s[^"]*"\.\/([^"]+)"/gm)) modules.add(imported!);
    if (name === START) modules.add(module);
  }
  const data = Object.entries({ live, cluster: cluster ?? undefined })
    .map(([name, value]) => value === undefined ? "" : ` data-${name}="${attributeText(value)}"`);
  const preloads = [...modules].map((name) => `<link rel="modulepreload" href="/assets/${name}">\n    `);
  const text = INDEX.text
    .replace(/(?<=<html\b[^>]*)(?=>)/, () => data.join(""))
    .replace(/(?=<script type="module")/, preloads.join(""))
    .replaceAll(`"/assets/`, `"/assets/${VERSION}/`);
  return { ...INDEX, text };
}

function attributeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
}
