/** `streamflow monitor --view youtube`: the totals of likes, drawn, printed or as JSON. */
import { formatCount } from "../../runtime/progress.ts";
import type { Settings } from "../../config/settings.ts";
import type { KafkaClient } from "../../kafka/port.ts";
import { LikesBoard, type LikesSnapshot } from "../../monitor/boards/likes.ts";
import { ChangedLikes, rankingLines } from "../../monitor/terminal/likes_lines.ts";
import { LikesScreen } from "../../monitor/terminal/likes_screen.ts";
import { openTerminal } from "../../monitor/terminal/terminal.ts";
import { sleep, untilAborted } from "../../runtime/clock.ts";
import { UserError } from "../../runtime/errors.ts";
import type { CommandContext, ExitCode } from "../command.ts";
import { Watch } from "../../monitor/watch/watch.ts";

/** How long records are counted without letting anything else happen, in ms. */
const BUSY_MS_MAX = 50;

/** The settings that count here. */
type LikesSettings = Pick<
  Settings,
  "input" | "output" | "group" | "from" | "interval" | "once" | "json" | "color" | "bootstrapServer"
>;

function topicsOf(settings: LikesSettings, origin: CommandContext["origin"]) {
  return {
    input: origin["input"] === undefined ? "topic_yt" : settings.input,
    output: origin["output"] === undefined ? "youtube-totals" : settings.output,
    group: origin["group"] === undefined ? "analytics" : settings.group,
  };
}

/** Shows a snapshot. */
type Show = (snapshot: LikesSnapshot) => void;

/** A line for each total that has changed, or a JSON object each time. */
function showLines(json: boolean, out: (line: string) => void): Show {
  const changed = new ChangedLikes();
  return (snapshot) => {
    if (json) return out(JSON.stringify(snapshot));
    changed.take(snapshot.ranking).forEach(out);
  };
}

/** Draws the likes until `q`, the signal, or with `once` the end of both topics. */
export async function monitorLikes(settings: LikesSettings, { context, client }: {
  readonly context: CommandContext;
  readonly client: KafkaClient;
}): Promise<ExitCode> {
  const { signal, out, log, origin } = context;
  const { once, json, from, interval } = settings;
  const { input, output, group } = topicsOf(settings, origin);
  if (once && !(await client.admin.listTopics()).includes(output)) {
    throw new UserError(`cannot monitor: there is no topic '${output}'`, {
      hint: "'streamflow youtube consume' creates it; name another one with --output",
    });
  }
  const ended = new AbortController();
  const stop = () => ended.abort();
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const opened = once || json ? null : openTerminal();
  if (opened !== null && "reason" in opened) {
    log.info(`no screen, one line per interval: ${opened.reason}`);
  }
  const terminal = opened !== null && "terminal" in opened ? opened.terminal : null;
  const watch = new Watch({
    client,
    input,
    group,
    from,
    until: once ? "end" : "never",
    signal: ended.signal,
    say: terminal === null ? (message) => log.info(message) : () => {},
  });
  const board = new LikesBoard();
  {
    const title = `${output} at ${settings.bootstrapServer}`;
    using screen = terminal === null
      ? null
      : new LikesScreen({ terminal, color: settings.color, title, onQuit: stop });
    const show: Show = screen === null
      ? showLines(json, out)
      : (snapshot) => screen.show({ ...snapshot, note: noteOf(snapshot, watch.trouble) });
    const feeding = Promise.all([
      feed(watch, { topic: output, signal: ended.signal, add: (value) => board.addTotal(value) }),
      feed(watch, { topic: input, signal: ended.signal, add: (value) => board.addEvent(value) }),
    ]).finally(stop);
    if (!once) {
      await showUntilEnd(() => show(board.snapshot()), {
        intervalMs: interval * 1_000,
        signal: ended.signal,
      });
    }
    await feeding;
  }
  signal.removeEventListener("abort", stop);
  if (once && signal.aborted) return 130;
  if (once && json) out(JSON.stringify(board.snapshot()));
  else if (once || terminal !== null) rankingLines(board.snapshot().ranking).forEach(out);
  return 0;
}

function noteOf({ events, unreadable }: LikesSnapshot, trouble: string | null): string {
  const parts = [`events ${formatCount(events)}`];
  if (unreadable > 0) parts.push(`not readable ${formatCount(unreadable)}`);
  if (trouble !== null) parts.push(`[${trouble}]`);
  return parts.join("   ");
}

async function feed(watch: Watch, { topic, signal, add }: {
  readonly topic: string;
  readonly signal: AbortSignal;
  readonly add: (value: Uint8Array | null) => void;
}): Promise<void> {
  let sinceMs = performance.now();
  for await (const { records } of untilAborted(watch.read(topic), signal)) {
    for (const { value } of records) add(value);
    if (performance.now() - sinceMs < BUSY_MS_MAX) continue;
    await sleep(1, signal); // keys and the screen have their turn
    sinceMs = performance.now();
  }
}

async function showUntilEnd(
  show: () => void,
  { intervalMs, signal }: { readonly intervalMs: number; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await sleep(intervalMs, signal);
    if (!signal.aborted) show();
  }
}
