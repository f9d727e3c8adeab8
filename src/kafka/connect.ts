/** Opens a client by name; the library of the other one is not even loaded. */
import { parseBootstrap, requireConfidentialLogin } from "./bootstrap.ts";
import type { ClientName, ConnectionOptions, KafkaClient } from "./port.ts";

/**
 * Connects to a cluster.
 * @throws {KafkaError} `unreachable` when no broker answers in `connectTimeoutMs`, `authentication` when the login
 * is refused. No message holds a secret.
 * @throws {UserError} where the login would go to another machine in clear.
 */
export async function connect(options: ConnectionOptions, client: ClientName): Promise<KafkaClient> {
  for (const { host } of parseBootstrap(options.bootstrapServer)) requireConfidentialLogin(host, options);
  const connected = client === "kafkajs"
    ? await (await import("./kafkajs.ts")).connectKafkajs(options)
    : await (await import("./platformatic.ts")).connectPlatformatic(options);
  if (!isTraced()) return connected;
  return (await import("./otel/traced.ts")).traced(connected, options.clientId);
}

/** Whether Deno exports spans: its own variable, so that one switch is for its spans and for ours. */
function isTraced(): boolean {
  return ["1", "true"].includes(Deno.env.get("OTEL_DENO") ?? "");
}
