/** `compose.yaml` holds together: a Docker engine is not everywhere, a parser is. */
import assert from "node:assert/strict";
import { parse } from "yaml";

interface ComposeService {
  readonly image: string;
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

const text = await Deno.readTextFile(new URL("../../compose.yaml", import.meta.url));
const compose = parse(text, { merge: true }) as {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly version?: string;
};
const services = Object.entries(compose.services);
const brokers = services.filter(([, service]) => service.image.startsWith("apache/kafka:"));

Deno.test("every image is named with a fixed version", () => {
  for (const [name, { image }] of services) assert.match(image, /^[a-z0-9.\/-]+:v?\d+\.\d+\.\d+$/, name);
  assert.equal(compose.version, undefined);
});

Deno.test("ports are published once each, on 127.0.0.1 alone", () => {
  const published = services.flatMap(([, service]) => service.ports ?? []);
  for (const port of published) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/);
  const hostPorts = published.map((port) => port.split(":")[1]);
  assert.equal(new Set(hostPorts).size, hostPorts.length);
});

Deno.test("three brokers form one quorum with replication 3 and min in-sync replicas 2", () => {
  assert.equal(brokers.length, 3);
  const ids = new Set<string>();
  for (const [name, { environment }] of brokers) {
    assert.ok(environment !== undefined, name);
    const id = String(environment["KAFKA_NODE_ID"]);
    ids.add(id);
    const voters = String(environment["KAFKA_CONTROLLER_QUORUM_VOTERS"]).split(",");
    assert.ok(voters.includes(`${id}@${name}:9093`), `${name} is a voter under its own name`);
    assert.equal(voters.length, 3);
    assert.equal(environment["KAFKA_DEFAULT_REPLICATION_FACTOR"], 3);
    assert.equal(environment["KAFKA_MIN_INSYNC_REPLICAS"], 2);
    assert.equal(environment["KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR"], 3);
  }
  assert.equal(ids.size, 3);
  const clusterIds = new Set(brokers.map(([, service]) => service.environment?.["CLUSTER_ID"]));
  assert.equal(clusterIds.size, 1);
  assert.equal(atob(String([...clusterIds][0]).replaceAll("-", "+").replaceAll("_", "/")).length, 16);
});

Deno.test("what a broker advertises to the host is what it publishes", () => {
  for (const [name, { environment, ports }] of brokers) {
    const advertised = String(environment?.["KAFKA_ADVERTISED_LISTENERS"]);
    const host = /PLAINTEXT_HOST:\/\/127\.0\.0\.1:(\d+)/.exec(advertised);
    assert.deepEqual(ports, [`127.0.0.1:${host?.[1]}:9092`], name);
    assert.ok(advertised.includes(`PLAINTEXT://${name}:19092`), name);
    const mapped = String(environment?.["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"]);
    for (const listener of String(environment?.["KAFKA_LISTENERS"]).split(",")) {
      assert.ok(mapped.includes(`${listener.split(":")[0]}:`), `${name}: ${listener}`);
    }
  }
});

Deno.test("references lead somewhere and every service can say that it is healthy", () => {
  for (const [name, service] of services) {
    assert.ok((service.healthcheck?.test.length ?? 0) >= 2, `${name} has a health check`);
    for (const other of Object.keys(service.depends_on ?? {})) {
      assert.ok(other in compose.services, `${name} → ${other}`);
    }
    for (const volume of service.volumes ?? []) {
      const [from] = volume.split(":");
      assert.ok(
        from !== undefined && (from.startsWith(".") || from in compose.volumes),
        `${name}: ${volume}`,
      );
    }
  }
  const ui = compose.services["kafka-ui"]?.environment?.["KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS"];
  for (const address of String(ui).split(",")) assert.ok(address.split(":")[0]! in compose.services, address);
});
