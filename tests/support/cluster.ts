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

/** `real`: only the real cluster, for a run after one that had the embedded broker. */
const KINDS_VARIABLE = "STREAMFLOW_TEST_KINDS";

/** Every kind of cluster. Says once why one is missing. */
export function testClusters(): readonly TestClusterKind[] {
  const bootstrapServer = Deno.env.get(BOOTSTRAP_VARIABLE);
  const missing = bootstrapServer ? null : `${BOOTSTRAP_VARIABLE} is not set (deno task test:kafka sets it)`;
  if (missing !== null) console.log(`real Kafka skipped: ${missing}`);
  const onlyReal = Deno.env.get(KINDS_VARIABLE) === "real" ? `${KINDS_VARIABLE} is real` : null;
  return [
    { name: "embedded", missing: onlyReal, open: openEmbedded },
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

async function openEmbedded(): Promise<TestCluster> {
  const { startBroker } = await import("../../src/broker/mod.ts");
  const broker = startBroker({
    listen: { hostname: "127.0.0.1", port: 0 },
    dataDir: null,
    groups: { sessionTimeoutMsMin: 500 }, // as the real one is set up
  });
  return { bootstrapServer: broker.address, [Symbol.asyncDispose]: () => broker.close() };
}

/** A name nobody else uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
}
