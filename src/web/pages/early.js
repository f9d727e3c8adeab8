// @ts-check
/// <reference lib="dom" />
// Runs before the page is drawn. No module: those run later.

/**
 * @typedef {object} EarlyStream the live stream, asked for while the modules are on their way
 * @property {EventSource} source
 * @property {MessageEvent[]} kept what came before somebody listened
 * @property {(event: MessageEvent) => void} keep
 */

{
  const { live } = document.documentElement.dataset;
  if (live !== undefined) {
    const query = new URLSearchParams(location.search);
    for (const [key, value] of new URLSearchParams(live)) query.set(key, value);
    /** @type {EarlyStream} */
    const early = {
      source: new EventSource(`/api/v1/live?${query}`),
      kept: [],
      keep: (event) => early.kept.push(event),
    };
    for (const type of ["snapshot", "delta"]) early.source.addEventListener(type, early.keep);
    Object.assign(globalThis, { early });
  }
  try {
    const theme = localStorage.getItem("streamflow.theme");
    // So that it does not flash in the other theme.
    if (theme === "light" || theme === "dark") document.documentElement.dataset["theme"] = theme;
  } catch {
    // A browser that keeps nothing shows what its settings say.
  }
}
