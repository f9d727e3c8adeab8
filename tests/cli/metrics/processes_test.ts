/** `--metrics` of whatever else runs long, with the real program; where it cannot be served, and when it is not ready. */
import assert from "node:assert/strict";
import { connect } from "../../../src/kafka/connect.ts";
import { startBroker as startBrokerProcess } from "../../support/broker_process.ts";
import { consumeFlags, newRoad, produceFlags } from "../../support/account.ts";
import { withFile } from "../../support/folder.ts";
import { interrupt, killAtOnce, runStreamflow, untilSaid } from "../../support/run.ts";
import { sendRaw } from "../../support/raw_http.ts";
import { checkWithPromtool, type Scrape, startMetered } from "../../support/scrape.ts";
import { eventually, until } from "../../support/until.ts";
import { encoder, MODEL, send, summaryOf, withCluster } from "./commands.ts";

Deno.test("broker: end offsets are the cluster's, and requests are counted", async () => {
  await using metered = await startMetered(["broker", "--memory", "--listen", "127.0.0.1:0", "--json"]);
  const said = await untilSaid(metered.running, /"ready":"[^"]+"/);
  const address = /"ready":"([^"]+)"/.exec(said)![1]!;
  await using client = await connect({ bootstrapServer: address, clientId: "test" }, "kafkajs");
  await send(client, "a-b", [{ key: null, value: encoder.encode("x") }]);
  const scrape = await metered.scrape();
  await checkWithPromtool(scrape);
  assert.equal(scrape.values.get('kafka_topic_partition_current_offset{topic="a-b",partition="0"}'), 1);
  assert.equal(scrape.values.get('streamflow_broker_requests_total{api="Produce"}'), 1);
  assert.ok(scrape.sum("streamflow_broker_connections") > 0);
  assert.ok(scrape.sum("streamflow_broker_received_bytes_total") > 100);
});

Deno.test("train: the losses are those of the epochs in the report", () =>
  withFile("", async (path) => {
    await using metered = await startMetered([
      ...[
        "train",
        "--dataset",
        "sensors",
        "--limit",
        "3000",
        "--epochs",
        "400",
        "--patience",
        "400",
        "--json",
      ],
      ...["--model", `${path}.safetensors`],
    ]);
    const { values, sum, text } = await metered.until((found) =>
      found.sum("streamflow_training_epochs_total") >= 2
    );
    await checkWithPromtool({ values, sum, text });
    const epochs = sum("streamflow_training_epochs_total");
    const { code, stderr } = await interrupt(metered.running);
    assert.equal(code, 130, stderr);
    const line = new RegExp(`epoch +${epochs}/400  training loss (\\S+)  validation loss (\\S+) `).exec(
      stderr,
    );
    assert.ok(line !== null, stderr);
    assert.equal(values.get('streamflow_training_loss{split="train"}')!.toFixed(5), line[1]);
    assert.equal(values.get('streamflow_training_loss{split="validation"}')!.toFixed(5), line[2]);
  }));

Deno.test("demo: broker, producing and predicting in one process", async () => {
  await using metered = await startMetered(["demo", "--rate", "500", "--json"]);
  const scrape = await metered.until((found) => found.sum("streamflow_predictions_total") > 1_000);
  await checkWithPromtool(scrape);
  assert.ok(scrape.sum("streamflow_records_read_total") <= scrape.sum("streamflow_records_sent_total"));
  assert.ok(scrape.sum("streamflow_broker_requests_total") > 0);
  assert.ok(scrape.sum("streamflow_predictions_total") <= (await summaryOf(metered))["predicted"]!);
});

Deno.test("a port in use is one clear line", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const listen = `127.0.0.1:${taken.addr.port}`;
  const { code, stderr } = await runStreamflow([
    "broker",
    "--memory",
    "--listen",
    "127.0.0.1:0",
    "--metrics",
    listen,
  ]);
  assert.equal(code, 1);
  assert.match(
    stderr,
    new RegExp(`^error: cannot listen on ${listen}: the port is in use\n  hint: .*--metrics`),
  );
});

Deno.test("open scrapes keep no command from its end: one that stays connected, and one that takes no answer", async () => {
  const metered = await startMetered(["broker", "--memory", "--listen", "127.0.0.1:0"]);
  await using running = metered.running;
  const request = `GET /metrics HTTP/1.1\r\nHost: ${new URL(metered.url).host}\r\n\r\n`;
  const connected = await sendRaw(metered.url, request);
  await connected.read(new Uint8Array(1));
  // What it asks for is more than what fits between it and the server: it is held there.
  const never = await sendRaw(metered.url, request.repeat(2_000));
  await metered.scrape();
  assert.equal((await interrupt(running, "SIGTERM")).code, 0);
  for (const connection of [connected, never]) connection.close();
});

Deno.test("not ready, with a sentence, while no broker answers; ready again when it is back", async () => {
  const { running, address } = await startBrokerProcess(["--memory", "--listen", "127.0.0.1:0"]);
  await using _broker = running;
  const road = newRoad(address);
  await using metered = await startMetered(["consume", "--json", "--model", MODEL, ...consumeFlags(road)]);
  const readiness = async () => await (await fetch(`${metered.url}/readyz`)).json();
  const seen = new Set<string>();
  await until(async () => {
    const { status, detail } = await readiness();
    seen.add(detail ?? status);
    return status === "ready";
  });
  for (const one of seen) assert.match(one, /^(it is starting|waiting for the group .*|ready)$/);
  await killAtOnce(running);
  await eventually(async () =>
    assert.equal((await readiness()).detail, "no broker can be reached; it is tried again")
  );
  await interrupt(metered.running);
});

Deno.test("consume: not ready, and its lag grows, while what it sends does not get through; ready again afterwards", () =>
  withCluster(async (client, _flags, address) => {
    const road = newRoad(address);
    const consume = ["consume", "--json", "--model", MODEL, ...consumeFlags(road)];
    await using metered = await startMetered(consume);
    const readiness = async () => await (await fetch(`${metered.url}/readyz`)).json();
    const untilReady = (status: unknown) =>
      eventually(async () => {
        const found = await readiness();
        assert.equal(found.status, status, found.detail);
        return found;
      });
    const produce = async (limit: number) => {
      const rows = ["--dataset", "sensors", "--rate", "0", "--limit", `${limit}`];
      const { code, stderr } = await runStreamflow(["produce", "--json", ...rows, ...produceFlags(road)]);
      assert.equal(code, 0, stderr);
    };
    const lag = (found: Scrape) => found.sum("kafka_consumergroup_lag");
    await untilReady("ready");
    await produce(100);
    await metered.until((found) => found.sum("streamflow_records_sent_total") === 100 && lag(found) === 0);
    await client.admin.deleteTopic(road.output);
    await produce(300); // the first 100 once more: duplicates
    assert.match(
      (await untilReady(503)).detail,
      new RegExp(
        `^nothing that is sent to ${road.output} has been acknowledged for 1\\d s; it is tried again: `,
      ),
    );
    await metered.until((found) => lag(found) === 300);
    await client.admin.createTopic({ name: road.output, partitions: 1, replicationFactor: 1 });
    await untilReady("ready");
    await metered.until((found) => lag(found) === 0);
    assert.equal((await summaryOf(metered))["predicted"], 300);
  }));
