/** Which source of packets the flags of `traffic capture` ask for. */
import type { Settings } from "../../config/settings.ts";
import type { SourceKind } from "../../datasets/packet_sources.ts";
import { UserError } from "../../runtime/errors.ts";
import type { CommandContext } from "../command.ts";

const SOURCES: readonly SourceKind[] = ["simulate", "pcap", "netflow"];
/** Flags that are about the model. */
const OF_MODEL = {
  links: "--links",
  start: "--start",
  seed: "--seed",
  rate: "--rate",
  events: "--events",
  eventsFile: "--events-file",
} as const;

/**
 * The one source that was asked for; a flag counts before a configuration file.
 *
 * @throws {UserError} (exit code 2) for none, several, and flags that are another source's
 */
export function chosenSource(
  settings: Pick<Settings, SourceKind>,
  origin: CommandContext["origin"],
): SourceKind {
  const isFlag = (key: string) => origin[key]?.startsWith("flag ") ?? false;
  const set = SOURCES.filter((key) => settings[key] !== undefined && settings[key] !== false);
  const flagged = set.filter(isFlag);
  const [source, other] = flagged.length > 0 ? flagged : set;
  if (source === undefined) {
    throw new UserError("traffic capture needs a source of packets", {
      hint: "give one of --simulate, --pcap FILE (- = standard input) and --netflow HOST:PORT",
      exitCode: 2,
    });
  }
  if (other !== undefined) {
    throw new UserError(`--${source} and --${other} contradict each other`, {
      hint: "give one of them: a run has one source",
      exitCode: 2,
    });
  }
  const foreign = Object.entries(OF_MODEL).find(([key]) => source !== "simulate" && isFlag(key));
  if (foreign !== undefined) {
    throw new UserError(`${foreign[1]} is about simulated traffic, and the source is --${source}`, {
      hint: source === "pcap" ? "the pace of a capture is --speed" : "leave it out, or give --simulate",
      exitCode: 2,
    });
  }
  if (source !== "netflow" && isFlag("sampling")) {
    throw new UserError(`--sampling is about NetFlow, and the source is --${source}`, {
      hint: "leave it out, or give --netflow HOST:PORT",
      exitCode: 2,
    });
  }
  if (source === "netflow" && isFlag("speed")) {
    throw new UserError("--speed is for recordings, and NetFlow arrives at its own pace", {
      hint: "leave it out",
      exitCode: 2,
    });
  }
  return source;
}
