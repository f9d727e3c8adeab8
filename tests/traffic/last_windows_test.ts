/** The links that came first stay, whatever comes after them. */
import assert from "node:assert/strict";
import { LastWindows } from "../../src/traffic/last_windows.ts";
import { LINKS_SHOWN_MAX } from "../../src/traffic/limits.ts";

Deno.test("LastWindows has the last window of each of the first links", () => {
  const last = new LastWindows<{ readonly link: string; readonly packets: number }>();
  for (let packets = 0; packets < 3; packets++) {
    for (let link = 0; link < 2 * LINKS_SHOWN_MAX; link++) last.take({ link: `l${link}`, packets });
  }
  assert.deepEqual(
    last.all(),
    Array.from({ length: LINKS_SHOWN_MAX }, (_, link) => ({ link: `l${link}`, packets: 2 })),
  );
});
