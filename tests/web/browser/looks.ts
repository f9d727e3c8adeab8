/// <reference lib="dom" />
/** Parts of a page by what people see, and a page at all sizes. */
import type { Locator, Page } from "playwright-core";
import type { Tab, TabOptions, TestBrowser } from "./browser.ts";

/** A card by its heading. */
export function card(page: Page, title: string): Locator {
  return page.locator(".card").filter({ has: page.getByRole("heading", { name: title }) });
}

/** A chart by its heading. */
export function figure(page: Page, title: string): Locator {
  return page.locator("figure").filter({ has: page.getByRole("heading", { name: title }) });
}

/** The tiles with this text in them. */
export function tile(page: Page, name: string): Locator {
  return page.locator(".tile").filter({ hasText: name });
}

/** What these tiles show. */
export function tileValue(page: Page, name: string): Locator {
  return tile(page, name).locator(".value");
}

/** Windows that every page has to fit into. */
const WINDOWS: Readonly<Record<string, TabOptions>> = {
  "phone": { width: 360, height: 740 },
  "desktop": { width: 1920, height: 1080 },
  "dark": { width: 1280, dark: true },
  "phone-dark": { width: 360, height: 740, dark: true },
};

/** Opens a page in every window: it fits, everybody can use it, and its picture is saved where that is asked for. */
export async function looksRight(
  browser: TestBrowser,
  url: string,
  { name, untilShown, more = {} }: {
    /** Of the pictures. */
    readonly name: string;
    readonly untilShown: (tab: Tab) => Promise<unknown>;
    /** Further windows. */
    readonly more?: Readonly<Record<string, TabOptions>>;
  },
): Promise<void> {
  for (const [window, options] of Object.entries({ ...WINDOWS, ...more })) {
    await using tab = await browser.open(url, options);
    await untilShown(tab);
    await tab.fits();
    await tab.accessible();
    await tab.shoot(`${name}-${window}`);
  }
}
