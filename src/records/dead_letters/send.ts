// Not pure: it waits for the producer.
/** Dead letters on their way: one that the topic does not take whole is cut until it does. */
import type { KafkaError, OutgoingRecord } from "../../kafka/port.ts";
import { cutToFit } from "./print.ts";
import { DEAD_LETTER_BYTES_MAX, DEAD_LETTER_BYTES_MIN } from "../limits.ts";

/** As {@linkcode Producer.send}. */
export type Send = (topic: string, records: readonly OutgoingRecord[]) => Promise<void>;

/**
 * `send`, for a topic of dead letters with whatever `max.message.bytes`: a letter that is refused as too large is sent
 * again, cut to a quarter, and so on. Other topics' records are sent as they are.
 */
export function sendingLetters(send: Send, deadLetterTopic: string): Send {
  const deliver = async (letter: OutgoingRecord): Promise<void> => {
    for (let maxBytes = DEAD_LETTER_BYTES_MAX;; maxBytes /= 4) {
      try {
        return await send(deadLetterTopic, [cutToFit(letter, maxBytes)]);
      } catch (error) {
        if ((error as KafkaError).kind !== "record-too-large" || maxBytes < DEAD_LETTER_BYTES_MIN) {
          throw error;
        }
      }
    }
  };
  return async (topic, records) => {
    if (topic !== deadLetterTopic) return await send(topic, records);
    // One by one, so that each has an answer of its own; the producer puts them into one request all the same.
    await Promise.all(records.map(deliver));
  };
}
