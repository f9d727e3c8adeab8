/** The clusters that suites written once run on: the embedded broker, and a real Kafka where there is one. */

/** A cluster to connect to. */
export interface TestCluster extends AsyncDisposable {
  readonly bootstrapServer: string;
}

/** How to get one. */
export interface TestClusterKind {
  readonly name: "embedded" | "real";
  /** Why it is not here; the tests are then registered as ignored. */
  readonly missing: string | null;
  /** Starts it (the embedded broker: a fresh one in memory), or takes the one that runs (a real one). */
  open(): Promise<TestCluster>;
}

/** The environment variable that points to a real cluster; set by `with_kafka.ts`. */
export const BOOTSTRAP_VARIABLE = "STREAMFLOW_TEST_BOOTSTRAP";

/** Set by `with_kafka.ts` as well: the listeners with SASL and TLS ({@linkcode SecureListeners} as JSON). */
export const SECURE_VARIABLE = "STREAMFLOW_TEST_SECURE";

/** Every kind of cluster. Says once why one is missing. */
export function testClusters(): readonly TestClusterKind[] {
  const bootstrapServer = Deno.env.get(BOOTSTRAP_VARIABLE);
  const missing = bootstrapServer ? null : `${BOOTSTRAP_VARIABLE} is not set (deno task test:kafka sets it)`;
  if (missing !== null) console.log(`real Kafka skipped: ${missing}`);
  return [
    { name: "embedded", missing: embeddedMissing(), open: openEmbedded },
    {
      name: "real",
      missing,
      open: () =>
        Promise.resolve({
          bootstrapServer: bootstrapServer ?? "",
          [Symbol.asyncDispose]: () => Promise.resolve(),
        }),
    },
  ];
}

/** What the embedded broker is to the tests. */
interface BrokerModule {
  startBroker(
    options: { listen: string; memory: boolean },
  ): Promise<{ address: string; close(): Promise<void> }>;
}

/** Loaded when it is needed, so that suites for a real cluster do not depend on it. */
const BROKER = new URL("../../src/broker/mod.ts", import.meta.url);

async function openEmbedded(): Promise<TestCluster> {
  const { startBroker } = await import(BROKER.href) as BrokerModule;
  const broker = await startBroker({ listen: "127.0.0.1:0", memory: true });
  return { bootstrapServer: broker.address, [Symbol.asyncDispose]: () => broker.close() };
}

function embeddedMissing(): string | null {
  try {
    Deno.statSync(BROKER);
    return null;
  } catch {
    return "src/broker/mod.ts is not there";
  }
}

/** A name nobody else uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
}
