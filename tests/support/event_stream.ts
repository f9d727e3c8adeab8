/** Server-sent events as a client reads them. */
import { within } from "./until.ts";

/** An event. */
export interface StreamEvent {
  readonly id: string;
  readonly event: string;
  // deno-lint-ignore no-explicit-any
  readonly data: any;
}

/** The events of an answer, until it ends; comments and `retry` are left out. */
export async function* eventsOf(response: Response): AsyncGenerator<StreamEvent> {
  let text = "";
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const fields = new Map(
        text.slice(0, end).split("\n").map((line): [string, string] => {
          const colon = line.indexOf(": ");
          return [line.slice(0, colon), line.slice(colon + 2)];
        }),
      );
      text = text.slice(end + 2);
      if (!fields.has("data")) continue;
      yield {
        id: fields.get("id")!,
        event: fields.get("event")!,
        data: JSON.parse(fields.get("data")!),
      };
    }
  }
}

/** The next event. @throws {Error} where the stream ends, or the limit passes without one */
export async function nextOf(events: AsyncGenerator<StreamEvent>): Promise<StreamEvent> {
  const { value, done } = await within(events.next(), () => "another event of the stream");
  if (done) throw new Error("the stream ended");
  return value;
}
