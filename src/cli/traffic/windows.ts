/** Settings of windows → what windows are made with. Pure. */
import type { Settings } from "../../config/settings.ts";
import { UserError } from "../../runtime/errors.ts";
import { didYouMean } from "../../runtime/suggest.ts";
import { toMicroseconds } from "../../runtime/time.ts";
import type { Emission, WindowSpec } from "../../stream/windows.ts";
import { LENGTH_AGGREGATES, type LengthAggregate } from "../../traffic/watch/figures.ts";
import type { CommandContext } from "../command.ts";

/** When windows are emitted; early ones every µs at most. */
function emissionOf(emit: Settings["emit"]): Emission {
  return emit.kind === "early"
    ? { kind: "early", every: Math.max(1, toMicroseconds(emit.everySeconds)) }
    : { kind: emit.kind };
}

/** What jobs with windows are made with, of event time. */
export function eventTimesOf(
  { lateness, grace, futureMax, emit }: Pick<Settings, "lateness" | "grace" | "futureMax" | "emit">,
) {
  return {
    latenessUs: toMicroseconds(lateness),
    graceUs: toMicroseconds(grace),
    futureMaxUs: toMicroseconds(futureMax),
    emission: emissionOf(emit),
  };
}

/** What they are run with, of this machine's time. */
export function runTimesOf(
  { idleTimeout, closeAfter, untilIdle, sessionTimeout }:
    & Pick<Settings, "idleTimeout" | "closeAfter" | "sessionTimeout">
    & { readonly untilIdle?: number | undefined },
) {
  return {
    idleTimeoutMs: idleTimeout * 1_000,
    closeAfterMs: closeAfter * 1_000,
    untilIdleMs: untilIdle === undefined ? undefined : untilIdle * 1_000,
    sessionTimeoutMs: sessionTimeout * 1_000,
  };
}

/**
 * The windows that are asked for, by `--windows` or by `--window` and `--advance`.
 *
 * @throws {UserError} (exit code 2) for both, and where records between two windows would be lost
 */
export function windowsOf(
  { windows, window, advance = window }: Pick<Settings, "windows" | "window" | "advance">,
  origin: CommandContext["origin"],
): WindowSpec {
  if (windows === undefined) {
    if (advance <= window) return alignedOf(window, advance);
    throw new UserError(
      `--advance ${advance} s is longer than --window ${window} s: packets between two windows would be in none`,
      { hint: "leave --advance out, or take a shorter one", exitCode: 2 },
    );
  }
  const other = ["window", "advance"].find((key) => origin[key] !== undefined);
  if (other !== undefined) {
    throw new UserError(`--windows and --${other} contradict each other`, {
      hint: "--windows tumbling:1m is --window 1m, --windows hopping:1m/10s is --window 1m --advance 10s",
      exitCode: 2,
    });
  }
  const { kind, seconds } = windows;
  if (kind === "session") return { kind, gap: toMicroseconds(seconds) };
  if (kind === "sliding") return { kind, size: toMicroseconds(seconds) };
  return alignedOf(seconds, kind === "hopping" ? windows.advanceSeconds : seconds);
}

function alignedOf(seconds: number, advanceSeconds: number): WindowSpec {
  const [size, advance] = [toMicroseconds(seconds), toMicroseconds(advanceSeconds)];
  return size === advance ? { kind: "tumbling", size } : { kind: "hopping", size, advance };
}

/** The aggregates that are asked for, each once. @throws {UserError} (exit code 2) for one that there is not */
export function aggregatesOf(names: readonly string[] = []): readonly LengthAggregate[] {
  const known = Object.keys(LENGTH_AGGREGATES);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return [...new Set(names as LengthAggregate[])].sort();
  throw new UserError(`--aggregates: there is no aggregate '${unknown}'`, {
    hint: didYouMean(unknown, known),
    exitCode: 2,
  });
}
