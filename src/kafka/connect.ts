/** Opens a client by name; the library of the other one is not even loaded. */
import type { ClientName, ConnectionOptions, KafkaClient } from "./port.ts";

/**
 * Connects to a cluster.
 * @throws {KafkaError} `unreachable` when no broker answers in `connectTimeoutMs`, `authentication` when the login
 * is refused. No message holds a secret.
 */
export async function connect(options: ConnectionOptions, client: ClientName): Promise<KafkaClient> {
  if (client === "kafkajs") return await (await import("./kafkajs.ts")).connectKafkajs(options);
  return await (await import("./platformatic.ts")).connectPlatformatic(options);
}
