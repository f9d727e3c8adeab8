/** Live streams over sockets: many clients, those that never read, WebSockets. */
import assert from "node:assert/strict";
import { SOCKETS_MAX } from "../../../../src/web/frame/live/limits.ts";
import { serveHttp } from "../../../../src/web/frame/serve.ts";
import { eventsOf, nextOf } from "../../../support/event_stream.ts";
import { sendRaw } from "../../../support/raw_http.ts";
import { until } from "../../../support/until.ts";
import { setUp } from "./counter.ts";

Deno.test("500 clients get the same, a WebSocket the same JSON, and nothing is left of 10,000", async () => {
  const { source, hub, app } = setUp();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (r) => app.fetch(r));
  const address = `127.0.0.1:${server.addr.port}/live`;
  const clients = await Promise.all(
    Array.from({ length: 500 }, async () => eventsOf(await fetch(`http://${address}`))),
  );
  const socket = new WebSocket(`ws://${address}`);
  const messages: unknown[] = [];
  socket.onmessage = ({ data }) => messages.push(JSON.parse(data));
  const wholes = await Promise.all(clients.map(nextOf));
  await until(() => messages.length === 1);
  hub.refresh();
  const deltas = await Promise.all(clients.map(nextOf));
  source.change();
  hub.refresh();
  hub.refresh();
  const rest = await Promise.all(clients.map((one) => Promise.all([nextOf(one), nextOf(one)])));
  await until(() => messages.length === 4);
  for (const [at, whole] of wholes.entries()) assert.deepEqual([whole, deltas[at], ...rest[at]!], messages);
  assert.equal(hub.streams, 501);
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  await Promise.all(clients.map((one) => one.return(undefined)));
  await until(() => hub.streams === 0);

  for (let round = 0; round < 100; round++) {
    const answers = await Promise.all(Array.from({ length: 100 }, () => fetch(`http://${address}`)));
    if (round % 20 === 0) hub.refresh();
    await Promise.all(answers.map((answer) => answer.body!.cancel()));
  }
  await until(() => hub.streams === 0);
});

Deno.test("a client that never reads costs a bounded queue, and the server ends without it", async () => {
  const { source, hub, app } = setUp();
  source.padding = "x".repeat(100_000);
  const server = serveHttp(app, "127.0.0.1:0");
  const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  const connections: Deno.TcpConn[] = [];
  for (const headers of ["", upgrade]) {
    connections.push(await sendRaw(server.url, `GET /live HTTP/1.1\r\nHost: x\r\n${headers}\r\n`));
  }
  await until(() => hub.streams === 2);
  // As soon as both were dropped nobody listens any more: then the source is not asked.
  for (let asked = -1; asked !== source.n;) {
    asked = source.n;
    hub.refresh();
    await new Promise((resolve) => setTimeout(resolve));
  }
  assert.equal(hub.streams, 0);
  await hub.close("");
  await server[Symbol.asyncDispose]();
  for (const connection of connections) connection.close();
});

Deno.test("WebSockets have places of their own, and one that ends makes room", async () => {
  const { hub, app } = setUp();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (r) => app.fetch(r));
  const address = `127.0.0.1:${server.addr.port}/live`;
  const open = () => {
    const socket = new WebSocket(`ws://${address}`);
    return new Promise<WebSocket | null>((resolve) => {
      socket.onmessage = () => resolve(socket);
      socket.onerror = () => resolve(null);
    });
  };
  const sockets: (WebSocket | null)[] = await Promise.all(Array.from({ length: SOCKETS_MAX }, open));
  assert.ok(!sockets.includes(null));
  assert.equal(await open(), null);
  const page = eventsOf(await fetch(`http://${address}`));
  await nextOf(page);
  await page.return(undefined);
  sockets[0]!.close();
  await until(async () => (sockets[0] = await open()) !== null);
  await hub.close("");
  await until(() => sockets.every((socket) => socket!.readyState === WebSocket.CLOSED));
});
