/** The description of all routes, and the page that draws it. */
import assert from "node:assert/strict";
import { browserTest } from "../browser/browser.ts";
import { roomApp, serveRoom, TOKEN, WITH_TOKEN } from "./rooms.ts";

Deno.test("/openapi.json describes the routes of every room, and each may answer with a problem", async () => {
  const { app } = roomApp();
  const response = await app.request("/openapi.json");
  const text = await response.text();
  const document = JSON.parse(text);
  assert.equal(document.openapi, "3.1.0");
  assert.deepEqual(Object.keys(document.paths), ["/healthz", "/readyz", "/metrics", "/api/v1/echo/{name}"]);
  for (const path of Object.values<Record<string, { responses: Record<string, unknown> }>>(document.paths)) {
    for (const { responses } of Object.values(path)) assert.ok("default" in responses);
  }
  for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
    assert.ok(name! in document.components.schemas, `no schema ${name}`);
  }
  assert.equal(document.security, undefined);
  // It is made once and known by its tag.
  const headers = { "if-none-match": response.headers.get("etag")! };
  assert.equal((await app.request("/openapi.json", { headers })).status, 304);
});

Deno.test("where a token is demanded the description says so, and which routes go without", async () => {
  const { app } = roomApp({ access: WITH_TOKEN });
  const response = await app.request("/openapi.json", { headers: { authorization: `Bearer ${TOKEN}` } });
  const { security, paths, components } = await response.json();
  assert.deepEqual(security, [{ token: [] }]);
  assert.equal(components.securitySchemes.token.scheme, "bearer");
  assert.deepEqual(paths["/healthz"].get.security, []);
  assert.equal(paths["/metrics"].get.security, undefined);
});

browserTest(
  "/docs draws the routes under the policy, asks nobody else, and tries one out",
  async (browser) => {
    await using server = serveRoom();
    await using tab = await browser.open(`${server.url}/docs`);
    await tab.page.getByText("/api/v1/echo/{name}").waitFor();
    await tab.page.locator(".opblock", { hasText: "/healthz" }).click();
    await tab.page.locator(".execute").click();
    await tab.page.locator(".live-responses-table").getByText('"ok"').waitFor();
    await tab.shoot("docs");
  },
);

browserTest("people log in by the form and come to the page they wanted", async (browser) => {
  await using server = serveRoom({ access: WITH_TOKEN });
  await using tab = await browser.open(`${server.url}/docs`, {
    expected: /401 \(Unauthorized\)/,
    width: 360,
  });
  await tab.accessible();
  await tab.fits();
  await tab.page.getByLabel("Token").fill("not the token, not at all");
  await tab.page.keyboard.press("Enter");
  await tab.page.getByRole("alert").waitFor();
  await tab.accessible();
  await tab.shoot("login");
  await tab.page.getByLabel("Token").fill(TOKEN);
  await tab.page.getByRole("button", { name: "Log in" }).click();
  await tab.page.getByText("/api/v1/echo/{name}").waitFor();
  assert.equal(tab.page.url(), `${server.url}/docs`);
});
