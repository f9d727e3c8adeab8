/** Live streams: who gets what, and what a client costs that does not take it. */
import assert from "node:assert/strict";
import type { LiveSource } from "../../../../src/web/frame/live/channel.ts";
import {
  CHANNELS_MAX,
  IDLE_MS_MAX,
  KEPT_MAX,
  PING_MS,
  QUEUE_BYTES_MAX,
  STALL_MS_MAX,
  STREAMS_MAX,
} from "../../../../src/web/frame/live/limits.ts";
import { eventsOf, nextOf } from "../../../support/event_stream.ts";
import { setUp } from "./counter.ts";

Deno.test("whoever comes gets the whole, then what changes; all get the same", async () => {
  const { hub, ask } = setUp();
  const first = eventsOf(await ask());
  const whole = await nextOf(first);
  assert.deepEqual([whole.event, whole.data], ["snapshot", { all: 1 }]);
  hub.refresh();
  const second = eventsOf(await ask());
  // The second one gets the snapshot that was made a moment ago, and what came after it.
  assert.deepEqual(await nextOf(second), whole);
  const delta = await nextOf(first);
  assert.deepEqual([delta.event, delta.data.n], ["delta", 2]);
  assert.deepEqual(await nextOf(second), delta);
  hub.refresh();
  assert.deepEqual(await nextOf(first), await nextOf(second));
  await hub.close("that is all");
  for (const events of [first, second]) {
    const bye = await nextOf(events);
    assert.deepEqual([bye.event, bye.data], ["bye", { reason: "that is all" }]);
    assert.equal((await events.next()).done, true);
  }
  assert.equal(hub.streams, 0);
});

Deno.test("one snapshot is made for many newcomers, and a new one when it is old", async () => {
  const { source, hub, ask, pass } = setUp();
  const events = await Promise.all(Array.from({ length: 50 }, async () => eventsOf(await ask())));
  assert.equal(source.wholes, 1);
  pass(60_000);
  events.push(eventsOf(await ask()));
  assert.equal(source.wholes, 2);
  assert.deepEqual((await nextOf(events.at(-1)!)).data, { all: 2 });
  for (const one of events) await one.return(undefined);
  await hub.close("");
});

Deno.test("a client that comes again gets exactly what it missed", async () => {
  const { hub, ask } = setUp();
  const before = eventsOf(await ask());
  await nextOf(before);
  hub.refresh();
  const { id } = await nextOf(before);
  await before.return(undefined);
  const others = eventsOf(await ask());
  await nextOf(others);
  for (let round = 0; round < 5; round++) hub.refresh();
  const after = eventsOf(await ask({ "last-event-id": id }));
  const missed = await Promise.all(Array.from({ length: 5 }, () => nextOf(after)));
  assert.deepEqual(
    missed.map(({ event, data }) => [event, data.n]),
    [3, 4, 5, 6, 7].map((n) => ["delta", n]),
  );
  hub.refresh();
  assert.equal((await nextOf(after)).data.n, 8);
  await others.return(undefined);
  await after.return(undefined);
  await hub.close("");
});

Deno.test("what is not known any more is answered by the whole", async () => {
  const { source, hub, ask } = setUp();
  const first = eventsOf(await ask());
  const { id } = await nextOf(first);
  const expectWhole = async (lastEventId: string) => {
    const events = eventsOf(await ask({ "last-event-id": lastEventId }));
    const { event, data } = await nextOf(events);
    assert.deepEqual([lastEventId, event, "all" in data], [lastEventId, "snapshot", true]);
    await events.return(undefined);
  };
  for (const other of ["", "bye", "another-1", `${id}5`, `${id}.5`, `${id.split("-")[0]}-`]) {
    await expectWhole(other);
  }
  for (let round = 0; round <= KEPT_MAX; round++) hub.refresh();
  await expectWhole(id);
  // A change of everything is the whole for all, and what came before it is of no use.
  const { id: late } = await nextOf(first);
  source.change();
  hub.refresh();
  await expectWhole(late);
  let event = await nextOf(first);
  while (event.event === "delta") event = await nextOf(first);
  assert.equal(event.event, "snapshot");
  await first.return(undefined);
  await hub.close("");
});

Deno.test("a client that takes too little is dropped with the reason, and nobody waits for it", async () => {
  const { source, hub, ask } = setUp();
  source.padding = "x".repeat(100_000);
  const slow = await ask();
  const quick = eventsOf(await ask());
  await nextOf(quick);
  const rounds = Math.ceil(QUEUE_BYTES_MAX / 100_000) + 5;
  for (let round = 0; round < rounds; round++) {
    hub.refresh();
    await nextOf(quick);
  }
  // What waited for it is gone, and its place is free; its connection is still there.
  assert.equal(hub.streams, 1);
  const events = await Array.fromAsync(eventsOf(slow));
  assert.deepEqual(events.map(({ event }) => event), ["bye"]);
  assert.match(events[0]!.data.reason, /^too slow/);
  await quick.return(undefined);
  assert.equal(hub.streams, 0);
});

Deno.test("a client that takes nothing at all is dropped after a while", async () => {
  const { hub, ask, pass } = setUp();
  const never = await ask();
  hub.refresh();
  pass(STALL_MS_MAX);
  hub.refresh();
  const events = await Array.fromAsync(eventsOf(never));
  assert.match(events.at(-1)!.data.reason, /nothing was taken/);
});

Deno.test("clients that take nothing keep others out for as long as they are waited for, and the end not at all", async () => {
  const { hub, ask, pass } = setUp();
  const held = await Promise.all(Array.from({ length: STREAMS_MAX }, () => ask()));
  assert.equal((await ask()).status, 503);
  pass(STALL_MS_MAX);
  hub.refresh();
  assert.equal(hub.streams, 0);
  const events = eventsOf(await ask());
  await nextOf(events);
  const rest = Array.fromAsync(events);
  await hub.close("that is all");
  assert.equal((await rest).at(-1)!.data.reason, "that is all");
  await Promise.all(held.map((response) => response.body!.cancel()));
});

Deno.test("a silent stream is kept alive by comments", async () => {
  const { hub, app, pass } = setUp();
  const silent: LiveSource = { update: () => null, snapshot: () => "{}" };
  app.get("/silent", (c) => hub.answer(c, { key: "silent", open: () => silent }));
  const reader = (await app.request("/silent")).body!.pipeThrough(new TextDecoderStream()).getReader();
  const read = async () => (await reader.read()).value;
  assert.equal(await read(), "retry: 2000\n\n");
  assert.match((await read())!, /^id: \w+-0\nevent: snapshot\ndata: {}\n\n$/);
  const next = read();
  pass(PING_MS);
  hub.refresh();
  assert.equal(await next, ": ping\n\n");
  await reader.cancel();
  assert.equal(hub.streams, 0);
});

Deno.test("streams and choices have a limit, and whoever is refused is asked to come again", async () => {
  const { hub, ask } = setUp();
  const expectRefused = async (response: Response, detail: RegExp) => {
    assert.equal(response.status, 503);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    assert.ok(Number(response.headers.get("retry-after")) > 0);
    assert.match((await response.json()).detail, detail);
  };
  const open: Response[] = [];
  for (let at = 0; at < CHANNELS_MAX; at++) open.push(await ask({}, String(at)));
  await expectRefused(await ask({}, "one more"), /different choices/);
  while (open.length < STREAMS_MAX) open.push(await ask({}, "0"));
  await expectRefused(await ask({}, "0"), /streams are open already/);
  // A choice that nobody looks at any more makes room for another one.
  await open[1]!.body!.cancel();
  open[1] = await ask({}, "one more");
  assert.equal(open[1]!.status, 200);
  for (const response of open) await response.body!.cancel();
  assert.equal(hub.streams, 0);
  await hub.close("");
  await expectRefused(await ask(), /stopping/);
});

Deno.test("half a request for a WebSocket is the client's fault, and takes no place", async () => {
  const { hub, ask } = setUp();
  for (const headers of [{}, { connection: "upgrade" }]) {
    const response = await ask({ upgrade: "websocket", ...headers });
    assert.equal(response.status, 400);
    assert.match((await response.json()).detail, /^no WebSocket comes of this request: Invalid Header/);
  }
  assert.equal(hub.streams, 0);
});

Deno.test("a choice is remembered for a while, then it is read anew", async () => {
  const { hub, ask, pass } = setUp();
  const first = eventsOf(await ask());
  const { id } = await nextOf(first);
  await first.return(undefined);
  pass(IDLE_MS_MAX);
  hub.refresh();
  const again = eventsOf(await ask({ "last-event-id": id }));
  hub.refresh();
  assert.equal((await nextOf(again)).event, "delta");
  await again.return(undefined);
  pass(IDLE_MS_MAX + 1);
  hub.refresh();
  const late = eventsOf(await ask({ "last-event-id": id }));
  assert.equal((await nextOf(late)).event, "snapshot");
  await late.return(undefined);
});
