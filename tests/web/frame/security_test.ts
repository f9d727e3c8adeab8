/** Who comes in: the token, the login, hosts and origins; and what keeps a page to itself. */
import assert from "node:assert/strict";
import { serveHttp } from "../../../src/web/frame/serve.ts";
import { askRaw, portOf } from "../../support/raw_http.ts";
import { roomApp, serveRoom, TOKEN, WITH_TOKEN } from "./rooms.ts";

const bearer = { authorization: `Bearer ${TOKEN}` };
const form = (body: Record<string, string>, headers: HeadersInit = {}): RequestInit => ({
  method: "POST",
  body: new URLSearchParams(body),
  headers,
  redirect: "manual",
});

async function statusOf(answer: Response | Promise<Response>): Promise<number> {
  const response = await answer;
  await response.body?.cancel();
  return response.status;
}

Deno.test("with a token everything needs it but health and the login", async () => {
  const { app } = roomApp({ access: WITH_TOKEN });
  const paths = [
    "/metrics",
    "/openapi.json",
    "/docs",
    "/docs/start.js",
    "/api/v1/small",
    "/nothing",
    "/healthz/",
    "/login/",
  ];
  for (const path of paths) {
    const refused = await app.request(path);
    assert.equal(refused.status, 401, path);
    assert.equal(refused.headers.get("www-authenticate"), 'Bearer realm="streamflow"');
    assert.match((await refused.json()).detail, /Authorization: Bearer TOKEN/);
    assert.notEqual(await statusOf(app.request(path, { headers: bearer })), 401, path);
  }
  for (const path of ["/healthz", "/readyz", "/login", "/login.css", "/favicon.svg"]) {
    assert.equal(await statusOf(app.request(path)), 200, path);
  }
});

Deno.test("without the token /readyz does not say what is amiss", async () => {
  const { app } = roomApp({ access: WITH_TOKEN, trouble: () => "topic secret is away" });
  const stranger = await app.request("/readyz");
  assert.equal(stranger.status, 503);
  assert.doesNotMatch(await stranger.text(), /secret/);
  assert.match(await (await app.request("/readyz", { headers: bearer })).text(), /topic secret is away/);
});

Deno.test("a wrong token is refused, however it is sent", async () => {
  const { app } = roomApp({ access: WITH_TOKEN });
  const given = [
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    "Bearer",
    `Basic ${btoa(`x:${TOKEN}`)}`,
    TOKEN,
  ];
  for (const authorization of given) {
    assert.equal(await statusOf(app.request("/metrics", { headers: { authorization } })), 401, authorization);
  }
  assert.equal(await statusOf(app.request(`/metrics?token=${TOKEN}`)), 401);
});

Deno.test("a person is sent to the login and comes back to the page, with a cookie that is not the token", async () => {
  const { app } = roomApp({ access: WITH_TOKEN });
  const sent = await app.request("/api/v1/small?a=1&b=2", { headers: { accept: "text/html,*/*" } });
  assert.equal(sent.status, 303);
  const login = sent.headers.get("location")!;
  assert.equal(login, "/login?next=%2Fapi%2Fv1%2Fsmall%3Fa%3D1%26b%3D2");
  assert.match(await (await app.request(login)).text(), /<form method="post">/);
  const wrong = await app.request(login, form({ token: "not the token at all" }));
  assert.equal(wrong.status, 401);
  assert.equal(wrong.headers.get("set-cookie"), null);
  assert.match(await wrong.text(), /role="alert">This is not the token/);
  const right = await app.request(login, form({ token: TOKEN }));
  assert.equal(right.status, 303);
  assert.equal(right.headers.get("location"), "/api/v1/small?a=1&b=2");
  const cookie = right.headers.get("set-cookie")!;
  assert.match(cookie, /^streamflow_session_0=[\w.-]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.ok(!cookie.includes(TOKEN));
  const session = { cookie: cookie.split(";")[0]! };
  assert.equal(await statusOf(app.request("/metrics", { headers: session })), 200);
  assert.equal(await statusOf(app.request("/metrics", { headers: { cookie: `${session.cookie}x` } })), 401);
  // Ended for good, not only forgotten by the browser.
  const out = await app.request("/logout", { method: "POST", headers: session });
  assert.deepEqual([out.status, out.headers.get("location")], [303, "/login"]);
  assert.match(out.headers.get("set-cookie")!, /Max-Age=0/);
  assert.equal(await statusOf(app.request("/metrics", { headers: session })), 401);
});

Deno.test("after the login nobody is led to another site", async () => {
  const { app } = roomApp({ access: WITH_TOKEN });
  const nexts = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "/login",
    "javascript:alert(1)",
    "/.//evil.example",
  ];
  for (const next of nexts) {
    const answer = await app.request(`/login?next=${encodeURIComponent(next)}`, form({ token: TOKEN }));
    assert.equal(answer.headers.get("location"), "/", next);
  }
});

Deno.test("a login holds over a restart, not over another token, and ends by itself", async () => {
  let nowMs = 1_000_000;
  const login = await roomApp({ access: WITH_TOKEN, nowMs: () => nowMs }).app.request(
    "/login",
    form({ token: TOKEN }),
  );
  const headers = { cookie: login.headers.get("set-cookie")!.split(";")[0]! };
  const ask = (token: string) =>
    statusOf(
      roomApp({ access: { ...WITH_TOKEN, token }, nowMs: () => nowMs }).app.request("/metrics", { headers }),
    );
  assert.equal(await ask(TOKEN), 200);
  assert.equal(await ask(`${TOKEN}2`), 401);
  nowMs += 7 * 86_400_000 - 2_000;
  assert.equal(await ask(TOKEN), 200);
  nowMs += 3_000;
  assert.equal(await ask(TOKEN), 401);
});

Deno.test("the eleventh wrong token of a minute waits, from that address alone; sessions go on", async () => {
  let nowMs = 0;
  const { app } = roomApp({ access: WITH_TOKEN, nowMs: () => nowMs });
  const from = (hostname: string) => ({ remoteAddr: { transport: "tcp", hostname, port: 1 } });
  const login = await app.request("/login", form({ token: TOKEN }), from("192.0.2.1"));
  const session = { cookie: login.headers.get("set-cookie")!.split(";")[0]! };
  for (let n = 0; n < 10; n++) {
    assert.equal(
      await statusOf(app.request("/login", form({ token: `wrong ${n}` }), from("192.0.2.1"))),
      401,
    );
    nowMs += 1_000;
  }
  const refused = await app.request("/login", form({ token: TOKEN }), from("192.0.2.1"));
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("retry-after"), "50");
  assert.equal((await refused.json()).retryAfterSeconds, 50);
  // The header is counted with the form.
  assert.equal(await statusOf(app.request("/metrics", { headers: bearer }, from("192.0.2.1"))), 429);
  assert.equal(await statusOf(app.request("/metrics", { headers: session }, from("192.0.2.1"))), 200);
  assert.equal(await statusOf(app.request("/metrics", { headers: bearer }, from("192.0.2.2"))), 200);
  nowMs += 50_000;
  assert.equal(await statusOf(app.request("/metrics", { headers: bearer }, from("192.0.2.1"))), 200);
});

Deno.test("another name in Host is refused: pages whose name was rebound to this machine read nothing", async () => {
  await using server = serveRoom();
  const port = portOf(server.url);
  const ask = async (...lines: string[]) =>
    (await askRaw(server.url, ["GET /api/v1/small HTTP/1.1", ...lines])).status;
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`]) {
    assert.equal(await ask(`Host: ${host}`), 200, host);
  }
  const wrong = [
    "evil.example",
    `evil.example:${port}`,
    "127.0.0.1",
    `127.0.0.1:${port + 1}`,
    `192.168.0.7:${port}`,
    `127.0.0.1.evil.example:${port}`,
    `localhost@evil:${port}`,
  ];
  for (const host of wrong) assert.notEqual(await ask(`Host: ${host}`), 200, host);
  const { status, body } = await askRaw(server.url, ["GET /healthz HTTP/1.1", "Host: evil.example"]);
  assert.equal(status, 421);
  assert.equal(JSON.parse(body).title, "Misdirected Request");
});

Deno.test("beyond this machine it goes by its addresses and the names that were allowed", async () => {
  const { app } = roomApp({ access: { token: TOKEN, beyond: true, names: ["dash.example"] } });
  await using server = serveHttp(app, "127.0.0.1:0");
  const port = portOf(server.url);
  const ask = async (host: string) =>
    (await askRaw(server.url, ["GET /healthz HTTP/1.1", `Host: ${host}`])).status;
  for (const host of ["dash.example", "Dash.Example:443", `10.1.2.3:${port}`, `[fe80::1]:${port}`]) {
    assert.equal(await ask(host), 200, host);
  }
  for (const host of [`other.example:${port}`, "10.1.2.3:1"]) assert.equal(await ask(host), 421, host);
});

Deno.test("requests from another origin's page are refused: forms, streams and sockets", async () => {
  await using server = serveRoom({ access: WITH_TOKEN });
  const host = new URL(server.url).host;
  const ask = async (origin: string, ...lines: string[]) =>
    (await askRaw(server.url, [
      ...lines,
      `Host: ${host}`,
      `Origin: ${origin}`,
      `Authorization: Bearer ${TOKEN}`,
    ])).status;
  const upgrade = [
    "GET /api/v1/socket HTTP/1.1",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ];
  for (
    const origin of [
      "http://evil.example",
      "null",
      `http://evil.example/${host}`,
      `http://${host}.evil.example`,
      `http://localhost:${portOf(server.url)}`,
    ]
  ) {
    assert.equal(await ask(origin, "POST /logout HTTP/1.1", "Content-Length: 0"), 403, origin);
    assert.equal(await ask(origin, ...upgrade), 403, origin);
    assert.equal(await ask(origin, "GET /api/v1/stream HTTP/1.1"), 403, origin);
  }
  assert.equal(await ask(`http://${host}`, "POST /logout HTTP/1.1", "Content-Length: 0"), 303);
});

Deno.test("pictures, scripts and streams in another site's page are refused, links to the pages are not", async () => {
  const { app } = roomApp();
  const ask = (site: string, mode: string, dest: string) =>
    statusOf(app.request("/api/v1/small", {
      headers: { "sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest },
    }));
  for (const site of ["cross-site", "same-site"]) {
    assert.equal(await ask(site, "no-cors", "image"), 403, site);
    assert.equal(await ask(site, "no-cors", "script"), 403, site);
    assert.equal(await ask(site, "cors", "empty"), 403, site);
    assert.equal(await ask(site, "navigate", "iframe"), 403, site);
    assert.equal(await ask(site, "navigate", "document"), 200, site);
  }
  for (const site of ["same-origin", "none"]) assert.equal(await ask(site, "no-cors", "image"), 200, site);
});

Deno.test("behind a proxy with TLS the cookie goes over TLS alone", async () => {
  const { app } = roomApp({ access: WITH_TOKEN });
  const headers = { host: "dash.example", origin: "https://dash.example" };
  const answer = await app.request("https://dash.example/login", form({ token: TOKEN }, headers));
  assert.match(answer.headers.get("set-cookie")!, /; Secure; SameSite=Strict$/);
});

Deno.test("a WebSocket opens through the frame for the own page", async () => {
  await using server = serveRoom();
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/v1/socket`);
  const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  assert.equal((await closed).reason, "hello");
});

Deno.test("headers keep a page to itself, and plain HTTP promises no TLS", async () => {
  const { app } = roomApp();
  const { headers } = await app.request("/api/v1/small");
  const expected = {
    "content-security-policy":
      "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    "strict-transport-security": null,
    "access-control-allow-origin": null,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(headers.get(name), value, name);
  // The page of the documentation alone may set styles; no page may run inline scripts.
  const docs = (await app.request("/docs")).headers.get("content-security-policy")!;
  assert.match(docs, /style-src 'self' 'unsafe-inline'/);
  assert.doesNotMatch(docs, /script-src/);
});
