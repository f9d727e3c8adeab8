/// <reference lib="dom" />
/**
 * Pages in a real browser: Debian's Chromium by playwright-core. Where there is none the tests are registered as
 * ignored, and the reason is printed once.
 *
 * What a page shows arrives by itself, or a while after a click: every look at it is a locator's `waitFor`, an assertion
 * within `eventually`, or `untilText`.
 *
 *     browserTest("the page says what to run", async (browser) => {
 *       await using web = await startWeb(cluster.bootstrapServer);
 *       await using tab = await browser.open(`${web.url}/`);
 *       await tab.page.getByText("Live").waitFor();
 *       await tab.accessible();
 *     });
 *
 * A tab that is closed fails its test where something was written to the console as an error, where something was thrown,
 * or where anything was asked of another origin.
 */
import assert from "node:assert/strict";
import axeSource from "axe-core/axe.min.js" with { type: "text" };
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { type Running, startStreamflow, untilSaid } from "../../support/run.ts";
import { eventually, LIMIT_MS } from "../../support/until.ts";

const PATHS = [
  Deno.env.get("STREAMFLOW_TEST_CHROMIUM"),
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** Where Chromium is; `null` = nowhere. */
export function chromiumPath(): string | null {
  for (const path of PATHS) {
    try {
      if (path !== undefined && Deno.statSync(path).isFile) return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}

const executablePath = chromiumPath();
if (executablePath === null) {
  console.log(
    "browser tests skipped: there is no Chromium (apt-get install chromium, or STREAMFLOW_TEST_CHROMIUM)",
  );
}

/** How a tab is opened. */
export interface TabOptions {
  /** @default 1280 */
  readonly width?: number;
  /** @default 900 */
  readonly height?: number;
  /** @default false */
  readonly dark?: boolean;
  /** @default false */
  readonly reducedMotion?: boolean;
  /** Errors on the console that the test brings about itself. @default none */
  readonly expected?: RegExp;
}

/** What axe-core found. */
interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** A tab; what went wrong in it fails the test when it is disposed of. */
export class Tab implements AsyncDisposable {
  readonly page: Page;
  readonly #wrong: string[] = [];

  constructor(page: Page, origin: string, expected: RegExp | undefined) {
    this.page = page;
    page.setDefaultTimeout(LIMIT_MS);
    const note = (what: string) => expected?.test(what) || this.#wrong.push(what);
    page.on("console", (message) => {
      if (message.type() === "error") note(`console: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => note(`thrown: ${error.stack ?? error.message}`));
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(`${origin}/`) && !/^(blob|data):/.test(url)) {
        this.#wrong.push(`asked elsewhere: ${url}`);
      }
    });
  }

  /** Fails where axe-core finds what some people cannot use. */
  async accessible(): Promise<void> {
    await this.page.evaluate(axeSource);
    await eventually(async () => {
      const found = await this.page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
        return (await axe.run()).violations;
      });
      const words = found.map(({ id, help, nodes }) =>
        [`${id}: ${help}`, ...nodes.map((one) => `${one.html} ${one.failureSummary}`)].join("\n  ")
      );
      assert.deepEqual(words, []);
    });
  }

  /** Fails where the page is wider than the window. */
  async fits(): Promise<void> {
    await eventually(async () => {
      const [wide, window] = await this.page.evaluate(() =>
        [document.documentElement.scrollWidth, innerWidth] as const
      );
      assert.ok(wide <= window, `the page is ${wide} px wide in a window of ${window} px`);
    });
  }

  /** Where to save a picture of the page, if it is asked for: `STREAMFLOW_TEST_SHOTS=FOLDER`. */
  async shoot(name: string): Promise<void> {
    const folder = Deno.env.get("STREAMFLOW_TEST_SHOTS");
    if (folder !== undefined) await this.page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
    assert.deepEqual(this.#wrong, []);
  }
}

/** Resolves when the text of an element is this, or has it; what is hidden counts. */
export async function untilText(of: Locator, wanted: string | RegExp): Promise<void> {
  await eventually(async () => {
    const found = await of.textContent() ?? "";
    if (typeof wanted === "string") assert.equal(found, wanted);
    else assert.match(found, wanted);
  });
}

/** A browser of a test. */
export interface TestBrowser {
  /** Opens a tab of its own: nothing of another one's storage is in it. */
  open(url: string, options?: TabOptions): Promise<Tab>;
}

async function openTab(
  browser: Browser,
  url: string,
  { width = 1280, height = 900, dark = false, reducedMotion = false, expected }: TabOptions,
): Promise<Tab> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: reducedMotion ? "reduce" : "no-preference",
    acceptDownloads: true,
  });
  const tab = new Tab(await context.newPage(), new URL(url).origin, expected);
  await tab.page.goto(url);
  return tab;
}

/** Opens a browser; whoever opens it closes it. @throws {Error} where there is none */
export async function openBrowser(): Promise<TestBrowser & AsyncDisposable> {
  if (executablePath === null) throw new Error("there is no Chromium: apt-get install chromium");
  // In a container without user namespaces Chromium's sandbox does not start; only our own pages are opened.
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"], timeout: LIMIT_MS });
  return {
    open: (url, options = {}) => openTab(browser, url, options),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** A test with a browser. playwright-core keeps a pipe and timers of its own: the sanitizers do not see its end. */
export function browserTest(
  name: string,
  run: (browser: TestBrowser, t: Deno.TestContext) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: executablePath === null,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (t) => {
      await using browser = await openBrowser();
      await run(browser, t);
    },
  });
}

/** `streamflow web` as it is started by a user. */
export interface RunningWeb extends AsyncDisposable {
  readonly url: string;
  readonly running: Running;
}

/** Starts `streamflow web` on a cluster; resolves when it serves. @param listen port 0 = any that is free */
export async function startWeb(
  bootstrapServer: string,
  args: readonly string[] = [],
  listen = "127.0.0.1:0",
): Promise<RunningWeb> {
  const running = await startStreamflow(
    ["web", "--bootstrap-server", bootstrapServer, "--listen", listen, ...args],
    { watchOutput: true },
  );
  const text = await untilSaid(running, /ready on \S+/);
  running.watched!.cancel();
  return {
    url: /ready on (\S+)/.exec(text)![1]!,
    running,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}
