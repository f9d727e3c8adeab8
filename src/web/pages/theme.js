// @ts-check
/// <reference lib="dom" />
// Runs before the page is drawn, so that it does not flash in the other theme. No module: those run later.
try {
  const theme = localStorage.getItem("streamflow.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset["theme"] = theme;
} catch {
  // A browser that keeps nothing shows what its settings say.
}
