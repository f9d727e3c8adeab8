import type { ConnectionOptions, KafkaClient } from "./port.ts";
export function connectKafkajs(_options: ConnectionOptions): Promise<KafkaClient> {
  throw new Error("not yet");
}
