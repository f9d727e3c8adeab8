/**
 * A real Apache Kafka in KRaft mode for tests, without containers: the jars come from Maven (kept in the user's
 * cache directory), the nodes are plain Java processes on free loopback ports, their data in a temporary directory.
 */
import { type NodeAddress, SASL_USER, type SecurePorts, serverProperties } from "./kafka_properties.ts";
import { LIMIT_MS } from "./until.ts";

/** The version whose jars are fetched. */
const KAFKA_VERSION = "4.3.1";
/** Fixed: a random one may begin with `-`, which the storage tool takes for a flag. */
const CLUSTER_ID = "AAAAAAAAAAAAAAAAAAAAAA";
const STOP_TIMEOUT_MS = 30_000;

/** How a cluster is started. */
export interface RealKafkaOptions {
  /** @default 1 */
  readonly nodes?: 1 | 3;
  /** Adds listeners with SASL and TLS; one node only. @default false */
  readonly secure?: boolean;
  /** More lines for `server.properties`; they win. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** Listeners beside the plain one. */
export interface SecureListeners {
  readonly sasl: string;
  readonly tls: string;
  readonly saslTls: string;
  /** The certificate that the TLS listeners show, PEM. */
  readonly ca: string;
}

/** A running cluster. */
export interface RealKafka extends AsyncDisposable {
  /** `host:port` of every node, comma-separated. */
  readonly bootstrapServer: string;
  readonly secure: SecureListeners | null;
  /** Kills a node (1, 2, 3) without warning. */
  kill9(node: number): Promise<void>;
  /** Starts a killed node again on the same data and waits until it serves. */
  restart(node: number): Promise<void>;
  stop(): Promise<void>;
}

/** Why there is no real Kafka here. */
export interface Missing {
  readonly missing: string;
}

/** Starts a cluster; `{missing}` says what this machine lacks. */
export async function startRealKafka(options: RealKafkaOptions = {}): Promise<RealKafka | Missing> {
  for (const tool of options.secure ? ["java", "mvn", "keytool"] : ["java", "mvn"]) {
    if (!await runs(tool)) return { missing: `${tool} is not installed` };
  }
  const libs = await fetchJars();
  if (typeof libs !== "string") return libs;
  const cluster = new Cluster(libs, options);
  try {
    await cluster.start();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

async function runs(tool: string): Promise<boolean> {
  const args = [{ java: "-version", mvn: "-v" }[tool] ?? "-help"];
  try {
    return (await new Deno.Command(tool, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>streamflow</groupId><artifactId>test-kafka</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
<version>${KAFKA_VERSION}</version></dependency>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId>
<version>${KAFKA_VERSION}</version><exclusions><exclusion><groupId>org.apache.kafka</groupId>
<artifactId>connect-runtime</artifactId></exclusion></exclusions></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
</dependencies></project>
`;

/** The directory with Kafka's jars, fetched once; also where the Java console tools are. */
export async function fetchJars(): Promise<string | Missing> {
  const base = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  const dir = `${base}/streamflow-test-kafka/${KAFKA_VERSION}`;
  const libs = `${dir}/libs`;
  if (await Deno.stat(`${dir}/complete`).then(() => true, () => false)) return libs;
  await Deno.mkdir(dir, { recursive: true });
  await Deno.writeTextFile(`${dir}/pom.xml`, POM);
  const plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
  const output = await new Deno.Command("mvn", {
    args: ["-q", "-B", "-f", `${dir}/pom.xml`, plugin, `-DoutputDirectory=${libs}`, "-DincludeScope=runtime"],
    stdout: "piped",
    stderr: "null",
  }).output();
  if (!output.success) {
    const said = new TextDecoder().decode(output.stdout).trim().split("\n")[0] ?? "";
    return { missing: `Maven could not fetch Kafka ${KAFKA_VERSION}: ${said}` };
  }
  await Deno.writeTextFile(`${dir}/complete`, "");
  return libs;
}

/** `count` ports that nobody listens on just now. */
function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map((listener) => listener.addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}

interface Node extends NodeAddress {
  child: Deno.ChildProcess | null;
  /** Ends when the process has ended and its log file is closed. */
  ended: Promise<void>;
}

class Cluster implements RealKafka {
  secure: SecureListeners | null = null;
  readonly #libs: string;
  readonly #options: RealKafkaOptions;
  readonly #nodes: Node[] = [];
  #dir: string | null = null;

  constructor(libs: string, options: RealKafkaOptions) {
    this.#libs = libs;
    this.#options = options;
  }

  get bootstrapServer(): string {
    return this.#nodes.map((node) => `127.0.0.1:${node.port}`).join(",");
  }

  async start(): Promise<void> {
    this.#dir = await Deno.makeTempDir({ prefix: "streamflow-kafka-" });
    const count = this.#options.nodes ?? 1;
    const ports = freePorts(2 * count + 3);
    for (let id = 1; id <= count; id++) {
      const [port, controllerPort] = ports.splice(0, 2) as [number, number];
      const dir = `${this.#dir}/node${id}`;
      await Deno.mkdir(dir);
      this.#nodes.push({ id, port, controllerPort, dir, child: null, ended: Promise.resolve() });
    }
    const [sasl, tls, saslTls] = ports as [number, number, number];
    const secure = this.#options.secure ? { sasl, tls, saslTls, dir: this.#dir } : null;
    if (secure) this.secure = await makeSecureListeners(secure);
    for (const node of this.#nodes) {
      const more = this.#options.properties ?? {};
      const lines = Object.entries(serverProperties(node, this.#nodes, { secure, more }));
      const text = lines.map(([key, value]) => `${key}=${value}\n`).join("");
      await Deno.writeTextFile(`${node.dir}/server.properties`, text);
    }
    await this.#format();
    await Promise.all(this.#nodes.map((node) => this.#launch(node)));
  }

  /** Formats the first node's data directory; the others get copies with their own node id. */
  async #format(): Promise<void> {
    const [first, ...rest] = this.#nodes as [Node, ...Node[]];
    const args = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID];
    if (this.#options.secure) {
      for (const mechanism of ["SCRAM-SHA-256", "SCRAM-SHA-512"]) {
        const user = `name=${SASL_USER.username},password=${SASL_USER.password}`;
        args.push("--add-scram", `${mechanism}=[${user}]`);
      }
    }
    const command = this.#java([...args, "-c", `${first.dir}/server.properties`], "256m");
    const output = await new Deno.Command("java", { ...command, stdout: "piped", stderr: "piped" }).output();
    if (!output.success) throw new Error(`formatting failed: ${new TextDecoder().decode(output.stderr)}`);
    const meta = await Deno.readTextFile(`${first.dir}/data/meta.properties`);
    for (const node of rest) {
      await Deno.mkdir(`${node.dir}/data`);
      for await (const entry of Deno.readDir(`${first.dir}/data`)) {
        if (entry.isFile) {
          await Deno.copyFile(`${first.dir}/data/${entry.name}`, `${node.dir}/data/${entry.name}`);
        }
      }
      const own = meta.replace(/^node\.id=.*$/m, `node.id=${node.id}`).replace(/^directory\.id=.*\n/m, "");
      await Deno.writeTextFile(`${node.dir}/data/meta.properties`, own);
    }
  }

  #java(args: string[], heap: string): { args: string[]; env: Record<string, string> } {
    const flags = [`-Xmx${heap}`, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
    const log = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn";
    return { args: [...flags, log, ...args], env: { CLASSPATH: `${this.#libs}/*` } };
  }

  async #launch(node: Node): Promise<void> {
    const command = this.#java(["kafka.Kafka", `${node.dir}/server.properties`], "256m");
    const child = new Deno.Command("java", { ...command, stdin: "null", stdout: "piped", stderr: "piped" })
      .spawn();
    node.child = child;
    const log = (name: string) =>
      Deno.open(`${node.dir}/${name}.log`, { create: true, append: true }).then((file) => file.writable);
    const copies = [child.stdout.pipeTo(await log("stdout")), child.stderr.pipeTo(await log("stderr"))];
    let alive = true;
    node.ended = Promise.all([child.status, ...copies]).then(() => {
      alive = false;
    });
    const deadline = Date.now() + LIMIT_MS;
    while (!await listens(node.port)) {
      if (!alive || Date.now() > deadline) {
        const said = await Deno.readTextFile(`${node.dir}/stderr.log`);
        throw new Error(
          `Kafka node ${node.id} ${alive ? "is not ready" : "has ended"}: ${said.slice(-2000)}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async kill9(id: number): Promise<void> {
    await end(this.#node(id), "SIGKILL");
  }

  async restart(id: number): Promise<void> {
    await this.#launch(this.#node(id));
  }

  #node(id: number): Node {
    const node = this.#nodes[id - 1];
    if (node === undefined) throw new Error(`there is no node ${id}`);
    return node;
  }

  /** Ends all nodes and removes their data. Nothing in it is worth a clean stop. */
  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => end(node, "SIGKILL")));
    if (this.#dir !== null) await Deno.remove(this.#dir, { recursive: true });
    this.#dir = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

async function end(node: Node, signal: Deno.Signal): Promise<void> {
  if (node.child === null) return;
  try {
    node.child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it had ended by itself
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`node ${node.id} does not end`)), STOP_TIMEOUT_MS);
  });
  await Promise.race([node.ended, late]).finally(() => clearTimeout(timer));
  node.child = null;
}

/** The client port opens when the broker is unfenced: connected means ready. */
async function listens(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

async function makeSecureListeners(secure: SecurePorts): Promise<SecureListeners> {
  const store = ["-alias", "b", "-keystore", `${secure.dir}/server.p12`, "-storepass", "changeit"];
  const san = "SAN=dns:localhost,ip:127.0.0.1";
  const pair = ["-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "3650"];
  await keytool([...pair, "-dname", "CN=localhost", "-ext", san, "-storetype", "PKCS12", ...store]);
  const ca = await keytool(["-exportcert", "-rfc", ...store]);
  const at = (port: number) => `127.0.0.1:${port}`;
  return { sasl: at(secure.sasl), tls: at(secure.tls), saslTls: at(secure.saslTls), ca };
}

async function keytool(args: string[]): Promise<string> {
  const output = await new Deno.Command("keytool", { args, stdout: "piped", stderr: "piped" }).output();
  if (!output.success) throw new Error(`keytool: ${new TextDecoder().decode(output.stderr)}`);
  return new TextDecoder().decode(output.stdout);
}
