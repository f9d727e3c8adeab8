// @ts-check
/// <reference lib="dom" />
/** One tail of a topic after the other: the stream of events, and why it ends. */
import { ask } from "./topic_api.js";

/** @typedef {import("../topics/tail.ts").TailRecords} TailRecords */

/** Records from before that a tail begins with. */
const LAST = 20;

/**
 * What is made of a tail's events.
 *
 * @typedef {object} TailView
 * @property {(words: string, tone?: string) => void} say
 * @property {(batch: TailRecords) => void} show
 * @property {(isRunning: boolean) => void} running
 */
/** A topic's tail, which can be started again with other filters. */
export class TailClient {
  #topic;
  #view;
  /** @type {EventSource | null} */
  #source = null;

  /** @param {string} topic @param {TailView} view */
  constructor(topic, view) {
    this.#topic = topic;
    this.#view = view;
    addEventListener("pagehide", () => this.#source?.close());
  }

  get isRunning() {
    return this.#source !== null;
  }

  /** @param {Record<string, string>} wanted */
  start(wanted) {
    this.stop();
    const place = `topics/${encodeURIComponent(this.#topic)}`;
    const source = new EventSource(
      `/api/v1/${place}/tail?${new URLSearchParams({ last: String(LAST), ...wanted })}`,
    );
    this.#source = source;
    this.#view.running(true);
    this.#view.say("Connecting …");
    source.addEventListener("start", () => this.#view.say("Live: waiting for records", "good"));
    source.addEventListener("records", (event) => this.#view.show(JSON.parse(event.data)));
    source.addEventListener("notice", (event) => {
      const { text } = JSON.parse(event.data);
      this.#view.say(`${text.slice(0, 1).toUpperCase()}${text.slice(1)}`, "wait");
    });
    source.addEventListener("bye", (event) => this.#end(`Ended: ${JSON.parse(event.data).reason}`));
    source.addEventListener("error", () => {
      if (this.#source !== source) return;
      if (source.readyState !== EventSource.CLOSED) return this.#view.say("Disconnected, retrying", "bad");
      void this.#explain(place, wanted);
    });
  }

  /** Why it was refused: an `EventSource` does not say. @param {string} place @param {Record<string, string>} wanted */
  async #explain(place, { from: _, ...filters }) {
    try {
      await ask(`${place}/records?${new URLSearchParams({ limit: "1", ...filters })}`);
      this.#end("The server refused it: too many tails are running. Try again in a moment");
    } catch (error) {
      this.#end(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {string} words */
  #end(words) {
    this.stop();
    this.#view.say(words, "bad");
  }

  stop() {
    this.#source?.close();
    this.#source = null;
    this.#view.running(false);
  }
}
