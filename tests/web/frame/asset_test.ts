/** What travels once, and what travels compressed. */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { roomApp } from "./rooms.ts";

Deno.test("a file has a tag for each of its forms, and who has it gets 304", async () => {
  const { app } = roomApp();
  const ask = (headers: Record<string, string> = {}) => app.request("/docs/swagger-ui.css", { headers });
  const plain = await ask();
  const gzip = await ask({ "accept-encoding": "br, gzip;q=0.8" });
  const text = await plain.text();
  const packed = new Uint8Array(await gzip.arrayBuffer());
  assert.equal(gzip.headers.get("content-encoding"), "gzip");
  assert.equal(gunzipSync(packed).toString(), text);
  assert.ok(packed.length < text.length / 4);
  assert.equal(plain.headers.get("cache-control"), "private, no-cache");
  const [tag, packedTag] = [plain.headers.get("etag")!, gzip.headers.get("etag")!];
  assert.notEqual(tag, packedTag);
  for (const known of [tag, `"other", W/${tag}`, "*"]) {
    const again = await ask({ "if-none-match": known });
    assert.deepEqual([again.status, await again.text(), again.headers.get("etag")], [304, "", tag], known);
  }
  assert.equal((await ask({ "if-none-match": packedTag })).status, 200);
  assert.equal((await ask({ "accept-encoding": "gzip;q=0" })).headers.get("content-encoding"), null);
});

Deno.test("large JSON is compressed where the client takes it, small JSON and streams never", async () => {
  const { app } = roomApp();
  const headers = { "accept-encoding": "gzip" };
  const large = await app.request("/api/v1/large", { headers });
  assert.equal(large.headers.get("content-encoding"), "gzip");
  assert.equal(large.headers.get("vary"), "Accept-Encoding");
  assert.equal(large.headers.get("content-type"), "application/json");
  assert.equal(JSON.parse(gunzipSync(await large.arrayBuffer()).toString()).values.length, 10_000);
  assert.equal((await app.request("/api/v1/large")).headers.get("content-encoding"), null);
  const small = await app.request("/api/v1/small", { headers });
  assert.equal(small.headers.get("content-encoding"), null);
  assert.deepEqual(await small.json(), { ok: true });
  const stream = await app.request("/api/v1/stream", { headers });
  assert.equal(stream.headers.get("content-encoding"), null);
  await stream.body!.cancel();
});
