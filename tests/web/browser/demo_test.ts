/** The page of `demo --web` in a real browser: all of its pages from the first second, through the training, to its end. */
import { interrupt, startStreamflow, untilSaid } from "../../support/run.ts";
import { browserTest } from "./browser.ts";

const PATHS = ["", "classes", "traffic", "likes", "federated", "topics", "models"];

browserTest(
  "the demo's pages show its training, then its predictions, topics and model, then that it has ended",
  async (browser) => {
    await using demo = await startStreamflow(["demo", "--web", "--rate", "500"], { watchOutput: true });
    const [, url] = /the page is on (\S+)/.exec(await untilSaid(demo, /the page is on \S+\n/))!;
    // The browser itself says on the console that nobody listens any more.
    const expected = /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/;
    const tabs = new AsyncDisposableStack();
    await using _tabs = tabs;
    const open = async (path: string) => tabs.use(await browser.open(`${url}/${path}`, { expected }));
    const overview = await open("");
    const training = overview.page.getByRole("region", { name: "Training" });
    await training.getByText(/^Epoch \d+ of 12/).waitFor();
    await overview.page.locator("#badge[data-tone='busy']").getByText("Training…").waitFor();
    await overview.page.locator(".tiles").waitFor({ state: "hidden" });
    await overview.fits();
    await overview.accessible();
    await overview.shoot("demo-training");
    const pages = new Map(
      await Promise.all(PATHS.slice(1).map(async (path) => [path, await open(path)] as const)),
    );
    const models = pages.get("models")!.page;
    await models.getByText(/The model is being trained|version/).first().waitFor();
    await pages.get("topics")!.page.getByText("input-data").first().waitFor();

    await overview.page.locator("#badge").getByText("Live").waitFor({ timeout: 240_000 });
    await training.waitFor({ state: "hidden" });
    await overview.page.locator(".tiles").getByText(/by the network/).waitFor();
    await models.getByRole("list").filter({ hasText: "inputs" }).waitFor();
    await models.getByText("in memory").waitFor();
    for (const [path, tab] of pages) {
      await tab.fits();
      await tab.shoot(`demo-${path}`);
    }
    await overview.shoot("demo-overview");

    await interrupt(demo);
    await overview.page.locator("#badge").getByText(/^The demo has ended; run it again/).waitFor();
    await overview.shoot("demo-ended");
  },
);
