/** Everything that goes wrong is a problem with the id of its request: one table for all of it. */
import assert from "node:assert/strict";
import { roomApp } from "./rooms.ts";

interface Row {
  readonly name: string;
  readonly path: string;
  readonly init?: RequestInit;
  readonly status: number;
  readonly detail: RegExp;
  readonly headers?: Readonly<Record<string, string>>;
}

const json = (body: string, type = "application/json"): RequestInit => ({
  method: "POST",
  body,
  headers: { "content-type": type },
});

const GOOD = JSON.stringify({ values: [1], "a/b": "" });

const ROWS: readonly Row[] = [
  { name: "no such path", path: "/nothing%1b", status: 404, detail: /nothing at \/nothing/ },
  {
    name: "another method",
    path: "/api/v1/echo/x",
    init: { method: "DELETE" },
    status: 405,
    detail: /does not answer to DELETE/,
    headers: { allow: "POST, OPTIONS" },
  },
  {
    name: "another method where there are two",
    path: "/api/v1/large",
    init: { method: "PUT" },
    status: 405,
    detail: /PUT/,
    headers: { allow: "GET, HEAD, POST, OPTIONS" },
  },
  {
    name: "no method of HTTP",
    path: "/healthz",
    init: { method: "BREW" },
    status: 405,
    detail: /BREW/,
    headers: { allow: "GET, HEAD, OPTIONS" },
  },
  { name: "no JSON", path: "/api/v1/echo/x", init: json("{"), status: 400, detail: /Malformed JSON/ },
  {
    name: "another type",
    path: "/api/v1/echo/x",
    init: json(GOOD, "text/plain"),
    status: 415,
    detail: /content type/,
  },
  {
    name: "a body that does not fit",
    path: "/api/v1/echo/x",
    init: json('{"values":[1,"two"],"a/b":3}'),
    status: 422,
    detail: /#\/values\/1: .*; #\/a~1b: /,
  },
  {
    name: "a parameter of the query",
    path: "/api/v1/echo/x?times=9",
    init: json(GOOD),
    status: 422,
    detail: /^times: /,
  },
  {
    name: "a part of the path",
    path: "/api/v1/echo/longer-than-8",
    init: json(GOOD),
    status: 422,
    detail: /^name: /,
  },
  {
    name: "a body that is too large by its length",
    path: "/api/v1/bytes",
    init: { method: "POST", body: new Uint8Array(1_048_577) },
    status: 413,
    detail: /larger than 1048576 bytes/,
  },
  { name: "an address that is too long", path: `/${"x".repeat(9_000)}`, status: 414, detail: /8192 letters/ },
  {
    name: "too many headers",
    path: "/healthz",
    init: { headers: { "x-much": "x".repeat(17_000) } },
    status: 431,
    detail: /16384 letters/,
  },
  {
    name: "what is away",
    path: "/api/v1/busy",
    status: 503,
    // Text of others cannot steer a terminal.
    detail: /^the \\u\{1b\}\[31mcluster is away$/,
    headers: { "retry-after": "7" },
  },
  {
    name: "a failure of ours",
    path: "/api/v1/broken",
    status: 500,
    detail: /^the server failed; its log has the reason/,
  },
];

for (const { name, path, init, status, detail, headers = {} } of ROWS) {
  Deno.test(`problem: ${name} is ${status}`, async () => {
    const { app } = roomApp({ log: { warn: () => {} } });
    const response = await app.request(path, init);
    const problem = await response.json();
    assert.equal(response.status, status);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    assert.equal(problem.status, status);
    assert.match(problem.detail, detail);
    assert.equal(problem.type, "about:blank");
    assert.equal(problem.requestId, response.headers.get("x-request-id"));
    assert.match(problem.requestId, /^[\w-]{36}$/);
    for (const [header, value] of Object.entries(headers)) assert.equal(response.headers.get(header), value);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    assert.equal(response.headers.get("cache-control"), "no-store");
  });
}

Deno.test("a validation's failures each have a pointer, and a long list is cut", async () => {
  const { app } = roomApp();
  const ask = async (body: object) =>
    await (await app.request("/api/v1/echo/x", json(JSON.stringify(body)))).json();
  const few = await ask({ values: ["x"] });
  assert.deepEqual(few.errors.map(({ pointer }: { pointer: string }) => pointer), ["#/values/0", "#/a~1b"]);
  const many = await ask({ values: Array.from({ length: 50 }, () => "x"), "a/b": "" });
  assert.equal(many.errors.length, 20);
  assert.equal(many.errorsLeftOut, 30);
});

Deno.test("the stack of a failure of ours goes to the log and not to the client", async () => {
  const warnings: string[] = [];
  const { app } = roomApp({ log: { warn: (message) => warnings.push(message) } });
  const response = await app.request("/api/v1/broken", { headers: { "x-request-id": "mine-1" } });
  const text = await response.text();
  assert.doesNotMatch(text, /secret|rooms\.ts/);
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0]!,
    /GET \/api\/v1\/broken failed \(request mine-1\): Error: secret of the house\n.*rooms\.ts/,
  );
});

Deno.test("a request's own id is kept where it is harmless", async () => {
  const { app } = roomApp();
  const idOf = async (id: string) =>
    (await app.request("/healthz", { headers: { "x-request-id": id } })).headers.get("x-request-id");
  assert.equal(await idOf("abc-1"), "abc-1");
  assert.notEqual(await idOf("<script>"), "<script>");
  assert.notEqual(await idOf("x".repeat(300)), "x".repeat(300));
});

Deno.test("HEAD answers as GET does without a body, OPTIONS says the methods, and nobody else's page may read", async () => {
  const { app, left } = roomApp();
  const head = await app.request("/api/v1/small", { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(head.headers.get("content-type"), "application/json");
  assert.equal(await head.text(), "");
  const options = await app.request("/api/v1/small", { method: "OPTIONS" });
  assert.equal(options.status, 204);
  assert.equal(options.headers.get("allow"), "GET, HEAD, OPTIONS");
  assert.equal(options.headers.get("access-control-allow-origin"), null);
  // A stream that nobody reads is ended.
  await app.request("/api/v1/stream", { method: "HEAD" });
  await left;
});

Deno.test("/readyz says what is amiss, /healthz that the process answers", async () => {
  let trouble: string | null = "the cluster is away";
  const { app } = roomApp({ trouble: () => trouble });
  const amiss = await app.request("/readyz");
  assert.deepEqual([amiss.status, (await amiss.json()).detail], [503, "the cluster is away"]);
  assert.equal((await app.request("/healthz")).status, 200);
  trouble = null;
  assert.deepEqual(await (await app.request("/readyz")).json(), { status: "ready" });
});
