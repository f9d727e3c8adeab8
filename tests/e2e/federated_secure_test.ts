/** Secure aggregation between real processes: a server that sees sums alone, and devices that take part over HTTP. */
import assert from "node:assert/strict";
import { FederatedServer } from "../../src/federated/client/client.ts";
import { uploadSecurely } from "../../src/federated/client/secure_upload.ts";
import { printKeys } from "../../src/federated/secure/messages.ts";
import { SecureParty } from "../../src/federated/secure/party.ts";
import { readForecastModel } from "../../src/models/model_file.ts";
import { SUM_DEVICE } from "../../src/federated/server/secure_aggregator.ts";
import { withFolder } from "../support/folder.ts";
import { failureOf, runStreamflow } from "../support/run.ts";
import { forecasterBytes } from "../support/small_model.ts";
import { startFederation } from "../web/federated/processes.ts";
import { ask, learnedFrom, send, uploadOf } from "../web/federated/served.ts";

const DEVICES = ["a", "b", "c", "d"];

Deno.test("with --secure devices' updates become their mean, who drops out is left out, and single ones are refused", () =>
  withFolder(async (folder) => {
    await using server = await startFederation(folder, [
      ...["--secure", "--min-participants", "3", "--deadline", "6s"],
    ]);
    const global = readForecastModel(forecasterBytes(1));
    const weights = global.network.parameters;
    const body = uploadOf(learnedFrom({ global: { weights } }, 0.01));
    const single = await send(server.url, { device: "a", round: 0, examples: 10 }, { body });
    assert.deepEqual([single.status, single.json.reason], [409, "secure"]);

    // A process that dies after it has joined: the others wait for it, then go on.
    const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
    const { keys } = new SecureParty("e", { round: 0, random });
    const joined = await ask(`${server.url}/api/v1/secure/keys`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ device: "e", round: 0, attempt: 1, ...printKeys(keys) }),
    });
    assert.equal(joined.status, 200, JSON.stringify(joined.json));

    const part = (device: string, i: number) =>
      uploadSecurely({
        server: new FederatedServer(server.url),
        update: {
          ...{ device, round: 0, version: global.version, numExamples: 10 + i, metrics: {} },
          weights: learnedFrom({ global: { weights } }, 0.01 * (i + 1)),
        },
        global: weights,
        signal: AbortSignal.timeout(120_000),
      });
    for (const answer of await Promise.all(DEVICES.map(part))) {
      assert.deepEqual(answer, { kind: "accepted", duplicate: false, countedIn: 0 });
    }
    const response = await fetch(`${server.url}/api/v1/global-model`);
    const next = readForecastModel(new Uint8Array(await response.arrayBuffer())).network.parameters;
    const moved = (10 * 0.01 + 11 * 0.02 + 12 * 0.03 + 13 * 0.04) / (10 + 11 + 12 + 13);
    for (const [i, weight] of next.entries()) {
      assert.ok(
        Math.abs(weight - weights[i]! - moved) < 1e-10,
        `weight ${i} moved by ${weight - weights[i]!}`,
      );
    }
    const { json: round } = await ask(`${server.url}/api/v1/rounds/0`);
    assert.deepEqual([round.devices, round.metrics], [[SUM_DEVICE], { parties: 4 }]);
  }));

Deno.test("steps count as updates do: who sends too many is asked to wait", () =>
  withFolder(async (folder) => {
    await using server = await startFederation(folder, [
      "--secure",
      "--min-participants",
      "3",
      "--update-rate",
      "2",
    ]);
    const step = { device: "a", round: 7, attempt: 1, shares: {} };
    const statuses: number[] = [];
    for (const path of ["shares", "opened", "shares", "vector?device=a&round=0&attempt=1"]) {
      const { status } = await ask(`${server.url}/api/v1/secure/${path}`, {
        method: "POST",
        headers: {
          "content-type": path.startsWith("vector") ? "application/octet-stream" : "application/json",
        },
        body: path.startsWith("vector") ? new Uint8Array(8) : JSON.stringify(step),
      });
      statuses.push(status);
    }
    assert.deepEqual(statuses, [409, 409, 429, 429]);
  }));

Deno.test("--secure is refused with what has to see single updates", async () => {
  for (
    const [args, why] of [
      [["--strategy", "median"], /Cannot use --secure with median: it compares single updates/],
      [["--clip-norm", "1"], /Cannot use --secure with --clip-norm/],
      [["--every", "1m"], /Cannot use --secure with --every or --after/],
      [[], /Cannot use --secure with 2 devices at least/],
    ] as const
  ) {
    const failure = failureOf(await runStreamflow(["federated", "server", "--secure", ...args]));
    assert.match(failure.join("\n"), why);
  }
});
