/** Commands with `--metrics` on a cluster of their own, for the tests of what they show. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { connect } from "../../../src/kafka/connect.ts";
import type { KafkaClient, OutgoingRecord } from "../../../src/kafka/port.ts";
import { interrupt } from "../../support/run.ts";
import { checkWithPromtool, type Metered, type Scrape, startMetered } from "../../support/scrape.ts";
import { startTestBroker } from "../../broker/client.ts";

export const MODEL = fileURLToPath(new URL("../../golden/model/forecast_v1.safetensors", import.meta.url));
export const encoder = new TextEncoder();

/** Ends a command. @returns its summary */
export async function summaryOf({ running }: Metered): Promise<Record<string, number>> {
  const { code, stdout, stderr } = await interrupt(running);
  assert.equal(code, 130, stderr);
  return JSON.parse(stdout);
}

/** A run to its end, and the last scrape of it. */
interface Ended {
  readonly last: Scrape;
  readonly summary: Record<string, number>;
}

/** Scrapes again and again until the command has ended. */
export async function toTheEnd(args: readonly string[]): Promise<Ended> {
  await using metered = await startMetered([...args, "--json"]);
  let last: Scrape | null = null;
  for (;;) {
    try {
      last = await metered.scrape();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // nobody listens any more
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await checkWithPromtool(last!);
  const { code, stdout, stderr } = await metered.running.result;
  assert.equal(code, 0, stderr);
  return { last: last!, summary: JSON.parse(stdout) };
}

export function assertOnTheWay(
  { last, summary }: Ended,
  { metric, figure }: { metric: string; figure: string },
): void {
  const [seen, final] = [last.sum(metric), summary[figure]!];
  assert.ok(seen > 0 && seen <= final, `${metric} was ${seen}, and in the end ${final}`);
}

export async function withCluster(
  use: (client: KafkaClient, flags: readonly string[], address: string) => Promise<void>,
): Promise<void> {
  await using broker = startTestBroker();
  await using client = await connect({ bootstrapServer: broker.address, clientId: "test" }, "platformatic");
  await use(client, ["--bootstrap-server", broker.address], broker.address);
}

export async function send(
  client: KafkaClient,
  topic: string,
  records: readonly OutgoingRecord[],
): Promise<void> {
  await client.admin.createTopic({ name: topic, partitions: 1, replicationFactor: 1 });
  await using producer = await client.producer();
  await producer.send(topic, records);
}
