/** The pages' files, embedded in the program: nothing is read from disk, nothing comes from elsewhere. */
import uplotCss from "uplot/dist/uPlot.min.css" with { type: "text" };
import uplotJs from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import appJs from "./app.js" with { type: "text" };
import indexHtml from "./index.html" with { type: "text" };
import styleCss from "./style.css" with { type: "text" };

/** A file as it is served. */
export interface Asset {
  readonly type: string;
  readonly text: string;
}

const script = (text: string): Asset => ({ type: "text/javascript; charset=utf-8", text });
const style = (text: string): Asset => ({ type: "text/css; charset=utf-8", text });

/** By name under `/assets/`. */
export const ASSETS: Readonly<Record<string, Asset>> = {
  "app.js": script(appJs),
  "style.css": style(styleCss),
  // The library's file declares one variable; a module exports it.
  "uplot.js": script(`${uplotJs}\nexport default uPlot;\n`),
  "uplot.css": style(uplotCss),
};

/** The document of every page; `app.js` sees by the path which one it is. */
export const INDEX: Asset = { type: "text/html; charset=utf-8", text: indexHtml };
