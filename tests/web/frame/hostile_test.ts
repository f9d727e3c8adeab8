/** Clients that mean harm: the server refuses them, keeps its memory and goes on to answer others. */
import assert from "node:assert/strict";
import { serveHttp } from "../../../src/web/frame/serve.ts";
import {
  askRaw,
  isWholeAnswer,
  parseAnswer,
  portOf,
  readText,
  sendRaw,
  writeAll,
} from "../../support/raw_http.ts";
import { until } from "../../support/until.ts";
import { LARGE_BODY_BYTES, roomApp, serveRoom, TOKEN, WITH_TOKEN } from "./rooms.ts";

const hostOf = (url: string) => `Host: ${new URL(url).host}`;

async function isWell(url: string): Promise<void> {
  const response = await fetch(`${url}/api/v1/small`);
  assert.deepEqual(await response.json(), { ok: true });
}

Deno.test("a body that says it is too large is refused before any of it is read", async () => {
  await using server = serveRoom();
  // Nothing of the body is ever sent: the answer comes all the same.
  const answer = await askRaw(server.url, [
    ...["POST /api/v1/bytes HTTP/1.1", hostOf(server.url), "Content-Length: 1099511627776"],
  ]);
  assert.equal(answer.status, 413);
  assert.equal(JSON.parse(answer.body).bytesMax, 1_048_576);
  await isWell(server.url);
});

Deno.test("a chunked body is refused at its limit, though it never says its length and never ends", async () => {
  await using server = serveRoom();
  const head = ["POST /api/v1/bytes HTTP/1.1", hostOf(server.url), "Transfer-Encoding: chunked", "", ""].join(
    "\r\n",
  );
  const connection = await sendRaw(server.url, head);
  const answer = readText(connection, isWholeAnswer);
  const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
  for (let n = 0; n < 17; n++) await writeAll(connection, chunk);
  assert.equal(parseAnswer(await answer).status, 413);
  await isWell(server.url);
});

Deno.test("a chunked body one byte too large is 413, and at the limit it is read", async () => {
  await using server = serveRoom();
  const ask = (path: string, bytes: number) => {
    const body = new Blob([new Uint8Array(bytes)]).stream();
    return fetch(`${server.url}${path}`, { method: "POST", body });
  };
  const statusOf = async (path: string, bytes: number) => {
    const response = await ask(path, bytes);
    await response.body?.cancel();
    return response.status;
  };
  assert.deepEqual(await (await ask("/api/v1/bytes", 1_048_576)).json(), { bytes: 1_048_576 });
  assert.equal(await statusOf("/api/v1/bytes", 1_048_577), 413);
  // A route may say another limit.
  assert.deepEqual(await (await ask("/api/v1/large", LARGE_BODY_BYTES)).json(), { bytes: LARGE_BODY_BYTES });
  assert.equal(await statusOf("/api/v1/large", LARGE_BODY_BYTES + 1), 413);
});

Deno.test("a body that does not come is given up", async () => {
  await using server = serveRoom();
  const answer = await askRaw(server.url, [
    ...["POST /api/v1/slow HTTP/1.1", hostOf(server.url), "Content-Length: 1000"],
  ], "{");
  assert.equal(answer.status, 408);
  await isWell(server.url);
});

Deno.test("500 connections that say half a request, and 500 that say nothing, keep nobody out", async () => {
  await using server = serveRoom();
  const idle = await Promise.all(
    Array.from(
      { length: 1_000 },
      (_, at) => sendRaw(server.url, at % 2 === 0 ? "" : "GET /api/v1/small HTTP/1.1\r\nHost:"),
    ),
  );
  try {
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(`${server.url}/api/v1/small`)));
    assert.deepEqual(
      await Promise.all(answers.map((answer) => answer.json())),
      answers.map(() => ({ ok: true })),
    );
  } finally {
    for (const connection of idle) connection.close();
  }
  await isWell(server.url);
});

Deno.test("500 requests that are held at once: as many as fit are in hand, the others are asked to come again", async () => {
  await using server = serveRoom();
  const held = Array.from({ length: 500 }, async () => {
    const response = await fetch(`${server.url}/api/v1/wait`);
    await response.body?.cancel();
    if (response.status === 503) assert.equal(response.headers.get("retry-after"), "1");
    return response.status;
  });
  let refused = 0;
  const enough = Promise.withResolvers<void>();
  for (const one of held) {
    one.then((status) => {
      if (status === 503 && ++refused === 500 - 256) enough.resolve();
    });
  }
  await enough.promise;
  server.release();
  const statuses = await Promise.all(held);
  assert.equal(statuses.filter((status) => status === 200).length, 256);
  await isWell(server.url);
});

Deno.test("paths lead to routes and to nothing else", async () => {
  await using server = serveRoom();
  const paths = [
    ...[
      "/../etc/passwd",
      "/docs/../../etc/passwd",
      "/docs/%2e%2e/%2e%2e/etc/passwd",
      "/docs/..%2f..%2fetc%2fpasswd",
    ],
    ...[
      "//etc/passwd",
      "/docs/swagger-ui.js%00.html",
      "/%",
      "/%ff%fe",
      "/__proto__",
      "/docs/constructor",
      "/assets/__proto__",
    ],
  ];
  for (const path of paths) {
    const { status, body } = await askRaw(server.url, [`GET ${path} HTTP/1.1`, hostOf(server.url)]);
    assert.equal(status, 404, `${path}: ${body}`);
    assert.doesNotMatch(body, /root:/);
  }
});

Deno.test("what is no HTTP gets an error or nothing, and a flood of headers is refused", async () => {
  await using server = serveRoom();
  const host = hostOf(server.url);
  const many = Array.from({ length: 1_000 }, (_, at) => `X-${at}: y`);
  const rows: [string, string[], RegExp][] = [
    ["many headers", ["GET /healthz HTTP/1.1", host, ...many], /^4(00|31)$/],
    ["a large header", ["GET /healthz HTTP/1.1", host, `X-Large: ${"x".repeat(20_000)}`], /^431$/],
    ["a huge header", ["GET /healthz HTTP/1.1", host, `X-Huge: ${"x".repeat(2_000_000)}`], /^(431|400|NaN)$/],
    ["a long address", [`GET /${"x".repeat(60_000)} HTTP/1.1`, host], /^414$/],
    ["no host", ["GET /healthz HTTP/1.1"], /^(400|421)$/],
    ["an empty host", ["GET /healthz HTTP/1.1", "Host:"], /^(400|421)$/],
    ["a host that is none", ["GET /healthz HTTP/1.1", "Host: <>?#@ /\\"], /^(400|421)$/],
    ["a whole address", ["GET http://evil.example/healthz HTTP/1.1", "Host: evil.example"], /^421$/],
    ["two lengths", ["POST /api/v1/bytes HTTP/1.1", host, "Content-Length: 1", "Content-Length: 2"], /^400$/],
    ["a length that is none", ["POST /api/v1/bytes HTTP/1.1", host, "Content-Length: -1"], /^400$/],
    [
      "a bad chunk",
      ["POST /api/v1/bytes HTTP/1.1", host, "Transfer-Encoding: chunked", "", "zz"],
      /^(400|NaN)$/,
    ],
    ["a method that is none", ["GE\u0001T /healthz HTTP/1.1", host], /^(400|NaN)$/],
    ["another protocol", ["\u0016\u0003\u0001\u0002"], /^(400|NaN)$/],
    ["TRACE", ["TRACE /healthz HTTP/1.1", host], /^405$/],
    ["CONNECT", ["CONNECT evil.example:80 HTTP/1.1", host], /^(400|404|405|421)$/],
  ];
  for (const [name, lines, status] of rows) {
    const answer = await askRaw(server.url, lines);
    assert.match(String(answer.status), status, `${name}: ${answer.status} ${answer.body.slice(0, 200)}`);
    assert.doesNotMatch(answer.body, /\.ts:\d/, name);
    await isWell(server.url);
  }
});

Deno.test("requests sent one behind the other on a connection are answered in order", async () => {
  await using server = serveRoom();
  const host = hostOf(server.url);
  const one = (path: string, ...more: string[]) =>
    [`GET ${path} HTTP/1.1`, host, ...more, "", ""].join("\r\n");
  const text = await readText(
    await sendRaw(server.url, one("/healthz") + one("/nothing") + one("/readyz", "Connection: close")),
  );
  assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ["HTTP/1.1 200", "HTTP/1.1 404", "HTTP/1.1 200"]);
  assert.equal(parseAnswer(text).status, 200);
});

/** The frame in a process of its own that may have few files open; its first line is where it listens. */
const POOR_PROCESS = `
  import { serveRoom } from "${import.meta.resolve("./rooms.ts")}";
  console.log(serveRoom().url);
  setInterval(() => {}, 60_000);`;

Deno.test("connections that leave no file to open do not end the process: it listens again when they go", async () => {
  const command = 'ulimit -n 160 && exec "$0" eval "$1"';
  const process = new Deno.Command("sh", {
    args: ["-c", command, Deno.execPath(), POOR_PROCESS],
    ...{ stdout: "piped", stderr: "inherit", env: { NO_COLOR: "1" } },
  }).spawn();
  const output = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    const url = (await output.read()).value!.trim();
    const idle: Deno.TcpConn[] = [];
    try {
      // In the end it refuses them.
      for (let n = 0; n < 1_000; n++) idle.push(await sendRaw(url, ""));
      assert.fail("it took every connection");
    } catch (error) {
      assert.ok(
        error instanceof Deno.errors.ConnectionRefused || error instanceof Deno.errors.ConnectionReset,
      );
    }
    for (const connection of idle) connection.close();
    await until(() => isWell(url).then(() => true, () => false));
  } finally {
    process.kill();
    await output.cancel();
    await process.status;
  }
});

Deno.test("logins whose bodies do not come keep nobody out who is in", async () => {
  await using server = serveRoom({ access: WITH_TOKEN });
  const login = ["POST /login HTTP/1.1", hostOf(server.url), "Content-Length: 100", "", ""].join("\r\n");
  const slow = await Promise.all(Array.from({ length: 300 }, () => sendRaw(server.url, login)));
  const answers = slow.map((connection) => readText(connection, isWholeAnswer).then(parseAnswer));
  const headers = { authorization: `Bearer ${TOKEN}` };
  assert.deepEqual(await (await fetch(`${server.url}/api/v1/small`, { headers })).json(), { ok: true });
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  assert.deepEqual([...new Set(statuses)].sort(), [408, 503]);
  assert.equal(statuses.filter((status) => status === 408).length, 16);
});

Deno.test("an address in Host that is none is refused, and fills no log", async () => {
  const warnings: string[] = [];
  const log = { warn: (message: string) => void warnings.push(message) };
  const { app } = roomApp({ access: { ...WITH_TOKEN, beyond: true }, log });
  await using server = serveHttp(app, "127.0.0.1:0");
  const port = portOf(server.url);
  for (const host of ["999.999.999.999", "[::::1]", "[1.2.3.4:5]", "256.1.1.1", "[fe80::1%25eth0]", "%31"]) {
    const { status } = await askRaw(server.url, [
      "GET / HTTP/1.1",
      `Host: ${host}:${port}`,
      "Accept: text/html",
    ]);
    assert.match(String(status), /^4(00|21)$/, host);
  }
  assert.deepEqual(warnings, []);
});
