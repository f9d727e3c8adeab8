/** What a tab holds after its garbage is collected. */
import type { Page } from "playwright-core";

/** After a collection. */
export interface TabMemory {
  /** Bytes of JavaScript objects. */
  readonly heapBytes: number;
  readonly nodes: number;
  readonly listeners: number;
}

/** Collects the garbage of a tab and measures what is left. */
export async function measureTab(page: Page): Promise<TabMemory> {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send("Performance.enable");
    await session.send("HeapProfiler.collectGarbage");
    const { metrics } = await session.send("Performance.getMetrics");
    const read = (name: string) => metrics.find((one) => one.name === name)?.value ?? NaN;
    return {
      heapBytes: read("JSHeapUsedSize"),
      nodes: read("Nodes"),
      listeners: read("JSEventListeners"),
    };
  } finally {
    await session.detach();
  }
}
