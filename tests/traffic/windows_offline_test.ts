/** Windows of packets on the stream are those that an independent script computes offline: pandas. */
import assert from "node:assert/strict";
import { openCapture } from "../../src/datasets/pcap/mod.ts";
import { createTrafficModel } from "../../src/datasets/traffic_model/mod.ts";
import type { Packet } from "../../src/records/packets/schema.ts";
import { WindowedAggregation, type WindowResult } from "../../src/stream/windows.ts";
import { observed, type WindowValues } from "../../src/traffic/observed.ts";
import { pythonHas } from "../support/python.ts";

const CAPTURES = new URL("../../../shared/data/pcap/", import.meta.url);
const SCRIPT = new URL("../support/windows_offline.py", import.meta.url);
const SECOND = 1_000_000;

const hasPandas = await pythonHas("pandas");

type Row = readonly [string, number, number, number, number, number, number, number];

function windowsOnTheStream(packets: readonly Packet[], windowUs: number): Row[] {
  const rows: Row[] = [];
  const tell = ({ key, start, value, final }: WindowResult<WindowValues>) => {
    assert.ok(final);
    const { packets, bytes, meanSize, interarrival, tcp, udp } = value;
    rows.push([key, start, packets, bytes, meanSize, interarrival, tcp, udp]);
  };
  const windows = new WindowedAggregation({
    spec: { kind: "tumbling", size: windowUs },
    aggregate: observed(windowUs),
  });
  let newest = -Infinity;
  for (const packet of packets) {
    newest = Math.max(newest, packet.timestamp);
    // Captures are not always in the order of time: as much lateness as the capture is long.
    assert.equal(windows.add(packet.link!, packet.timestamp, packet, newest - 3_600 * SECOND, tell), null);
  }
  windows.advance(Infinity, tell);
  return rows.sort((a, b) => a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] - b[1]);
}

async function windowsOffline(packets: readonly Packet[], windowUs: number): Promise<Row[]> {
  const file = await Deno.makeTempFile({ suffix: ".ndjson" });
  try {
    await Deno.writeTextFile(file, packets.map((packet) => `${JSON.stringify(packet)}\n`).join(""));
    const python = Deno.env.get("STREAMFLOW_TEST_PYTHON") ?? "python3";
    const { success, stdout, stderr } = await new Deno.Command(python, {
      args: [decodeURIComponent(SCRIPT.pathname), file, String(windowUs)],
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
  } finally {
    await Deno.remove(file);
  }
}

async function compare(packets: readonly Packet[], windowUs: number): Promise<void> {
  const [stream, offline] = [windowsOnTheStream(packets, windowUs), await windowsOffline(packets, windowUs)];
  assert.ok(stream.length > 0);
  assert.deepEqual(stream, offline);
}

Deno.test({
  name: "windows of the traffic model's packets equal those of pandas, digit for digit",
  ignore: !hasPandas,
  async fn() {
    const startUs = Date.UTC(2026, 0, 5) * 1_000;
    const model = createTrafficModel({ seed: 11, ratePerSecond: 200, startUs, links: 3 });
    const packets: Packet[] = [];
    for (const batch of model) {
      packets.push(...batch.packets);
      if (packets.length >= 60_000) break;
    }
    await compare(packets, 5 * SECOND);
  },
});

for (const name of ["bro.org.pcap", "smb2.pcap", "irc-dcc-send.pcapng"]) {
  const url = new URL(name, CAPTURES);
  const here = await Deno.stat(url).then(() => true, () => false);
  if (!here) console.log(`ignored: no ${name} beside the repository`);
  Deno.test({
    name: `windows of ${name} equal those of pandas, digit for digit`,
    ignore: !hasPandas || !here,
    async fn() {
      const packets: Packet[] = [];
      const capture = openCapture(decodeURIComponent(url.pathname), { flag: "--pcap" });
      for await (const batch of capture.batches) {
        packets.push(...batch.map((packet) => ({ ...packet, link: "capture" })));
      }
      await compare(packets, SECOND / 10);
    },
  });
}
