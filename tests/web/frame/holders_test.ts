/** Tokens with names, limits by who sends, and requests that wait aside. */
import assert from "node:assert/strict";
import type { Context } from "hono";
import { waitAside } from "../../../src/web/frame/answer.ts";
import { readAccess, readOwnToken } from "../../../src/web/frame/access.ts";
import { holderOf } from "../../../src/web/frame/gate.ts";
import { COUNTED_KEYS_MAX, IN_FLIGHT_MAX } from "../../../src/web/frame/limits.ts";
import { RateLimit } from "../../../src/web/frame/rate_limit.ts";
import { withFolder } from "../../support/folder.ts";
import { testApp } from "../../support/web_app.ts";

const SOUTH = "south-1234567890123", NORTH = "north-1234567890123", NAMELESS = "operator-12345678901";

/** What a file of tokens says, and what it is warned of. */
function readTokens(text: string, mode = 0o600) {
  return withFolder(async (folder) => {
    const tokenFile = `${folder}/tokens`, warned: string[] = [];
    await Deno.writeTextFile(tokenFile, text);
    await Deno.chmod(tokenFile, mode);
    const log = { warn: (said: string) => warned.push(said), info: () => {} };
    const settings = { listen: "127.0.0.1:0", flag: "--listen", tokenFile, hasNames: true };
    return { access: await readAccess(settings, log), own: await readOwnToken(tokenFile, log), warned };
  });
}

Deno.test("a line per holder is read, and the first line's token is what a client sends", async () => {
  const text = `# who\r\n\nsouth ${SOUTH}\r\nnorth\t${NORTH}\nnorth ${NORTH}-new\n${NAMELESS}\n`;
  await assert.rejects(readTokens(text), /the first line of .*tokens is no token/);
  const { access, own, warned } = await readTokens(text.replace("# who\r\n\n", ""), 0o644);
  assert.equal(access.token, NAMELESS);
  assert.deepEqual([...access.named!], [[SOUTH, "south"], [NORTH, "north"], [`${NORTH}-new`, "north"]]);
  assert.equal(own, SOUTH);
  assert.ok(warned.every((said) => /others on this machine can read the token/.test(said)));
  assert.equal(warned.length, 2);
});

for (
  const [name, text, found] of [
    ["an empty file", "", /tokens is no token/],
    ["a short token", "south short", /line 1 of .*tokens is no token/],
    ["three words", `south ${SOUTH} more`, /line 1 of .*tokens is no token/],
    ["a token that two share", `south ${SOUTH}\nnorth ${SOUTH}`, /line 2 of .*tokens repeats a token/],
    ["two without a name", `${SOUTH}\n${NORTH}`, /line 2 of .*tokens repeats a token/],
  ] as const
) {
  Deno.test(`a file of tokens is refused: ${name}`, () => assert.rejects(readTokens(text), found));
}

Deno.test("each token lets its holder in under its name, a wrong one nobody", async () => {
  const named = new Map([[SOUTH, "south"], [NORTH, "north"]]);
  const app = testApp({ access: { token: NAMELESS, named, beyond: false, names: [] } });
  app.get("/who", (c) => c.json({ holder: holderOf(c) }));
  const ask = async (token: string | null) => {
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    const response = await app.request("http://localhost/who", { headers });
    return response.ok ? (await response.json()).holder : response.status;
  };
  assert.equal(await ask(SOUTH), "south");
  assert.equal(await ask(NORTH), "north");
  assert.equal(await ask(NAMELESS), null);
  assert.equal(await ask(`${SOUTH}x`), 401);
  assert.equal(await ask("south"), 401);
  assert.equal(await ask(null), 401);
});

Deno.test("names alone shut the door, too", async () => {
  const app = testApp({
    access: { token: null, named: new Map([[SOUTH, "south"]]), beyond: false, names: [] },
  });
  assert.equal((await app.request("http://localhost/metrics")).status, 401);
  const headers = { authorization: `Bearer ${SOUTH}` };
  assert.equal((await app.request("http://localhost/metrics", { headers })).status, 200);
});

Deno.test("a rate is a minute's requests at once, then evenly; each key has its own", () => {
  const limit = new RateLimit(60);
  for (let i = 0; i < 60; i++) assert.equal(limit.take("a", 1_000), 0);
  assert.equal(limit.take("a", 1_000), 1);
  assert.equal(limit.take("b", 1_000), 0);
  assert.equal(limit.take("a", 1_999), 1);
  assert.equal(limit.take("a", 2_000), 0);
  assert.equal(limit.take("a", 2_000), 1);
  // Silence is worth one minute at most.
  for (let i = 0; i < 60; i++) assert.equal(limit.take("a", 10_000_000), 0);
  assert.equal(limit.take("a", 10_000_000), 1);
  const slow = new RateLimit(1);
  slow.take("a", 0);
  assert.equal(slow.take("a", 0), 60);
});

Deno.test("of more keys than are counted the longest untouched is forgotten", () => {
  const limit = new RateLimit(1);
  for (let i = 0; i < COUNTED_KEYS_MAX; i++) limit.take(`k${i}`, 0);
  assert.ok(limit.take("k0", 0) > 0); // touches it
  limit.take("new", 0);
  assert.ok(limit.take("k0", 0) > 0);
  assert.equal(limit.take("k1", 0), 0);
});

Deno.test("requests that wait aside take no place from those that are answered", async () => {
  const app = testApp(), released = Promise.withResolvers<void>();
  const [entered, all] = [new Set<Context>(), Promise.withResolvers<void>()];
  app.get("/wait", async (c) => {
    await waitAside(c, () => {
      entered.add(c);
      if (entered.size === IN_FLIGHT_MAX + 10) all.resolve();
      return released.promise;
    });
    return c.json({});
  });
  app.get("/quick", (c) => c.json({}));
  const waiting = Array.from({ length: IN_FLIGHT_MAX + 10 }, () => app.request("http://localhost/wait"));
  await all.promise;
  assert.equal((await app.request("http://localhost/quick")).status, 200);
  released.resolve();
  for (const response of await Promise.all(waiting)) assert.equal(response.status, 200);
  assert.equal((await app.request("http://localhost/quick")).status, 200);
});
