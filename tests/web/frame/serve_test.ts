/** Listening, and the end of it. */
import assert from "node:assert/strict";
import { UserError } from "../../../src/runtime/errors.ts";
import { serveHttp } from "../../../src/web/frame/serve.ts";
import { runStreamflow } from "../../support/run.ts";
import { askRaw, portOf } from "../../support/raw_http.ts";
import { roomApp, serveRoom } from "./rooms.ts";

Deno.test("closing answers what is in hand, and nothing new is taken", async () => {
  const server = serveRoom();
  const held = fetch(`${server.url}/api/v1/wait`).then((response) => response.json());
  await server.asked;
  const closed = server[Symbol.asyncDispose]();
  const late = await fetch(`${server.url}/healthz`);
  assert.equal(late.status, 503);
  assert.match((await late.json()).detail, /^the server is stopping/);
  server.release();
  assert.deepEqual(await held, { waited: true });
  await closed;
  await assert.rejects(fetch(`${server.url}/healthz`));
});

Deno.test("closing cuts what does not end by itself, and says so to its source", async () => {
  const server = serveRoom();
  const response = await fetch(`${server.url}/api/v1/stream`);
  const reader = response.body!.getReader();
  await reader.read();
  await server[Symbol.asyncDispose]();
  await server.left;
  // An error or an end: never data.
  assert.notEqual(await reader.read().then(({ done }) => done, () => "cut"), false);
});

Deno.test("no request takes the runtime's signal, of which it would warn in the log", async (t) => {
  await using server = serveRoom();
  const warned: unknown[] = [];
  const { warn } = console;
  console.warn = (...words) => void warned.push(...words);
  try {
    for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND", "QUERY"]) {
      await t.step(method, async () => {
        for (const path of ["/healthz", "/login", "/nowhere", "/api/v1/large"]) {
          const lines = [`${method} ${path} HTTP/1.1`, `Host: ${new URL(server.url).host}`];
          await askRaw(server.url, lines);
          await askRaw(server.url, [...lines, "Content-Type: application/json", "Content-Length: 2"], "{}");
        }
      });
    }
  } finally {
    console.warn = warn;
  }
  assert.deepEqual(warned, []);
});

Deno.test("what keeps an address from being listened on is one sentence with a hint", async () => {
  await using server = serveRoom();
  const { app } = roomApp();
  const rows: [string, RegExp][] = [
    [`127.0.0.1:${portOf(server.url)}`, /the port is in use$/],
    ["192.0.2.1:0", /this machine has no such address$/],
    ["no-such-host.invalid:0", /the host's name is not known$/],
  ];
  for (const [listen, message] of rows) {
    assert.throws(() => serveHttp(app, listen, { flag: "--metrics" }), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, new RegExp(`^cannot listen on ${listen}: `));
      assert.match(error.message, message);
      assert.match(error.hint!, /name another one with --metrics HOST:PORT/);
      return true;
    });
  }
});

Deno.test("web beyond this machine takes a token that is one", async () => {
  const folder = await Deno.makeTempDir();
  const file = async (text: string) => {
    const path = `${folder}/${crypto.randomUUID()}`;
    await Deno.writeTextFile(path, text, { mode: 0o600 });
    return path;
  };
  const ask = async (...args: string[]) => {
    // Nothing listens there: whoever has a right token gets as far as the cluster.
    const { code, stderr } = await runStreamflow(["web", ...args, "--bootstrap-server", "127.0.0.1:9"]);
    return [code, stderr] as const;
  };
  try {
    const rows: [string[], number, RegExp][] = [
      [
        ["--listen", "0.0.0.0:0"],
        2,
        /error: --listen 0\.0\.0\.0:0 lets other machines in, and that takes a token\n\s+hint: make one: .*--token-file token/,
      ],
      [["--listen", "[::]:0"], 2, /takes a token/],
      [
        ["--token-file", `${folder}/none`],
        2,
        /error: cannot read the token file .*: no such file\n\s+hint: make one/,
      ],
      [
        ["--token-file", await file("short\n")],
        2,
        /is no token: that is 16 letters, digits and signs or more/,
      ],
      [["--token-file", await file("with spaces in the middle of it\n")], 2, /is no token/],
      [
        ["--listen", "0.0.0.0:0", "--token-file", await file("correct-horse-battery\r\nsecond line\n")],
        1,
        /HTTP on 0\.0\.0\.0:0 is not encrypted[^]*127\.0\.0\.1:9/,
      ],
    ];
    for (const [args, code, stderr] of rows) {
      const [ended, said] = await ask(...args);
      assert.match(said, stderr);
      assert.equal(ended, code, said);
      assert.doesNotMatch(said, /others on this machine|correct-horse/);
    }
    const open = await file("correct-horse-battery\n");
    await Deno.chmod(open, 0o644);
    assert.match(
      (await ask("--token-file", open))[1],
      /warning: others on this machine can read the token in .*: chmod 600/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
