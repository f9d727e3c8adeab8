/** What `federated server` does beside its rounds: the dashboard on the same address, rows in a store. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { readForecastModel } from "../../src/models/model_file.ts";
import { withFolder } from "../support/folder.ts";
import { interrupt, killAtOnce } from "../support/run.ts";
import { eventually } from "../support/until.ts";
import { startFederation, startServer } from "../web/federated/processes.ts";
import { ask, learnedFrom, send, uploadOf } from "../web/federated/served.ts";

async function sendUpdates(url: string, devices: readonly string[]): Promise<void> {
  const response = await fetch(`${url}/api/v1/global-model`);
  const round = Number(response.headers.get("x-federated-round"));
  const { network } = readForecastModel(new Uint8Array(await response.arrayBuffer()));
  for (const device of devices) {
    const body = uploadOf(learnedFrom({ global: { weights: network.parameters } }));
    assert.equal((await send(url, { device, round, examples: 3 }, { body })).status, 202);
  }
}

Deno.test("with --web the pages, their routes and those of the federation stand at one address", () =>
  withFolder(async (folder) => {
    await using federation = await startFederation(folder, ["--web", "--after", "2"]);
    const { url } = federation;
    const page = await fetch(url);
    assert.match(page.headers.get("content-type")!, /text\/html/);
    assert.match(await page.text(), /<html/);
    await sendUpdates(url, ["a", "b"]);
    await eventually(async () => {
      const { json } = await ask(`${url}/api/v1/boards/federated`);
      assert.match(JSON.stringify(json), /"device":"a"|"a"/);
    });
    const { paths } = (await ask(`${url}/openapi.json`)).json;
    assert.ok(paths["/api/v1/local-update"] && paths["/api/v1/boards/{board}"] !== null);
    assert.match((await ask(`${url}/metrics`)).json, /streamflow_federated_round 1/);
  }));

Deno.test("with --web a participant's token opens the federation, and neither pages nor topics", () =>
  withFolder(async (folder) => {
    const tokens = `${folder}/tokens`, owner = "owner-token-123456", north = "north-token-123456";
    await Deno.writeTextFile(tokens, `${owner}\nnorth ${north}\n`, { mode: 0o600 });
    await using federation = await startFederation(folder, ["--web", "--token-file", tokens]);
    const statusOf = async (path: string, token: string) => {
      const response = await fetch(`${federation.url}${path}`, {
        headers: { authorization: `Bearer ${token}` },
        redirect: "manual",
      });
      await response.body?.cancel();
      return response.status;
    };
    for (const path of ["/", "/topics", "/api/v1/topics", "/api/v1/boards/federated"]) {
      assert.deepEqual([await statusOf(path, owner), await statusOf(path, north)], [200, 403], path);
    }
    for (const path of ["/api/v1/global-model", "/api/v1/status", "/api/devices", "/docs"]) {
      assert.equal(await statusOf(path, north), 200, path);
    }
  }));

Deno.test("with --store rounds and updates become rows, each once, over a kill", () =>
  withFolder(async (folder) => {
    const store = `${folder}/fl.sqlite`;
    const args = ["--store", store, "--after", "2", "--min-participants", "1"];
    await using federation = await startFederation(folder, args);
    await sendUpdates(federation.url, ["a", "b"]);
    await killAtOnce(federation.running);
    await using again = await startServer(federation.bootstrapServer, [
      ...args,
      ...["--model", `${folder}/global.safetensors`],
    ]);
    again.running.watched!.cancel();
    await sendUpdates(again.url, ["c", "b"]);
    const rows = (table: string) => {
      using database = new DatabaseSync(store, { readOnly: true });
      return database.prepare(`SELECT * FROM ${table}`).all();
    };
    await eventually(() => {
      assert.equal(rows("local_models").length, 4);
      const published = rows("rounds").filter((row) => row["state"] === "published");
      assert.deepEqual([...new Set(published.map((row) => row["round"]))].sort(), [0, 1]);
    });
    await interrupt(again.running);
  }));
