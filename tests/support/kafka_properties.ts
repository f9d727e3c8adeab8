/** `server.properties` of the real Kafka that tests start: small, quick to notice a dead node. */

/** One node and where it listens. */
export interface NodeAddress {
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
  readonly dir: string;
}

/** Ports of the listeners beside the plain one, and the directory of the key store. */
export interface SecurePorts {
  readonly sasl: number;
  readonly tls: number;
  readonly saslTls: number;
  readonly dir: string;
}

/** Who may log in at the SASL listeners. */
export const SASL_USER = { username: "alice", password: "alice-secret" } as const;

/** The lines of one node's `server.properties`. */
export function serverProperties(
  node: NodeAddress,
  all: readonly NodeAddress[],
  options: { secure?: SecurePorts | null; more?: Readonly<Record<string, string>> } = {},
): Record<string, string> {
  const replicas = String(all.length);
  const minInSync = all.length === 1 ? "1" : "2";
  const plain = `PLAINTEXT://127.0.0.1:${node.port}`;
  const result: Record<string, string> = {
    "process.roles": "broker,controller",
    "node.id": String(node.id),
    "controller.quorum.voters": all.map((one) => `${one.id}@127.0.0.1:${one.controllerPort}`).join(","),
    "listeners": `${plain},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    "advertised.listeners": plain,
    "controller.listener.names": "CONTROLLER",
    "log.dirs": `${node.dir}/data`,
    "num.partitions": "1",
    "default.replication.factor": replicas,
    "min.insync.replicas": minInSync,
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "500",
    "log.cleaner.dedupe.buffer.size": "2097152",
    "broker.session.timeout.ms": all.length === 1 ? "2000" : "3000",
    "broker.heartbeat.interval.ms": "500",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": replicas,
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": replicas,
    "transaction.state.log.min.isr": minInSync,
    "share.coordinator.state.topic.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": replicas,
    "share.coordinator.state.topic.min.isr": minInSync,
  };
  if (all.length > 1) {
    result["replica.lag.time.max.ms"] = "5000";
    result["controller.quorum.election.timeout.ms"] = "500";
    result["controller.quorum.fetch.timeout.ms"] = "1000";
    result["controller.quorum.election.backoff.max.ms"] = "500";
  }
  if (options.secure) addSecurity(result, options.secure);
  return { ...result, ...options.more };
}

function addSecurity(result: Record<string, string>, secure: SecurePorts): void {
  result["listeners"] += `,SASL://127.0.0.1:${secure.sasl},TLS://127.0.0.1:${secure.tls}` +
    `,SASLTLS://127.0.0.1:${secure.saslTls}`;
  result["advertised.listeners"] += `,SASL://127.0.0.1:${secure.sasl},TLS://localhost:${secure.tls}` +
    `,SASLTLS://localhost:${secure.saslTls}`;
  result["listener.security.protocol.map"] =
    "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SSL,SASLTLS:SASL_SSL";
  result["inter.broker.listener.name"] = "PLAINTEXT";
  result["sasl.enabled.mechanisms"] = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512";
  const security = "org.apache.kafka.common.security";
  for (const name of ["sasl", "sasltls"]) {
    result[`listener.name.${name}.plain.sasl.jaas.config`] =
      `${security}.plain.PlainLoginModule required user_${SASL_USER.username}="${SASL_USER.password}";`;
    for (const mechanism of ["scram-sha-256", "scram-sha-512"]) {
      result[`listener.name.${name}.${mechanism}.sasl.jaas.config`] =
        `${security}.scram.ScramLoginModule required;`;
    }
  }
  result["ssl.keystore.type"] = "PKCS12";
  result["ssl.keystore.location"] = `${secure.dir}/server.p12`;
  result["ssl.keystore.password"] = "changeit";
}
