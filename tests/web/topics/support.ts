/** Topics over HTTP: an app on a cluster, and an SSE stream read as events. */
import type { ContractSubject } from "../../contract/kafka_client.ts";
import { testClusters } from "../../support/cluster.ts";
import { connect } from "../../../src/kafka/connect.ts";
import type { KafkaClient } from "../../../src/kafka/port.ts";
import { mountTopics } from "../../../src/web/topics/routes.ts";
import { within } from "../../support/until.ts";
import { testApp } from "../../support/web_app.ts";

/** Both clients on the embedded broker, one on a real cluster. */
export const SUBJECTS: readonly ContractSubject[] = testClusters().flatMap((cluster) =>
  cluster.name === "real"
    ? [{ client: "platformatic", cluster } as const]
    : [{ client: "platformatic", cluster } as const, { client: "kafkajs", cluster } as const]
);

/** What an app is asked. */
export interface Asking {
  readonly client: KafkaClient;
  /** The JSON of an answer with its status. */
  // deno-lint-ignore no-explicit-any
  get(path: string): Promise<{ status: number; headers: Headers; json: any }>;
  tail(path: string, options?: { lastEventId?: string }): Promise<Events>;
}

/** Registers a test of the routes on a cluster. */
export function restTest(
  subject: ContractSubject,
  name: string,
  body: (asking: Asking) => Promise<void>,
): void {
  Deno.test({
    name: `${subject.client} on ${subject.cluster.name}: ${name}`,
    ignore: subject.cluster.missing !== null,
    fn: async () => {
      await using cluster = await subject.cluster.open();
      const { bootstrapServer } = cluster;
      await using client = await connect({ bootstrapServer, clientId: "rest" }, subject.client);
      await body(askingOf(client));
    },
  });
}

/** An app on a client. */
export function askingOf(client: KafkaClient): Asking {
  const app = testApp();
  mountTopics(app, client.inspection);
  return {
    client,
    get: async (path) => {
      const { status, headers, ...response } = await answer(app.request(`/api/v1/${path}`));
      return { status, headers, json: JSON.parse(response.text) };
    },
    tail: async (path, { lastEventId } = {}) => {
      const abort = new AbortController();
      const headers: Record<string, string> = lastEventId === undefined
        ? {}
        : { "last-event-id": lastEventId };
      const response = await app.request(`/api/v1/${path}`, { signal: abort.signal, headers });
      return new Events(response, abort);
    },
  };
}

async function answer(asked: Response | Promise<Response>) {
  const response = await asked;
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** An event as it came. */
export interface ReadEvent {
  readonly id: string | null;
  readonly event: string;
  // deno-lint-ignore no-explicit-any
  readonly data: any;
}

/** Server-sent events, one after the other. */
export class Events implements AsyncDisposable {
  readonly response: Response;
  readonly #abort: AbortController;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next event; comments are passed over. `null`: the stream is over. */
  async next(): Promise<ReadEvent | null> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end >= 0) {
        const frame = this.#text.slice(0, end).split("\n");
        this.#text = this.#text.slice(end + 2);
        const field = (name: string) =>
          frame.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? null;
        const event = field("event");
        if (event !== null) return { event, id: field("id"), data: JSON.parse(field("data")!) };
        continue;
      }
      const { done, value } = await this.#reader.read();
      if (done) return null;
      this.#text += value;
    }
  }

  /** The next event of this kind. @throws {Error} where the stream ends, or the limit passes without it */
  async until(event: string): Promise<ReadEvent> {
    const follow = async () => {
      for (let next = await this.next(); next !== null; next = await this.next()) {
        if (next.event === event) return next;
      }
      throw new Error(`the stream ended before "${event}" came`);
    };
    return await within(follow(), () => `the event "${event}"; what came of the next one: ${this.#text}`);
  }

  /** Texts of values, until there are so many. */
  async values(count: number): Promise<string[]> {
    const values: string[] = [];
    while (values.length < count) {
      const { data } = await this.until("records");
      values.push(...data.records.map((one: { value: { text: string } }) => one.value.text));
    }
    return values;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#reader.cancel();
  }
}
