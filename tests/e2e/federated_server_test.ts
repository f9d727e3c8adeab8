/** `federated server` as its users run it: on an embedded broker and on real Kafka, stopped, killed, asked, cut off. */
import assert from "node:assert/strict";
import { readForecastModel } from "../../src/models/model_file.ts";
import { testClusters, uniqueName } from "../support/cluster.ts";
import { startBroker } from "../support/broker_process.ts";
import { withFolder } from "../support/folder.ts";
import { failureOf, interrupt, killAtOnce, runStreamflow, untilSaid } from "../support/run.ts";
import { forecasterBytes } from "../support/small_model.ts";
import { eventually, within } from "../support/until.ts";
import { startFederation, startServer } from "../web/federated/processes.ts";
import { ask, learnedFrom, send, uploadOf } from "../web/federated/served.ts";

const DOCUMENT = new URL("../../src/federated/README.md", import.meta.url);

async function globalOf(url: string) {
  const response = await fetch(`${url}/api/v1/global-model`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { ...readForecastModel(bytes), bytes, round: Number(response.headers.get("x-federated-round")) };
}

/** Sends the updates of these devices for the newest global model. */
async function sendAll(url: string, devices: readonly string[]): Promise<void> {
  const { network, round } = await globalOf(url);
  for (const [i, device] of devices.entries()) {
    const body = uploadOf(learnedFrom({ global: { weights: network.parameters } }, 0.01 * (i + 1)));
    const { status, json } = await send(url, { device, round, examples: 10 + i }, { body });
    assert.equal(status, 202, JSON.stringify(json));
  }
}

for (const { name, missing, open } of testClusters()) {
  Deno.test({
    name:
      `a server that is killed goes on with its round, and writes every global model to its file (${name})`,
    ignore: missing !== null,
    fn: () =>
      withFolder(async (folder) => {
        await using cluster = await open();
        const model = `${folder}/global.safetensors`;
        await Deno.writeFile(model, forecasterBytes(1));
        const args = [
          ...["--model", model, "--rounds-topic", uniqueName("rounds"), "--after", "3"],
          ...["--min-participants", "2"],
        ];
        {
          await using first = await startServer(cluster.bootstrapServer, args);
          assert.match(first.said, /global model 0 is \S*global\.safetensors, version [0-9a-f]{12}/);
          await sendAll(first.url, ["a", "b"]);
          await killAtOnce(first.running);
        }
        await using second = await startServer(cluster.bootstrapServer, args);
        assert.match(second.said, /goes on with global model 0, version [0-9a-f]{12}, of the topic rounds-/);
        const status = (await ask(`${second.url}/api/v1/status`)).json;
        assert.deepEqual([status.state, status.updates, status.devices], ["collecting", 2, 2]);
        await sendAll(second.url, ["c"]);
        assert.match(
          await untilSaid(second.running, /global model 1 is [0-9a-f]{12}/),
          /round 0: 3 updates of 3 devices/,
        );
        const { version, round, network } = await globalOf(second.url);
        assert.equal(round, 1);
        await eventually(async () =>
          assert.equal(readForecastModel(await Deno.readFile(model)).version, version)
        );
        // All three counted, once each, by their examples.
        const before = readForecastModel(forecasterBytes(1)).network.parameters;
        const moved = (10 * 0.01 + 11 * 0.02 + 10 * 0.01) / (10 + 11 + 10);
        for (const [i, weight] of network.parameters.entries()) {
          assert.ok(Math.abs(weight - before[i]! - moved) < 1e-9);
        }
        // A model of somebody else does not go before the topic, and is not written over.
        await interrupt(second.running);
        for (const other of [forecasterBytes(2), new TextEncoder().encode("notes")]) {
          await Deno.writeFile(model, other);
          const refused = await runStreamflow([
            ...[
              "federated",
              "server",
              "--bootstrap-server",
              cluster.bootstrapServer,
              "--listen",
              "127.0.0.1:0",
            ],
            ...args,
          ]);
          assert.equal(refused.code, 1);
          assert.match(
            failureOf(refused)[0]!,
            /holds something that no federation wrote|is no model|safetensors/,
          );
          assert.deepEqual(await Deno.readFile(model), other);
        }
        await Deno.remove(model);
        await using third = await startServer(cluster.bootstrapServer, args);
        assert.match(third.said, /goes on with global model 1, version/);
        await eventually(async () => {
          const written = await Deno.readFile(model).catch(() => null);
          assert.equal(written && readForecastModel(written).version, version);
        });
      }),
  });
}

Deno.test("Ctrl-C ends requests that wait, and the command", () =>
  withFolder(async (folder) => {
    await using federation = await startFederation(folder);
    const { url, running } = federation;
    const { version } = await globalOf(url);
    const waiting = ask(`${url}/api/v1/global-model?wait=60`, {
      headers: { "if-none-match": `"0-${version}"` },
    });
    // The server counts those that wait.
    const ended = (async () => {
      await ask(`${url}/api/v1/status`);
      return await interrupt(running);
    })();
    const { code } = await within(ended, () => "the server's end");
    assert.equal(code, 130);
    const { status } = await within(waiting.catch(() => ({ status: 0 })), () => "the end of a long poll");
    assert.ok(status === 503 || status === 0, String(status));
  }));

Deno.test("curl does what the README says, line by line", () =>
  withFolder(async (folder) => {
    await using federation = await startFederation(folder, ["--min-participants", "10"]);
    const text = await Deno.readTextFile(DOCUMENT);
    const block = [...text.matchAll(/```sh\n([^]*?)```/g)].find(([, lines]) =>
      lines!.startsWith("curl")
    )![1]!;
    const commands = block.replaceAll("\\\n", " ").trim().split("\n");
    assert.ok(commands.length >= 8);
    for (const command of commands) {
      const line = command.replaceAll("http://127.0.0.1:8080", federation.url)
        .replace(/^curl -s/, "curl -sS --fail-with-body");
      const { success, stdout, stderr } = await new Deno.Command("sh", { args: ["-c", line], cwd: folder })
        .output();
      const decoder = new TextDecoder();
      assert.ok(success, `${line}\n${decoder.decode(stdout)}${decoder.decode(stderr)}`);
    }
    const next = readForecastModel(await Deno.readFile(`${folder}/next.safetensors`));
    assert.equal(next.version, (await globalOf(federation.url)).version);
  }));

Deno.test("status, history and devices show what a server says, and why there is no answer", () =>
  withFolder(async (folder) => {
    const tokens = `${folder}/tokens`;
    await Deno.writeTextFile(tokens, "south south-token-12345678\n", { mode: 0o600 });
    await using federation = await startFederation(folder, [
      ...["--min-participants", "2", "--token-file", tokens],
    ]);
    const { url } = federation;
    const run = (word: string, ...more: string[]) =>
      runStreamflow(["federated", word, "--server", url, ...more]);
    const refused = await run("status");
    assert.equal(refused.code, 1);
    assert.match(failureOf(refused)[0]!, /^error: the server \S+ wants a token \(401\)$/);
    const wrong = `${folder}/wrong`;
    await Deno.writeTextFile(wrong, "a-token-of-nobody\n", { mode: 0o600 });
    assert.match(failureOf(await run("status", "--token-file", wrong))[0]!, /wants (?:a|another) token/);
    const own = ["--token-file", tokens];
    assert.match((await run("devices", ...own)).stderr, /there are none yet/);
    const headers = { authorization: "Bearer south-token-12345678" };
    const global = await fetch(`${url}/api/v1/global-model`, { headers });
    const { network } = readForecastModel(new Uint8Array(await global.arrayBuffer()));
    for (const device of ["a", "b"]) {
      const body = uploadOf(learnedFrom({ global: { weights: network.parameters } }));
      const metrics = { "x-metrics": '{"loss": 0.25}' };
      await send(url, { device, round: 0, examples: 3 }, { body, headers: { ...headers, ...metrics } });
    }
    await eventually(async () => assert.match((await run("history", ...own)).stdout, /published/));
    const history = await run("history", ...own);
    assert.match(history.stdout, /^round +state +closed by/);
    assert.match(history.stdout, /\n +0 +published +quorum .* 0\.2500\n$/);
    const devices = await run("devices", ...own);
    assert.match(devices.stdout, /\na +south +/);
    const status = await run("status", ...own);
    assert.match(status.stdout, /^Global model +1, version [0-9a-f]{12}\n/);
    const json = JSON.parse((await run("status", "--json", ...own)).stdout);
    assert.deepEqual([json.round, json.devices], [1, 2]);
    assert.equal(JSON.parse((await run("devices", "--json", ...own)).stdout).length, 2);
  }));

Deno.test("status says in a sentence that there is no server, or another one", async () => {
  const nobody = await runStreamflow(["federated", "status", "--server", "http://127.0.0.1:1"]);
  assert.deepEqual([nobody.code, failureOf(nobody)[0]], [
    1,
    "error: the server http://127.0.0.1:1 cannot be reached (no connection)",
  ]);
  await using other = serveOther();
  const stranger = await runStreamflow(["federated", "status", "--server", other.url]);
  assert.equal(
    failureOf(stranger)[0],
    `error: ${other.url} is not a federated server: its answer is no JSON object`,
  );
  const none = await runStreamflow(["federated", "status", "--server", "here"]);
  assert.deepEqual([none.code, failureOf(none)[0]], [2, "error: --server here is no address of a server"]);
});

function serveOther() {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response("hello"),
  );
  return { url: `http://127.0.0.1:${server.addr.port}`, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("while the broker is away the server says so and serves the global model; then it goes on", () =>
  withFolder(async (folder) => {
    const model = `${folder}/global.safetensors`, data = `${folder}/data`;
    await Deno.writeFile(model, forecasterBytes(1));
    const first = await startBroker(["--listen", "127.0.0.1:0", "--data-dir", data]);
    await using _first = first.running;
    await using server = await startServer(first.address, ["--model", model, "--after", "2"]);
    server.running.watched!.cancel();
    const { url } = server;
    await sendAll(url, ["a"]);
    await interrupt(first.running);
    await eventually(async () => assert.equal((await ask(`${url}/readyz`)).status, 503));
    const { network } = await globalOf(url);
    const body = uploadOf(learnedFrom({ global: { weights: network.parameters } }));
    const away = await send(url, { device: "b", round: 0, examples: 1 }, { body });
    assert.deepEqual([away.status, away.json.reason], [503, "away"]);
    assert.ok(Number(away.headers.get("retry-after")) >= 1);
    const again = await startBroker(["--listen", first.address, "--data-dir", data]);
    await using _again = again.running;
    await eventually(async () => assert.equal((await ask(`${url}/readyz`)).status, 200));
    const back = await send(url, { device: "b", round: 0, examples: 1 }, { body });
    assert.equal(back.status, 202);
    await eventually(async () => assert.equal((await ask(`${url}/api/v1/status`)).json.round, 1));
  }));

Deno.test("a server says what it cannot begin with", () =>
  withFolder(async (folder) => {
    const run = async (...args: string[]) => {
      const result = await runStreamflow([
        ...["federated", "server", "--listen", "127.0.0.1:0", "--bootstrap-server", "127.0.0.1:1"],
        ...args,
      ]);
      return [result.code, failureOf(result)[0]] as const;
    };
    assert.deepEqual(await run("--strategy", "average"), [2, 'error: Unknown strategy "average"']);
    assert.deepEqual(await run("--strategy", "fedavg,median"), [2, "error: A server has one strategy"]);
    const [code, message] = await run("--listen", "0.0.0.0:0");
    assert.deepEqual([code, message], [
      2,
      "error: --listen 0.0.0.0:0 lets other machines in, and that takes a token",
    ]);
    assert.equal((await run("--model", folder))[0], 2);
  }));
