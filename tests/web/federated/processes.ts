/** `federated server` as a process of its own, on an embedded broker of its own. */
import { startBroker } from "../../../src/broker/mod.ts";
import { type Running, startStreamflow, untilSaid } from "../../support/run.ts";
import { forecasterBytes } from "../../support/small_model.ts";

/** It serves. */
export interface RunningFederation extends AsyncDisposable {
  readonly url: string;
  readonly running: Running;
  /** What it had said by then. */
  readonly said: string;
}

/** Starts a server on a cluster; resolves when it serves. */
export async function startServer(
  bootstrapServer: string,
  args: readonly string[],
): Promise<RunningFederation> {
  const running = await startStreamflow([
    ...["federated", "server", "--bootstrap-server", bootstrapServer, "--listen", "127.0.0.1:0"],
    ...args,
  ], { watchOutput: true });
  const said = await untilSaid(running, /ready on http\S+/);
  return {
    url: /ready on (http\S+)/.exec(said)![1]!,
    ...{ running, said },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

/** Starts a server with a model of few weights, on a broker of this process. @param folder for the model's file */
export async function startFederation(
  folder: string,
  args: readonly string[] = [],
): Promise<RunningFederation & { readonly bootstrapServer: string }> {
  const model = `${folder}/global.safetensors`;
  await Deno.writeFile(model, forecasterBytes(1));
  const broker = startBroker({ listen: { hostname: "127.0.0.1", port: 0 }, dataDir: null });
  try {
    const server = await startServer(broker.address, ["--model", model, ...args]);
    server.running.watched!.cancel();
    return {
      ...server,
      bootstrapServer: broker.address,
      [Symbol.asyncDispose]: async () => {
        await server[Symbol.asyncDispose]();
        await broker.close();
      },
    };
  } catch (error) {
    await broker.close();
    throw error;
  }
}
