/** Events of a tail as server-sent events, to a client that may be slow or gone. */
import { PING_MS } from "../frame/live/limits.ts";
import { SSE_RETRY, sseComment, sseEvent } from "../frame/live/sse.ts";
import { TAIL_CLIENT_PATIENCE_MS } from "./limits.ts";
import type { Tail } from "./tail.ts";

/**
 * The body of an answer. Nothing is read ahead: the next look at the topic waits until the client has taken the event
 * before.
 * @param options.closing the listener closes
 * @param options.onEnd called once when it ends, whoever ends it
 */
export function tailStream(
  tail: Tail,
  { closing, onEnd, patienceMs = TAIL_CLIENT_PATIENCE_MS }: {
    readonly closing: AbortSignal | undefined;
    readonly onEnd: () => void;
    /** How long a client may take nothing. */
    readonly patienceMs?: number;
  },
): ReadableStream<Uint8Array> {
  const stop = new AbortController();
  const events = tail.events(closing === undefined ? stop.signal : AbortSignal.any([closing, stop.signal]));
  let sentMs = Date.now();
  let patience: ReturnType<typeof setTimeout> | undefined;
  const end = () => {
    clearTimeout(patience);
    stop.abort();
    onEnd();
  };
  const finish = (controller: ReadableStreamDefaultController<Uint8Array>, reason: string) => {
    controller.enqueue(sseEvent("bye", { id: null, data: JSON.stringify({ reason }) }));
    end();
    controller.close();
  };
  const wait = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    patience = setTimeout(() => {
      end();
      controller.error(new Error("the client takes nothing"));
    }, patienceMs);
  };
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(SSE_RETRY.slice());
      wait(controller);
    },
    pull: async (controller) => {
      clearTimeout(patience);
      try {
        for (;;) {
          const { done, value } = await events.next();
          if (done) return finish(controller, "the server is stopping");
          const isQuiet = Date.now() - sentMs >= PING_MS;
          if (value === null && !isQuiet) continue;
          sentMs = Date.now();
          controller.enqueue(
            value === null
              ? sseComment("nothing new")
              : sseEvent(value.event, { id: value.id, data: JSON.stringify(value.data) }),
          );
          break;
        }
      } catch (error) {
        // What was thrown has no status any more: the client reads why.
        return finish(controller, error instanceof Error ? error.message : String(error));
      }
      wait(controller);
    },
    cancel: end,
  }, { highWaterMark: 1 });
}
