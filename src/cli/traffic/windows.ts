/** Settings of windows → what windows are made with. Pure. */
import type { Settings } from "../../config/settings.ts";
import { toMicroseconds } from "../../runtime/time.ts";
import type { Emission } from "../../stream/windows.ts";

/** When windows are emitted; early ones every µs at most. */
export function emissionOf(emit: Settings["emit"]): Emission {
  return emit.kind === "early"
    ? { kind: "early", every: Math.max(1, toMicroseconds(emit.everySeconds)) }
    : { kind: emit.kind };
}
