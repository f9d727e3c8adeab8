/** A federation over HTTP for tests: the real core on a log in memory, its routes on a listener of their own. */
import { encodeSafetensors, tensorViews } from "../../../nn/mod.ts";
import type { RoundsPolicy } from "../../../src/federated/rounds/policy.ts";
import type { Coordinator } from "../../../src/federated/server/coordinator.ts";
import { mountFederation } from "../../../src/web/federated/routes.ts";
import type { AppOptions } from "../../../src/web/frame/app.ts";
import { RateLimit } from "../../../src/web/frame/rate_limit.ts";
import { serveHttp } from "../../../src/web/frame/serve.ts";
import { MemoryLog } from "../../federated/memory_log.ts";
import { openCoordinator } from "../../federated/server.ts";
import { testApp } from "../../support/web_app.ts";

/** How it is served. */
export interface ServedOptions {
  readonly policy?: Partial<RoundsPolicy>;
  readonly app?: Partial<AppOptions>;
  /** Updates a minute. @default many */
  readonly updateRate?: number;
  /** Why nothing can be stored. */
  readonly trouble?: () => string | null;
}

/** It serves until it is disposed of. */
export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly coordinator: Coordinator;
  readonly log: MemoryLog;
  /** Ends the listener alone. */
  close(): PromiseLike<void>;
}

/** Opens one. */
export async function serveFederation(
  { policy = {}, app: appOptions = {}, updateRate = 1_000_000, trouble = () => null }: ServedOptions = {},
): Promise<Served> {
  const log = new MemoryLog();
  const coordinator = await openCoordinator(log, { policy: { minParticipants: 100, ...policy } });
  const app = testApp(appOptions);
  const views = tensorViews(coordinator.global.spec);
  mountFederation(app, coordinator, {
    views,
    trouble,
    rateLimit: new RateLimit(updateRate),
    sumsOnly: false,
  });
  const server = serveHttp(app, "127.0.0.1:0");
  let closing: PromiseLike<void> | undefined;
  const close = () => closing ??= server[Symbol.asyncDispose]();
  return {
    ...{ url: server.url, coordinator, log, close },
    [Symbol.asyncDispose]: async () => {
      await close();
      await coordinator[Symbol.asyncDispose]();
    },
  };
}

/** The bytes of an upload with these weights. */
export function uploadOf(weights: Float64Array, name = "parameters"): Uint8Array<ArrayBuffer> {
  const tensors = [{ name, dtype: "F64", shape: [weights.length], values: weights }] as const;
  return encodeSafetensors({ tensors, metadata: {} });
}

/** What a device learned: the global weights, a little moved. */
export function learnedFrom(
  { global }: { readonly global: Pick<Coordinator["global"], "weights"> },
  by = 0.01,
): Float64Array {
  return global.weights.map((weight) => weight + by);
}

/** An answer, read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any
  readonly json: any;
}

/** Asks, and reads the JSON. */
export async function ask(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, headers: response.headers, json: isJson ? JSON.parse(text) : text };
}

/** Sends an upload as a safetensors file. */
export function send(
  url: string,
  query: Readonly<Record<string, string | number>>,
  { body, headers = {}, path = "/api/v1/local-update" }: {
    readonly body: BodyInit;
    readonly headers?: Readonly<Record<string, string>>;
    readonly path?: string;
  },
): Promise<Answer> {
  const asked = new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)]));
  return ask(`${url}${path}?${asked}`, {
    ...{ method: "POST", body },
    headers: { "content-type": "application/octet-stream", ...headers },
  });
}
