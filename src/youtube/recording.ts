/** A recorded run: one event per line, as `youtube produce --record FILE` writes it. */
import { UserError } from "../runtime/errors.ts";
import { readEvent } from "../records/youtube_events.ts";
import type { YoutubeEvent } from "../records/youtube_events.ts";
import { EVENT_BYTES_MAX } from "../records/limits.ts";

const encoder = new TextEncoder();

/** An event, or `null` where the last line was cut off, as by a killed recording. */
export type RecordedEvent = YoutubeEvent | null;

/**
 * The events of a recording, in pieces as the bytes come.
 *
 * @throws {UserError} for a line that is no event; of the last line, where it has no end, `null` is given.
 */
export async function* readRecording(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
): AsyncIterable<RecordedEvent[]> {
  const decoder = new TextDecoder();
  let rest = "";
  let line = 0;
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    if (rest.length > EVENT_BYTES_MAX) {
      throw new UserError(
        `${name}, line ${line + lines.length + 1}: longer than ${EVENT_BYTES_MAX} characters`,
        {
          hint: "a recording has one event per line: 'streamflow youtube produce --record FILE' writes one",
        },
      );
    }
    const events = lines.flatMap((text) => {
      line++;
      return text.trim() === "" ? [] : [eventOf(text, `${name}, line ${line}`)];
    });
    if (events.length > 0) yield events;
  }
  rest += decoder.decode();
  if (rest.trim() === "") return;
  const found = readEvent(encoder.encode(rest));
  yield ["event" in found ? found.event : null];
}

function eventOf(text: string, where: string): YoutubeEvent {
  const found = readEvent(encoder.encode(text));
  if ("event" in found) return found.event;
  throw new UserError(`${where}: ${found.detail}`, {
    hint: "a recording has one event per line: 'streamflow youtube produce --record FILE' writes one",
  });
}
