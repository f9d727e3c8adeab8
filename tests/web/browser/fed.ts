/** A broker with records of traffic and likes that nobody made, for pages: it can go away and come back with its data. */
import { type RunningBroker, startBroker } from "../../../src/broker/mod.ts";
import { connect } from "../../../src/kafka/connect.ts";
import type { KafkaClient, OutgoingRecord, Producer } from "../../../src/kafka/port.ts";
import { FakeLikes } from "../../support/fake_likes.ts";
import { bytesOf, FakeTraffic, lateLetter, sendWindow } from "../../support/fake_traffic.ts";

const TRAFFIC_TOPICS = ["packets", "network-traffic", "forecasts", "alerts", "anomalies", "processed-data"];
const LIKES_TOPICS = ["topic_yt", "youtube-totals"];

/** Records come when the test says so. */
export class FedCluster implements AsyncDisposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "streamflow-fed-" });
  #broker: RunningBroker;
  #opened: Promise<{ readonly client: KafkaClient; readonly producer: Producer }> | null = null;
  #windows = 0;
  #polls = 0;
  readonly #traffic: FakeTraffic;
  readonly #likes: FakeLikes;

  /** @param named links and titles of videos instead of the usual ones */
  constructor(
    named: { readonly links?: readonly string[]; readonly titles?: Readonly<Record<string, string>> } = {},
  ) {
    this.#broker = this.#start(0);
    this.#traffic = new FakeTraffic(named.links);
    this.#likes = new FakeLikes(Date.UTC(2026, 0, 5, 14), named.titles);
  }

  #start(port: number): RunningBroker {
    return startBroker({ listen: { hostname: "127.0.0.1", port }, dataDir: this.#folder });
  }

  get bootstrapServer(): string {
    return this.#broker.address;
  }

  /** So many windows more of each link, and a packet for each. */
  async traffic(windows: number): Promise<void> {
    if (this.#windows === 0) await this.#create([...TRAFFIC_TOPICS, "dead-letters"]);
    const { producer } = await this.#connected();
    for (const end = this.#windows + windows; this.#windows < end; this.#windows++) {
      await sendWindow(producer, this.#traffic.window(this.#windows));
      if (this.#windows % 30 === 7) await producer.send("dead-letters", [lateLetter(this.#windows)]);
    }
    const packets = Array.from({ length: windows }, () => ({ key: null, value: bytesOf("{}") }));
    for (const topic of ["packets", "network-traffic"]) await producer.send(topic, packets);
  }

  /** So many polls more of all videos. */
  async likes(polls: number): Promise<void> {
    if (this.#polls === 0) await this.#create(LIKES_TOPICS);
    const { producer } = await this.#connected();
    for (const end = this.#polls + polls; this.#polls < end; this.#polls++) {
      const { events, totals } = this.#likes.poll(this.#polls);
      const record = (one: { readonly videoId: string }) => ({ key: one.videoId, value: bytesOf(one) });
      await producer.send("topic_yt", events.map(record));
      await producer.send("youtube-totals", totals.map(record));
    }
  }

  /** Sends records to a topic that is created where it is not there. */
  async send(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    await this.#create([topic]);
    await (await this.#connected()).producer.send(topic, records);
  }

  async #create(topics: readonly string[]): Promise<void> {
    const { client } = await this.#connected();
    for (const name of topics) await client.admin.createTopic({ name, partitions: 1, replicationFactor: 1 });
  }

  async #connect() {
    const client = await connect({ bootstrapServer: this.bootstrapServer, clientId: "fed" }, "platformatic");
    return { client, producer: await client.producer() };
  }

  #connected() {
    return this.#opened ??= this.#connect();
  }

  /** The cluster is away. */
  async stop(): Promise<void> {
    const opened = await this.#opened;
    this.#opened = null;
    await opened?.producer[Symbol.asyncDispose]();
    await opened?.client[Symbol.asyncDispose]();
    await this.#broker.close();
  }

  /** The cluster is back at the same address. */
  restart(): void {
    this.#broker = this.#start(this.#broker.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.#folder, { recursive: true });
  }
}
