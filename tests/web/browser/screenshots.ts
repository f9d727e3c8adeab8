/** The pictures of the README, of a demo that runs: `deno task screenshots`. */
import { startStreamflow, untilSaid } from "../../support/run.ts";
import { openBrowser, type TabOptions } from "./browser.ts";

/** Predictions by then: the errors have a course, and their first readings are answered. */
const AFTER_PREDICTIONS = 15_000;
const PICTURES: readonly (readonly [name: string, path: string, options: TabOptions])[] = [
  ["overview", "", { width: 1280, height: 800 }],
  ["overview_phone", "", { width: 390, height: 800, dark: true }],
];

if (import.meta.main) {
  await using demo = await startStreamflow(["demo", "--web", "--rate", "100"], { watchOutput: true });
  const [, url] = /the page is on (\S+)/.exec(await untilSaid(demo, /the page is on \S+\n/))!;
  await using browser = await openBrowser();
  const tabs = await Promise.all(
    PICTURES.map(([, path, options]) => browser.open(`${url}/${path}`, options)),
  );
  await tabs[0]!.page.waitForFunction(
    (least) => Number(document.querySelector(".tile .value")?.textContent?.replaceAll(",", "")) >= least,
    AFTER_PREDICTIONS,
    { timeout: 300_000 },
  );
  for (const [place, [name]] of PICTURES.entries()) {
    await using tab = tabs[place]!;
    await tab.page.screenshot({ path: `src/web/pictures/${name}.png` });
  }
}
