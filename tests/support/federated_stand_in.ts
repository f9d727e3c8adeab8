/** A small federated server for tests: the participant's side of the REST contract, every byte of the uploads recorded. */
import { createHash } from "node:crypto";
import { allocateNetwork, createNetwork, decodeSafetensors, Random } from "../../nn/mod.ts";
import type { Federation } from "../../src/federated/simulate/devices.ts";
import { makeStrategy } from "../../src/federated/strategies/mod.ts";
import { aggregate } from "../federated/updates.ts";
import { checkUpdate, type Update } from "../../src/federated/update.ts";
import { readForecastModel, writeModel } from "../../src/models/model_file.ts";

/** An upload as it came. */
export interface RecordedUpload {
  readonly device: string;
  readonly round: number;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  /** Status that it was answered with. */
  readonly status: number;
}

/** How it behaves. */
export interface StandInOptions {
  /** Bytes of global model 0. */
  readonly first: Uint8Array<ArrayBuffer>;
  /** A round is closed with so many updates. @default never */
  readonly after?: number;
  /** @default 0: a free one */
  readonly port?: number;
  /** Answers instead, where it has an answer. */
  readonly instead?: (request: Request) => Response | null;
}

/** Bytes of a first global model for the federation's devices. */
export function firstModel(
  { preparation, spec, devices }: Federation,
  { horizon, recipe }: {
    readonly horizon: number;
    readonly recipe: Readonly<Record<string, unknown>> & { readonly seed: number };
  },
): Uint8Array<ArrayBuffer> {
  const { name: target, unit } = preparation.features[preparation.targetIndex]!;
  const network = allocateNetwork(spec);
  network.parameters.set(createNetwork(spec, new Random(recipe.seed)).parameters);
  return writeModel(network, {
    ...{ name: "test", architecture: spec, preparation, recipe, metrics: {} },
    task: { kind: "forecast", target, unit, horizon },
    training: { name: "test", sha256: null, readings: 0, sources: devices.length },
  });
}

/** Rounds of FedAvg in memory. */
export class StandIn implements AsyncDisposable {
  readonly uploads: RecordedUpload[] = [];
  /** Device and round of the updates that counted, in order. */
  readonly counted: string[] = [];
  round = 0;
  /** As `options.instead`; may be changed while it runs. */
  instead: (request: Request) => Response | null;
  readonly port: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #updates = new Map<string, Update & { readonly body: Uint8Array }>();
  #published = Promise.withResolvers<void>();
  readonly #after: number;
  readonly #strategy = makeStrategy("fedavg", {});
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #stopped = new AbortController();

  constructor({ first, after = Infinity, port = 0, instead = () => null }: StandInOptions) {
    this.#bytes = first;
    this.#after = after;
    this.instead = instead;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port, signal: this.#stopped.signal, onListen: () => {} },
      (request) => this.#answer(request),
    );
    this.port = this.#server.addr.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get #etag(): string {
    return `"${this.round}-${versionOf(this.#bytes)}"`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    this.#published.resolve();
    await this.#server.finished;
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const instead = this.instead(request);
    if (pathname === "/api/v1/global-model") return instead ?? await this.#global(request, searchParams);
    const body = new Uint8Array(await request.arrayBuffer());
    const device = searchParams.get("device")!, round = Number(searchParams.get("round"));
    const response = instead ?? this.#take({ device, round, body, searchParams });
    const headers = [...request.headers], { status } = response;
    this.uploads.push({ device, round, url: request.url, headers, body, status });
    return response;
  }

  async #global(request: Request, search: URLSearchParams): Promise<Response> {
    if (request.headers.get("if-none-match") === this.#etag) {
      const waited = Promise.withResolvers<void>();
      const timer = setTimeout(waited.resolve, 1_000 * Number(search.get("wait") ?? 0));
      await Promise.race([this.#published.promise, waited.promise]);
      clearTimeout(timer);
      if (request.headers.get("if-none-match") === this.#etag) return new Response(null, { status: 304 });
    }
    return new Response(this.#bytes, {
      headers: { etag: this.#etag, "x-federated-round": String(this.round) },
    });
  }

  #take({ device, round, body, searchParams }: {
    readonly device: string;
    readonly round: number;
    readonly body: Uint8Array;
    readonly searchParams: URLSearchParams;
  }): Response {
    const known = this.#updates.get(device);
    if (this.counted.includes(`${device} ${round}`)) {
      const isSame = known === undefined || known.body.toHex() === body.toHex();
      return isSame
        ? Response.json({ accepted: true, duplicate: true, countedIn: round })
        : refuse(409, "duplicate");
    }
    if (round !== this.round) return refuse(409, "stale");
    const model = readForecastModel(this.#bytes);
    if (searchParams.get("version") !== model.version) return refuse(409, "version");
    const { values } = decodeSafetensors(body).tensors[0]!;
    const checked = checkUpdate({
      ...{ device, round, numExamples: Number(searchParams.get("examples")) },
      weights: Float64Array.from(values),
    }, { global: model.network.parameters });
    if ("refusal" in checked) return refuse(422, checked.refusal.reason);
    this.#updates.set(device, { ...checked.update, body });
    this.counted.push(`${device} ${round}`);
    if (this.#updates.size >= this.#after) this.#publish();
    return Response.json({ accepted: true, duplicate: false, countedIn: round }, { status: 202 });
  }

  #publish(): void {
    const { network, metadata } = readForecastModel(this.#bytes);
    const updates = [...this.#updates.values()].sort((a, b) => a.device < b.device ? -1 : 1);
    const weights = aggregate(this.#strategy, network.parameters.slice(), { updates, round: this.round });
    network.parameters.set(weights);
    this.#bytes = writeModel(network, metadata);
    this.#updates = new Map();
    this.round++;
    this.#published.resolve();
    this.#published = Promise.withResolvers();
  }
}

function refuse(status: number, reason: string): Response {
  return Response.json({ title: "refused", detail: `refused for ${reason}`, reason }, { status });
}

function versionOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 12);
}
