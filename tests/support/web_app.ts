/** The frame without a listener, for tests of the routes that are mounted on it. */
import { type AppOptions, createApp } from "../../src/web/frame/app.ts";

/** An app that is ready; a failure that is ours fails the test by its answer, 500. */
export function testApp(options: Partial<AppOptions> = {}): ReturnType<typeof createApp> {
  return createApp({ trouble: () => null, version: "0.0.0", log: { warn: console.error }, ...options });
}
