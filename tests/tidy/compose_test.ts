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
  readonly profiles?: readonly string[];
  readonly extra_hosts?: readonly string[];
}

const text = await Deno.readTextFile(new URL("../../compose.yaml", import.meta.url));
const compose = parse(text, { merge: true }) as {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly version?: string;
};
const services = Object.entries(compose.services);
const brokers = services.filter(([, service]) => service.image.startsWith("apache/kafka:"));

/** Where a volume comes from, with the defaults of variables, and where it is mounted. */
function mountOf(volume: string): { readonly from: string; readonly to: string } {
  const [from, to] = volume.replace(/\$\{\w+:-([^}]*)\}/g, "$1").split(":");
  return { from: from!, to: to! };
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(new URL(`../../${path}`, import.meta.url)) !== null;
  } catch {
    return false;
  }
}

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
      const { from } = mountOf(volume);
      assert.ok(from.startsWith(".") ? exists(from) : from in compose.volumes, `${name}: ${volume}`);
    }
  }
  const ui = compose.services["kafka-ui"]?.environment?.["KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS"];
  for (const address of String(ui).split(",")) assert.ok(address.split(":")[0]! in compose.services, address);
});

Deno.test("Prometheus and Grafana come with their profile, reach this machine, and nobody has a password", () => {
  const { prometheus, grafana, "kafka-ui": ui } = compose.services;
  assert.deepEqual([prometheus?.profiles, grafana?.profiles], [["monitoring"], ["monitoring"]]);
  assert.deepEqual(prometheus?.extra_hosts, ["host.docker.internal:host-gateway"]);
  assert.deepEqual([prometheus?.ports, grafana?.ports], [["127.0.0.1:9090:9090"], ["127.0.0.1:3000:3000"]]);
  // The dashboard of `streamflow web` has 8080.
  assert.deepEqual(ui?.ports, ["127.0.0.1:8081:8080"]);
  const { environment = {} } = grafana!;
  assert.equal(environment["GF_AUTH_ANONYMOUS_ORG_ROLE"], "Viewer");
  assert.equal(environment["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"], "true");
  assert.ok(!Object.keys(environment).some((name) => name.includes("PASSWORD")));
});

Deno.test("MongoDB comes with its profile, and keeps what it has", () => {
  const { mongo } = compose.services;
  assert.deepEqual(mongo?.profiles, ["mongo"]);
  assert.deepEqual(mongo?.ports, ["127.0.0.1:27017:27017"]);
  assert.deepEqual(mongo?.volumes?.map(mountOf), [{ from: "mongo", to: "/data/db" }]);
});

Deno.test("what is provisioned is mounted where it is looked for", async () => {
  const mounts = (name: string) => compose.services[name]!.volumes!.map(mountOf);
  const read = async (path: string) =>
    parse(await Deno.readTextFile(new URL(`../../${path}`, import.meta.url)));
  const dashboards = mounts("grafana").find(({ from }) => from === "./ops/grafana/dashboards")!.to;
  const { providers } = await read("ops/grafana/provisioning/dashboards/streamflow.yaml");
  assert.equal(providers[0].options.path, dashboards);
  const home = compose.services["grafana"]!.environment!["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"];
  assert.ok(exists(String(home).replace(dashboards, "ops/grafana/dashboards")));
  const { datasources } = await read("ops/grafana/provisioning/datasources/prometheus.yaml");
  const { hostname, port } = new URL(datasources[0].url);
  assert.ok(hostname in compose.services);
  assert.equal(port, "9090");
  // Every file that the configuration names is beside it in the container.
  const there = mounts("prometheus").map(({ to }) => to);
  const config = await read("ops/prometheus/prometheus.yml");
  const scrape = config.scrape_configs[0];
  const named = [
    ...config.rule_files,
    ...scrape.file_sd_configs[0].files,
    scrape.authorization.credentials_file,
  ];
  for (const name of named) assert.ok(there.includes(`/etc/prometheus/${name}`), name);
});

Deno.test("the container scrapes the same commands on the same ports", async () => {
  const read = async (path: string) =>
    await Deno.readTextFile(new URL(`../../ops/prometheus/${path}`, import.meta.url));
  const inside = parse(await read("targets.docker.yml"));
  const outside = parse((await read("targets.yml")).replaceAll("127.0.0.1", "host.docker.internal"));
  assert.deepEqual(inside, outside);
});
