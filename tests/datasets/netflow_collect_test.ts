/** Export datagrams over UDP. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { collectNetflow } from "../../src/datasets/netflow/mod.ts";
import { UserError } from "../../src/runtime/errors.ts";
import { v5Of, v5RecordOf } from "./netflow_bytes.ts";

async function send(
  datagrams: readonly Uint8Array[],
  to: { readonly port: number; readonly hostname: string },
) {
  const socket = createSocket(to.hostname.includes(":") ? "udp6" : "udp4");
  for (const datagram of datagrams) {
    await new Promise<void>((resolve, reject) =>
      socket.send(datagram, to.port, to.hostname, (error) => error ? reject(error) : resolve())
    );
  }
  await new Promise<void>((resolve) => socket.close(() => resolve()));
}

Deno.test("collectNetflow() yields what exporters send, reports problems, and ends with its signal", async () => {
  const controller = new AbortController();
  const problems: string[] = [];
  let sent: Promise<void> | undefined;
  const { batches, summary } = collectNetflow({
    hostname: "127.0.0.1",
    port: 0,
    signal: controller.signal,
    onProblem: ({ kind }) => problems.push(kind),
    onListening: (address) => {
      const datagrams = [new Uint8Array(3), v5Of([v5RecordOf()]), v5Of([v5RecordOf()], { sequence: 1 })];
      sent = send(datagrams, address);
    },
  });
  const flows = [];
  for await (const batch of batches) {
    flows.push(...batch);
    if (flows.length === 2) controller.abort();
  }
  await sent;
  assert.deepEqual(flows.map(({ link, length }) => [link, length]), [["127.0.0.1", 5_000], [
    "127.0.0.1",
    5_000,
  ]]);
  assert.deepEqual(problems, ["version"]);
  assert.equal(summary().datagrams, 3);
});

Deno.test("collectNetflow() gives the packets the link that it is given", async () => {
  const controller = new AbortController();
  const { batches } = collectNetflow({
    hostname: "127.0.0.1",
    port: 0,
    signal: controller.signal,
    link: "uplink",
    onListening: (address) => void send([v5Of([v5RecordOf()])], address),
  });
  for await (const [flow] of batches) {
    assert.equal(flow?.link, "uplink");
    controller.abort();
  }
});

Deno.test("collectNetflow() says where it cannot listen", async () => {
  const { signal } = new AbortController();
  // An address for documentation: no machine has it.
  const { batches } = collectNetflow({ hostname: "192.0.2.1", port: 2_055, signal });
  await assert.rejects(
    Array.fromAsync(batches),
    (error) =>
      error instanceof UserError && /^cannot listen on 192\.0\.2\.1:2055 \(UDP\): /.test(error.message),
  );
});

Deno.test("collectNetflow() does not listen at all after its signal", async () => {
  const { batches } = collectNetflow({ hostname: "192.0.2.1", port: 2_055, signal: AbortSignal.abort() });
  assert.deepEqual(await Array.fromAsync(batches), []);
});
