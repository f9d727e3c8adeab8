/** The pages' files, embedded in the program: nothing is read from disk, nothing comes from elsewhere. */
import type { Asset } from "../frame/asset.ts";
import uplotCss from "uplot/dist/uPlot.min.css" with { type: "text" };
import uplotJs from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import appJs from "./app.js" with { type: "text" };
import barsJs from "./bars.js" with { type: "text" };
import chartJs from "./chart.js" with { type: "text" };
import chartDrawnJs from "./chart_drawn.js" with { type: "text" };
import chartFigureJs from "./chart_figure.js" with { type: "text" };
import chartKeysJs from "./chart_keys.js" with { type: "text" };
import chartPartsJs from "./chart_parts.js" with { type: "text" };
import chartPlotJs from "./chart_plot.js" with { type: "text" };
import choiceJs from "./choice.js" with { type: "text" };
import classesJs from "./classes.js" with { type: "text" };
import classesMatrixJs from "./classes_matrix.js" with { type: "text" };
import commandsJs from "./commands.js" with { type: "text" };
import domJs from "./dom.js" with { type: "text" };
import earlyJs from "./early.js" with { type: "text" };
import federatedJs from "./federated.js" with { type: "text" };
import federatedFiguresJs from "./federated_figures.js" with { type: "text" };
import federatedTablesJs from "./federated_tables.js" with { type: "text" };
import formatJs from "./format.js" with { type: "text" };
import historyJs from "./history.js" with { type: "text" };
import iconSvg from "./icon.svg" with { type: "text" };
import indexHtml from "./index.html" with { type: "text" };
import lagSeriesJs from "./lag_series.js" with { type: "text" };
import likesJs from "./likes.js" with { type: "text" };
import likesFiguresJs from "./likes_figures.js" with { type: "text" };
import liveJs from "./live.js" with { type: "text" };
import modelsJs from "./models.js" with { type: "text" };
import modelsCardsJs from "./models_cards.js" with { type: "text" };
import modelsFiguresJs from "./models_figures.js" with { type: "text" };
import modelsTryJs from "./models_try.js" with { type: "text" };
import overviewTablesJs from "./overview_tables.js" with { type: "text" };
import overviewJs from "./overview.js" with { type: "text" };
import shellJs from "./shell.js" with { type: "text" };
import stepsJs from "./steps.js" with { type: "text" };
import styleCss from "./style.css" with { type: "text" };
import tableJs from "./table.js" with { type: "text" };
import tilesJs from "./tiles.js" with { type: "text" };
import topicApiJs from "./topic_api.js" with { type: "text" };
import topicDetailJs from "./topic_detail.js" with { type: "text" };
import topicRecordJs from "./topic_record.js" with { type: "text" };
import topicStreamJs from "./topic_stream.js" with { type: "text" };
import topicTailJs from "./topic_tail.js" with { type: "text" };
import topicsJs from "./topics.js" with { type: "text" };
import trafficJs from "./traffic.js" with { type: "text" };
import trafficFiguresJs from "./traffic_figures.js" with { type: "text" };
import trafficTablesJs from "./traffic_tables.js" with { type: "text" };
import trafficTilesJs from "./traffic_tiles.js" with { type: "text" };
import trainingJs from "./training.js" with { type: "text" };
import viewJs from "./view.js" with { type: "text" };

const script = (text: string): Asset => ({ type: "text/javascript; charset=utf-8", text });
const style = (text: string): Asset => ({ type: "text/css; charset=utf-8", text });

/** By name under `/assets/`. */
export const ASSETS: Readonly<Record<string, Asset>> = {
  "app.js": script(appJs),
  "bars.js": script(barsJs),
  "chart.js": script(chartJs),
  "chart_drawn.js": script(chartDrawnJs),
  "chart_figure.js": script(chartFigureJs),
  "chart_keys.js": script(chartKeysJs),
  "chart_parts.js": script(chartPartsJs),
  "chart_plot.js": script(chartPlotJs),
  "choice.js": script(choiceJs),
  "classes.js": script(classesJs),
  "classes_matrix.js": script(classesMatrixJs),
  "commands.js": script(commandsJs),
  "dom.js": script(domJs),
  "early.js": script(earlyJs),
  "federated.js": script(federatedJs),
  "federated_figures.js": script(federatedFiguresJs),
  "federated_tables.js": script(federatedTablesJs),
  "format.js": script(formatJs),
  "history.js": script(historyJs),
  "icon.svg": { type: "image/svg+xml", text: iconSvg },
  "lag_series.js": script(lagSeriesJs),
  "likes.js": script(likesJs),
  "likes_figures.js": script(likesFiguresJs),
  "live.js": script(liveJs),
  "models.js": script(modelsJs),
  "models_cards.js": script(modelsCardsJs),
  "models_figures.js": script(modelsFiguresJs),
  "models_try.js": script(modelsTryJs),
  "overview_tables.js": script(overviewTablesJs),
  "overview.js": script(overviewJs),
  "shell.js": script(shellJs),
  "steps.js": script(stepsJs),
  "style.css": style(styleCss),
  "table.js": script(tableJs),
  "tiles.js": script(tilesJs),
  "topic_api.js": script(topicApiJs),
  "topic_detail.js": script(topicDetailJs),
  "topic_record.js": script(topicRecordJs),
  "topic_stream.js": script(topicStreamJs),
  "topic_tail.js": script(topicTailJs),
  "topics.js": script(topicsJs),
  "traffic.js": script(trafficJs),
  "traffic_figures.js": script(trafficFiguresJs),
  "traffic_tables.js": script(trafficTablesJs),
  "traffic_tiles.js": script(trafficTilesJs),
  "training.js": script(trainingJs),
  "view.js": script(viewJs),
  // The library's file declares one variable; a module exports it.
  "uplot.js": script(`${uplotJs}\nexport default uPlot;\n`),
  "uplot.css": style(uplotCss),
};

/** The document of every page; `app.js` sees by the path which one it is. */
export const INDEX: Asset = { type: "text/html; charset=utf-8", text: indexHtml };
