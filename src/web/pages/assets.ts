/** The pages' files, embedded in the program: nothing is read from disk, nothing comes from elsewhere. */
import type { Asset } from "../frame/asset.ts";
import uplotCss from "uplot/dist/uPlot.min.css" with { type: "text" };
import uplotJs from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import appJs from "./app.js" with { type: "text" };
import chartJs from "./chart.js" with { type: "text" };
import chartPartsJs from "./chart_parts.js" with { type: "text" };
import chartPlotJs from "./chart_plot.js" with { type: "text" };
import classesJs from "./classes.js" with { type: "text" };
import domJs from "./dom.js" with { type: "text" };
import formatJs from "./format.js" with { type: "text" };
import historyJs from "./history.js" with { type: "text" };
import iconSvg from "./icon.svg" with { type: "text" };
import indexHtml from "./index.html" with { type: "text" };
import liveJs from "./live.js" with { type: "text" };
import overviewJs from "./overview.js" with { type: "text" };
import shellJs from "./shell.js" with { type: "text" };
import styleCss from "./style.css" with { type: "text" };
import tableJs from "./table.js" with { type: "text" };
import themeJs from "./theme.js" with { type: "text" };
import tilesJs from "./tiles.js" with { type: "text" };
import viewJs from "./view.js" with { type: "text" };

const script = (text: string): Asset => ({ type: "text/javascript; charset=utf-8", text });
const style = (text: string): Asset => ({ type: "text/css; charset=utf-8", text });

/** By name under `/assets/`. */
export const ASSETS: Readonly<Record<string, Asset>> = {
  "app.js": script(appJs),
  "chart.js": script(chartJs),
  "chart_parts.js": script(chartPartsJs),
  "chart_plot.js": script(chartPlotJs),
  "classes.js": script(classesJs),
  "dom.js": script(domJs),
  "format.js": script(formatJs),
  "history.js": script(historyJs),
  "icon.svg": { type: "image/svg+xml", text: iconSvg },
  "live.js": script(liveJs),
  "overview.js": script(overviewJs),
  "shell.js": script(shellJs),
  "style.css": style(styleCss),
  "table.js": script(tableJs),
  "theme.js": script(themeJs),
  "tiles.js": script(tilesJs),
  "view.js": script(viewJs),
  // The library's file declares one variable; a module exports it.
  "uplot.js": script(`${uplotJs}\nexport default uPlot;\n`),
  "uplot.css": style(uplotCss),
};

/** The document of every page; `app.js` sees by the path which one it is. */
export const INDEX: Asset = { type: "text/html; charset=utf-8", text: indexHtml };
