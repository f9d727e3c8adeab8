/**
 * A query in a thread of its own, so that it can be ended. This file is the thread's program; where all of streamflow
 * is one file, that file is, and its `main.ts` leads here.
 */
import { isThread, THREADS } from "../../runtime/threads.ts";
import { QUERY_MS_MAX } from "../../store/limits.ts";
import type { Answer } from "../../store/sqlite/query.ts";
import { StoreError, type StoreErrorKind } from "../../store/store.ts";

/** What is asked. */
interface Question {
  readonly place: string;
  readonly sql: string;
  readonly rowsMax: number;
}

type Reply = { readonly answer: Answer } | { readonly kind: StoreErrorKind | null; readonly message: string };

/** Asks within the time that a query has. @returns `null` where the signal aborted before @throws {StoreError} */
export async function askInThread(question: Question, signal: AbortSignal): Promise<Answer | null> {
  const thread = new Worker(import.meta.url, { type: "module", name: THREADS.query });
  const { promise, resolve } = Promise.withResolvers<Reply | null>();
  const failure = (message: string): Reply => ({ kind: null, message });
  const timer = setTimeout(
    () => resolve(failure(`the query took longer than ${QUERY_MS_MAX / 1_000} s`)),
    QUERY_MS_MAX,
  );
  const abort = () => resolve(null);
  signal.addEventListener("abort", abort);
  thread.onmessage = ({ data }: MessageEvent<Reply | "ready">) => {
    if (data === "ready") thread.postMessage(question);
    else resolve(data);
  };
  thread.onerror = (event) => {
    event.preventDefault();
    resolve(failure(event.message));
  };
  try {
    const reply = await promise;
    if (reply === null || "answer" in reply) return reply?.answer ?? null;
    throw new StoreError(reply.kind ?? "row", reply.message);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    thread.terminate();
  }
}

/** The thread's own side: answers one question. */
async function serve(): Promise<void> {
  const channel = globalThis as unknown as {
    onmessage: (event: MessageEvent<Question>) => void;
    postMessage(message: Reply | "ready"): void;
  };
  const { runQuery } = await import("../../store/sqlite/query.ts");
  channel.onmessage = ({ data: { place, sql, rowsMax } }) => {
    try {
      channel.postMessage({ answer: runQuery(place, sql, rowsMax) });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      channel.postMessage({ kind: error.kind, message: error.message });
    }
  };
  channel.postMessage("ready");
}

if (isThread(THREADS.query)) await serve();
