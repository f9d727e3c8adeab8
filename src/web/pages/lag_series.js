// @ts-check
/**
 * The curves of lags that the history has, `lag.NAME`, each with a name for people. Pure.
 *
 * @param {readonly string[]} names of all that the history has
 * @param {{ what: string, color: number }} how what stands before NAME, and the first colour
 * @returns {import("./chart.js").SeriesSpec[]}
 */
export function lagSeries(names, { what, color }) {
  return names.filter((name) => name.startsWith("lag.")).map((name, place) => ({
    ...{ name, label: `${what} ${name.slice(4)}`, color: color + place % 7 },
  }));
}
