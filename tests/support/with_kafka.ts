/**
 * Runs the suites that are written once for both brokers on a real Kafka: starts one node, points
 * STREAMFLOW_TEST_BOOTSTRAP to it, runs `deno test`, stops the node, ends with the tests' exit code. A cluster that
 * the variable already names is used as it is. Arguments replace the suites.
 */
import { BOOTSTRAP_VARIABLE, SECURE_VARIABLE } from "./cluster.ts";
import { type SecureListeners, startRealKafka } from "./real_kafka.ts";

const SUITES = ["tests/contract", "tests/kafka", "tests/e2e"];

async function runTests(bootstrapServer: string, secure: SecureListeners | null): Promise<number> {
  const paths = Deno.args.length > 0 ? Deno.args : await existing(SUITES);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--preload", "tests/support/time_limit.ts", ...paths],
    env: {
      [BOOTSTRAP_VARIABLE]: bootstrapServer,
      // The tests that kill one of three nodes start their own cluster.
      ...(Deno.args.length > 0 ? {} : { STREAMFLOW_TEST_CLUSTER: "1" }),
      ...(secure ? { [SECURE_VARIABLE]: JSON.stringify(secure) } : {}),
    },
    stdin: "null",
  }).spawn();
  return (await child.status).code;
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    for await (const entry of Deno.readDir(path)) {
      if (!entry.name.endsWith("_test.ts")) continue;
      found.push(path);
      break;
    }
  }
  return found;
}

async function main(): Promise<number> {
  const given = Deno.env.get(BOOTSTRAP_VARIABLE);
  if (given) return await runTests(given, null);
  const kafka = await startRealKafka({ secure: true });
  if ("missing" in kafka) {
    console.log(`real Kafka skipped: ${kafka.missing}`);
    return 0;
  }
  await using running = kafka;
  console.log(`real Kafka runs at ${running.bootstrapServer}`);
  return await runTests(running.bootstrapServer, running.secure);
}

if (import.meta.main) Deno.exit(await main());
