/** The participants of a demo: members of one group in this process, each with a client of its own. */
import { FederatedServer } from "../../federated/client/client.ts";
import { jobsOf, participate } from "../../federated/client/participate.ts";
import type { Device } from "../../federated/participant/device.ts";
import { DeviceTally } from "../../federated/participant/device_tally.ts";
import type { JobsState } from "../../jobs/run.ts";
import { connect } from "../../kafka/connect.ts";
import type { Log } from "../../runtime/log.ts";
import { pause } from "../../runtime/wait.ts";

/** How often it is looked how far they are, in ms. */
const LOOK_EVERY_MS = 50;

/** How many there are, and their way to broker and server. */
export interface MembersOptions {
  readonly count: number;
  readonly bootstrapServer: string;
  readonly client: "platformatic" | "kafkajs";
  readonly server: string;
  readonly topics: { readonly input: string; readonly anomalies: string; readonly deadLetter: string };
  readonly group: string;
  readonly log: Log;
  /** One of them has failed. */
  readonly onFailure: (error: unknown) => void;
}

/** They learn until they are disposed of. */
export class Members implements AsyncDisposable {
  readonly tally = new DeviceTally();
  readonly #stopped = new AbortController();
  readonly #states: (() => JobsState)[] = [];
  readonly #ended: Promise<void>[];

  /** Begin at once. */
  constructor(options: MembersOptions) {
    this.#ended = Array.from(
      { length: options.count },
      (_, i) => this.#run(options, `participant-${i + 1}`).catch(options.onFailure),
    );
  }

  /** All devices, by name. */
  get devices(): ReadonlyMap<string, Device> {
    const all = this.#states.flatMap((state) => jobsOf(state()).flatMap((job) => [...job.devices]));
    return new Map(all.map((device) => [device.device, device]));
  }

  /** Resolves when each has partitions, or the signal aborts. */
  async untilJoined(signal: AbortSignal): Promise<void> {
    await this.#until(
      () =>
        this.#states.length === this.#ended.length &&
        this.#states.every((state) => jobsOf(state()).length > 0),
      signal,
    );
  }

  /** Resolves when devices have taken so many readings, and have sent what they learned of them; or the signal aborts. */
  async untilSent(readings: number, signal: AbortSignal): Promise<void> {
    await this.#until(() => {
      const devices = [...this.devices.values()];
      return devices.reduce((sum, { count }) => sum + count, 0) >= readings &&
        devices.every(({ isDue, pending }) => !isDue && pending === null);
    }, signal);
  }

  /** Resolves when all devices have that global model and nothing left to do, or the signal aborts. */
  async untilAt(round: number, signal: AbortSignal): Promise<void> {
    await this.#until(
      () => [...this.devices.values()].every((device) => device.round === round && !device.isDue),
      signal,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#ended);
  }

  async #until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    while (!holds() && !signal.aborted) await pause(LOOK_EVERY_MS, signal);
  }

  async #run({ topics, group, server, log, ...way }: MembersOptions, name: string): Promise<void> {
    await using client = await connect({ bootstrapServer: way.bootstrapServer, clientId: name }, way.client);
    await participate({
      ...{ client, group, topics, tally: this.tally, secure: false, signal: this.#stopped.signal },
      input: topics.input,
      server: new FederatedServer(server),
      said: { info: (text) => log.info(`${name}: ${text}`), warn: (text) => log.warn(`${name}: ${text}`) },
      onOpened: (opened) => this.#states.push(opened.state),
    });
  }
}
