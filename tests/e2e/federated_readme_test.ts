/** What the README of federated learning has a newcomer do: the commands are read from it, and done. */
import assert from "node:assert/strict";
import { withFolder } from "../support/folder.ts";
import { killAtOnce, type Running, runStreamflow, startStreamflow, untilSaid } from "../support/run.ts";
import { eventually } from "../support/until.ts";
import { ask } from "../web/federated/served.ts";

const README = new URL("../../src/federated/README.md", import.meta.url);

/** Arguments of the commands of the section, in their order. */
async function readCommands(): Promise<string[][]> {
  const text = await Deno.readTextFile(README);
  const section = /## Try all of it\n([^]*?)\n## /.exec(text)![1]!;
  return [...section.matchAll(/^streamflow (.*)$/gm)].map(([, line]) =>
    [...line!.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word!)
  );
}

async function readyAt(running: Running): Promise<string> {
  const said = await untilSaid(running, /ready on \S+/);
  return /ready on (?:http:\/\/)?(\S+)/.exec(said)![1]!;
}

Deno.test("broker, server, two participants of which one is killed, tables, pages, analysis and SQL", () =>
  withFolder(async (cwd) => {
    const [broker, server, first, second, produce, ...shown] = await readCommands();
    assert.deepEqual([broker, shown.length], [["broker"], 4]);
    await using stack = new AsyncDisposableStack();
    const listen = { STREAMFLOW_LISTEN: "127.0.0.1:0" };
    const start = async (args: readonly string[], env: Record<string, string>) =>
      stack.use(await startStreamflow(args, { cwd, env, watchOutput: true }));
    const kafka = await readyAt(await start(broker!, listen));
    const cluster = { STREAMFLOW_BOOTSTRAP_SERVER: kafka };
    const url = `http://${await readyAt(await start(server!, { ...cluster, ...listen }))}`;
    const env = { ...cluster, STREAMFLOW_SERVER: url };
    const one = await start(first!, env);
    const other = await start(second!, env);
    // The whole set takes half a minute.
    const sent = await runStreamflow([...produce!, "--rate", "0", "--limit", "60000"], { cwd, env });
    assert.equal(sent.code, 0, sent.stderr);
    const untilRound = (round: number) =>
      eventually(async () => {
        const { json } = await ask(`${url}/api/v1/status`);
        assert.ok(json.round >= round, json.message);
      });
    await untilRound(1);
    await killAtOnce(other);
    const more = await runStreamflow([...produce!, "--rate", "0"], { cwd, env });
    assert.equal(more.code, 0, more.stderr);
    await untilRound(2);
    one.watched!.cancel();
    for (const path of ["docs", "federated"]) {
      const page = await fetch(`${url}/${path}`);
      assert.equal(page.status, 200);
      assert.match(await page.text(), /<!doctype html>/i);
    }
    const answers = await Promise.all(shown.map((args) => runStreamflow(args, { cwd, env })));
    for (const [i, { code, stderr }] of answers.entries()) assert.equal(code, 0, `${shown[i]}\n${stderr}`);
    const [status, history, analysis, query] = answers.map(({ stdout }) => stdout);
    assert.match(status!, /^Devices\s+18$/m);
    assert.match(history!, /^\s*0\s+published\s+deadline/m);
    assert.match(analysis!, /MSE ÷ variance, mean over the devices/);
    assert.match(query!, /^meter-\w+\s+\d+\s+\d/m);
  }));
