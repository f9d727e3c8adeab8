/** A broker with records of traffic, likes and a federation that nobody made, for pages: it can go away and come back with its data. */
import { type RunningBroker, startBroker } from "../../../src/broker/mod.ts";
import { connect } from "../../../src/kafka/connect.ts";
import type { KafkaClient, OutgoingRecord, Producer } from "../../../src/kafka/port.ts";
import { FakeFederation, type FakeRecord } from "../../support/fake_federation.ts";
import { FakeLikes } from "../../support/fake_likes.ts";
import { bytesOf, FakeTraffic, lateLetter, sendWindow } from "../../support/fake_traffic.ts";

const TRAFFIC_TOPICS = ["packets", "network-traffic", "forecasts", "alerts", "anomalies", "processed-data"];
const FEDERATED_TOPICS = ["federated-rounds", "anomalies"];
const LIKES_TOPICS = ["topic_yt", "youtube-totals"];

/** Records come when the test says so. */
export class FedCluster implements AsyncDisposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "streamflow-fed-" });
  #broker: RunningBroker;
  #opened: Promise<{ readonly client: KafkaClient; readonly producer: Producer }> | null = null;
  #windows = 0;
  #polls = 0;
  #federated = 0;
  readonly #traffic: FakeTraffic;
  readonly #likes: FakeLikes;
  readonly #federation: FakeFederation;

  /** @param named links and titles of videos instead of the usual ones */
  constructor(
    named: {
      readonly links?: readonly string[];
      readonly titles?: Readonly<Record<string, string>>;
      readonly devices?: readonly string[];
      /** From a round's first update to its deadline, ms. @default 1 h: nobody finds the server gone */
      readonly deadlineMs?: number;
    } = {},
  ) {
    this.#broker = this.#start(0);
    this.#traffic = new FakeTraffic(named.links);
    this.#likes = new FakeLikes(Date.UTC(2026, 0, 5, 14), named.titles);
    const { devices, deadlineMs = 3_600_000 } = named;
    this.#federation = new FakeFederation({
      ...{ startMs: Date.now(), deadlineMs },
      ...(devices === undefined ? {} : { devices }),
    });
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

  /** So many rounds more, each with an update of every device. */
  async rounds(rounds: number): Promise<void> {
    await this.#federate(this.#federation.rounds(rounds));
  }

  /** So many updates more of the open round. */
  async updates(updates: number): Promise<void> {
    await this.#federate(Array.from({ length: updates }, () => this.#federation.update()).flat());
  }

  async #federate(made: readonly FakeRecord[]): Promise<void> {
    if (this.#federated === 0) await this.#create(FEDERATED_TOPICS);
    this.#federated += made.length;
    const { producer } = await this.#connected();
    for (const topic of FEDERATED_TOPICS) {
      const records = made.filter((one) => one.topic === topic).map(({ record }) => record);
      if (records.length > 0) await producer.send(topic, records);
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
