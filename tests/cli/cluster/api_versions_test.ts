import assert from "node:assert/strict";
import { startBroker } from "../../../src/broker/mod.ts";
import { askApiVersions } from "../../../src/cli/cluster/api_versions.ts";

const LOCAL = { hostname: "127.0.0.1", port: 0 };

Deno.test("askApiVersions() hears which APIs a broker has", async () => {
  await using broker = startBroker({ listen: LOCAL, dataDir: null });
  const apis = await askApiVersions(`127.0.0.1:${broker.port}`, { timeoutMs: 10_000 });
  assert.deepEqual(apis?.find(({ apiKey }) => apiKey === 3), { apiKey: 3, minVersion: 0, maxVersion: 12 });
});

for (
  const [name, answer] of [
    ["HTTP", new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["an answer to another request", Uint8Array.of(0, 0, 0, 10, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0)],
    ["an answer that is cut off", Uint8Array.of(0, 0, 0, 10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 9)],
    ["an error", Uint8Array.of(0, 0, 0, 10, 0, 0, 0, 1, 0, 35, 0, 0, 0, 0)],
    ["nothing, and hangs up", new Uint8Array(0)],
  ] as const
) {
  Deno.test(`askApiVersions() takes for no broker what answers with ${name}`, async () => {
    using listener = Deno.listen(LOCAL);
    const served = (async () => {
      using connection = await listener.accept();
      await connection.read(new Uint8Array(100));
      await connection.write(answer);
    })();
    const { port } = listener.addr;
    assert.equal(await askApiVersions(`127.0.0.1:${port}`, { timeoutMs: 10_000 }), undefined);
    await served;
  });
}
