/** kafkajs' messages as the port's records. */
import type { KafkaMessage } from "kafkajs";
import type { Header, IncomingRecord } from "../port.ts";

const NO_HEADERS: readonly Header[] = [];
const encoder = new TextEncoder();

/** Records of a batch. Headers of one name come together: kafkajs keeps no order between names that repeat. */
export function recordsOf(messages: readonly KafkaMessage[]): IncomingRecord[] {
  return messages.map((message) => ({
    offset: Number(message.offset),
    timestampMs: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: message.headers === undefined ? NO_HEADERS : headersOf(message.headers),
  }));
}

function headersOf(headers: NonNullable<KafkaMessage["headers"]>): readonly Header[] {
  const result: Header[] = [];
  for (const [key, values] of Object.entries(headers)) {
    for (const value of Array.isArray(values) ? values : [values]) {
      const bytes = typeof value === "string" ? encoder.encode(value) : value;
      result.push({ key, value: bytes ?? new Uint8Array(0) });
    }
  }
  return result;
}
