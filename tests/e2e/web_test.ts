/** `streamflow web` on a cluster: its figures are those of the terminal and of /metrics, and it outlives the cluster. */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import { consumeFlags, newRoad, produceFlags, type Road } from "../support/account.ts";
import { startBroker } from "../support/broker_process.ts";
import { testClusters } from "../support/cluster.ts";
import { eventsOf, nextOf, type StreamEvent } from "../support/event_stream.ts";
import { fakePrediction } from "../support/fake_predictions.ts";
import { scratchFolder } from "../support/folder.ts";
import {
  interrupt,
  killAtOnce,
  type Running,
  runStreamflow,
  startStreamflow,
  trainModel,
  untilSaid,
} from "../support/run.ts";
import { sendRaw } from "../support/raw_http.ts";
import { until, within } from "../support/until.ts";

const encoder = new TextEncoder();
const READINGS = 3_000;

/** The topics and the group of a road, as flags of what looks at it. */
function watchFlags({ bootstrapServer, input, output, deadLetter, group }: Road): string[] {
  const topics = ["--input", input, "--output", output, "--dead-letter", deadLetter, "--group", group];
  return ["--bootstrap-server", bootstrapServer, ...topics];
}

async function startWeb(flags: readonly string[]): Promise<{ running: Running; url: string }> {
  const running = await startStreamflow(["web", "--listen", "127.0.0.1:0", ...flags], { watchOutput: true });
  const said = await untilSaid(running, /ready on \S+\n/);
  running.watched!.cancel();
  return { running, url: /ready on (\S+)/.exec(said)![1]! };
}

async function send(bootstrapServer: string, topic: string, values: readonly unknown[]): Promise<void> {
  await using client = await connect({ bootstrapServer, clientId: "web-test" }, "platformatic");
  if (!(await client.admin.listTopics()).includes(topic)) {
    await client.admin.createTopic({ name: topic, partitions: 1, replicationFactor: 1 });
  }
  await using producer = await client.producer();
  await producer.send(
    topic,
    values.map((value) => ({ key: "mote-1", value: encoder.encode(JSON.stringify(value)) })),
  );
}

/** Samples by name and labels, as they stand in the text. */
async function scrape(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return new Map(
    text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line): [string, number] => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** A live stream, and what is known by it. */
class Page {
  readonly #events: AsyncGenerator<StreamEvent>;
  // deno-lint-ignore no-explicit-any
  #state: any = { board: {} };

  constructor(answer: Response) {
    this.#events = eventsOf(answer);
  }

  /** Follows the stream until this holds of what is known, or of the event. */
  // deno-lint-ignore no-explicit-any
  async until(holds: (state: any, event?: StreamEvent) => boolean): Promise<StreamEvent | undefined> {
    const follow = async () => {
      let event: StreamEvent | undefined;
      while (!holds(this.#state, event)) {
        event = await nextOf(this.#events);
        this.#state = { ...event.data, board: { ...this.#state.board, ...event.data.board } };
      }
      return event;
    };
    return await within(follow(), () => `${holds}, and this holds: ${JSON.stringify(this.#state)}`);
  }

  async close(): Promise<void> {
    await this.#events.return(undefined);
  }
}

for (const kind of testClusters()) {
  Deno.test({
    name: `page, terminal and /metrics have the same figures at one moment, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    async fn() {
      await using cluster = await kind.open();
      const road = newRoad(cluster.bootstrapServer);
      const model = await trainModel();
      const sent = await runStreamflow([
        ...["produce", "--dataset", "sensors", "--rate", "0", "--limit", String(READINGS)],
        ...produceFlags(road),
      ]);
      assert.equal(sent.code, 0, sent.stderr);
      await send(road.bootstrapServer, road.input, ["no reading", { id: "half a reading" }]);
      const consumed = await runStreamflow([
        ...["consume", "--model", model, "--until-idle", "2s"],
        ...consumeFlags(road),
      ]);
      assert.equal(consumed.code, 0, consumed.stderr);
      // What comes afterwards nobody reads: the lag.
      await send(road.bootstrapServer, road.input, [1, 2, 3]);

      const { running, url } = await startWeb(watchFlags(road));
      await using _running = running;
      const page = new Page(await fetch(`${url}/api/v1/live?board=predictions`));
      await page.until(({ board }) =>
        board.processed === READINGS && board.deadLetters === 2 && board.lag.length > 0
      );
      await page.close();
      const shown = await (await fetch(`${url}/api/v1/boards/predictions`)).json();
      const { stdout } = await runStreamflow(["monitor", "--once", "--json", ...watchFlags(road)]);
      const terminal = JSON.parse(stdout);
      const samples = await scrape(url);

      const { board } = shown;
      assert.equal(shown.trouble, null);
      assert.deepEqual([board.processed, board.deadLetters], [READINGS, 2]);
      assert.ok(board.errors.scored > 2_000 && board.errors.mse > 0);
      const same = ["mse", "baselineMse", "mae", "baselineMae", "scored"] as const;
      for (const name of same) assert.equal(board.errors[name], terminal[name], name);
      const lags = (all: { partition: number; lag: number }[]) =>
        all.map(({ partition, lag }) => [partition, lag]);
      const round = (ms: number) => Math.round(ms * 1_000) / 1_000;
      assert.deepEqual(
        [
          board.modelId,
          board.processed,
          board.predicted,
          board.deadLettered,
          lags(board.lag),
          [round(board.latencyMs.p50), round(board.latencyMs.p95), round(board.latencyMs.p99)],
        ],
        [
          terminal.model,
          terminal.processed,
          terminal.predicted,
          terminal.deadLettered,
          lags(terminal.lag),
          [terminal.latencyMs.p50, terminal.latencyMs.p95, terminal.latencyMs.p99],
        ],
      );
      const of = (name: string, labels: Record<string, string>) =>
        samples.get(
          `${name}{${Object.entries(labels).map(([key, value]) => `${key}="${value}"`).join(",")}}`,
        );
      for (const by of ["network", "baseline"] as const) {
        const labels = { model: board.modelId, by };
        const name = by === "network" ? "" : "baseline";
        const figure = (error: string) =>
          terminal[name === "" ? error : `${name}${error[0]!.toUpperCase()}${error.slice(1)}`];
        assert.equal(of("streamflow_observed_predictions_total", labels), terminal.predicted[by]);
        assert.equal(of("streamflow_observed_mse", labels), figure("mse"));
        assert.equal(of("streamflow_observed_mae", labels), figure("mae"));
      }
      for (const [name, quantile] of [["p50", "0.5"], ["p95", "0.95"], ["p99", "0.99"]] as const) {
        const seconds = of("streamflow_observed_latency_seconds", { model: board.modelId, quantile });
        assert.equal(round(seconds! * 1_000), terminal.latencyMs[name]);
      }
      for (const [reason, count] of Object.entries(terminal.deadLettered)) {
        assert.equal(of("streamflow_observed_dead_letters_total", { reason }), count);
      }
      for (const { partition, lag } of terminal.lag) {
        const labels = { consumergroup: road.group, topic: road.input, partition: String(partition) };
        assert.equal(of("kafka_consumergroup_lag", labels), lag);
      }
      assert.equal(terminal.lag.reduce((sum: number, { lag }: { lag: number }) => sum + lag, 0), 3);
      assert.equal((await interrupt(running)).code, 130);
    },
  });
}

Deno.test("a cluster that goes away is trouble, and all goes on by itself when it is back", async () => {
  const data = await scratchFolder();
  const first = await startBroker(["--data-dir", data, "--listen", "127.0.0.1:0"]);
  const road = newRoad(first.address);
  const predictions = (from: number, count: number) =>
    Array.from(
      { length: count },
      (_, at) => fakePrediction({ id: `${from + at}`, predictedAtMs: Date.now() }),
    );
  const { running, url } = await startWeb(watchFlags(road));
  await using _running = running;
  const page = new Page(await fetch(`${url}/api/v1/live?board=predictions`));
  const ready = async () => (await fetch(`${url}/readyz`).then((answer) => answer.json())).detail ?? "ready";
  // Topics that are not there yet are waited for.
  await page.until(({ trouble }) => trouble === `waiting for topic ${road.output}`);
  await send(road.bootstrapServer, road.output, predictions(0, 5));
  await send(road.bootstrapServer, road.deadLetter, [1]);
  await page.until(({ board }) => board.processed === 5);
  await page.until(({ trouble }) => trouble === null);
  await killAtOnce(first.running);
  await page.until(({ trouble }) => trouble === "disconnected, retrying");
  await until(async () => await ready() === "disconnected, retrying");
  const second = await startBroker(["--data-dir", data, "--listen", road.bootstrapServer]);
  await using _second = second.running;
  await page.until(({ trouble }) => trouble === null);
  await send(road.bootstrapServer, road.output, predictions(5, 5));
  await page.until(({ board }) => board.processed === 10);
  await until(async () => await ready() === "ready");
  // An open page hears that it ends.
  const ended = interrupt(running);
  const bye = await page.until((_, event) => event?.event === "bye");
  assert.equal(bye!.data.reason, "the server is shutting down");
  assert.equal((await ended).code, 130);
});

Deno.test("200 pages, WebSockets and clients that never read: all who read hear the end, and nobody is waited for", async () => {
  const broker = await startBroker(["--memory", "--listen", "127.0.0.1:0"]);
  await using _broker = broker.running;
  const road = newRoad(broker.address);
  await send(road.bootstrapServer, road.output, [fakePrediction({ id: "0", predictedAtMs: Date.now() })]);
  await send(road.bootstrapServer, road.deadLetter, [1]);
  const { running, url } = await startWeb([...watchFlags(road), "--interval", "0.1"]);
  await using _running = running;
  const address = `${url}/api/v1/live?board=predictions`;
  const pages = await Promise.all(Array.from({ length: 200 }, async () => new Page(await fetch(address))));
  await Promise.all(pages.map((page) => page.until(({ board }) => board.processed === 1)));
  const sockets = await Promise.all(Array.from({ length: 20 }, async () => {
    const socket = new WebSocket(address.replace("http", "ws"));
    await new Promise((resolve) => socket.onmessage = resolve);
    return { closed: new Promise<number>((resolve) => socket.onclose = ({ code }) => resolve(code)) };
  }));
  const head = `GET /api/v1/live?board=predictions HTTP/1.1\r\nHost: ${new URL(url).host}\r\n`;
  const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  const never = await Promise.all(
    Array.from({ length: 20 }, (_, at) => sendRaw(url, `${head}${at % 2 === 0 ? upgrade : ""}\r\n`)),
  );
  await send(road.bootstrapServer, road.output, [fakePrediction({ id: "1", predictedAtMs: Date.now() })]);
  await Promise.all(pages.map((page) => page.until(({ board }) => board.processed === 2)));
  const ended = interrupt(running, "SIGTERM");
  for (const page of pages) await page.until((_, event) => event?.event === "bye");
  for (const { closed } of sockets) assert.equal(await closed, 1001);
  assert.equal((await ended).code, 0);
  for (const connection of never) connection.close();
});
