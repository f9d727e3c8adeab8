/** Export datagrams are read as tshark reads them: what it said is recorded, and asked again where it is installed. */
import assert from "node:assert/strict";
import { NetflowCollector } from "../../src/datasets/netflow/mod.ts";
import recorded from "../golden/pcap/tshark_netflow.json" with { type: "json" };
import { DATAGRAMS, flowLine, tsharkFlows } from "./netflow_tshark.ts";
import { tsharkVersion } from "./pcap_tshark.ts";

const tshark = tsharkVersion();
if (tshark === null) console.log("Left out: tshark is not installed; what it said once is checked");

function ourFlows(): string[] {
  const collector = new NetflowCollector();
  const exporter = "192.0.2.1:2055";
  return DATAGRAMS.flatMap((datagram) => collector.decode(datagram, { exporter }).packets.map(flowLine));
}

Deno.test("NetflowCollector reads datagrams as tshark did", () => {
  assert.equal(recorded.flows.length, 9);
  assert.deepEqual(ourFlows(), recorded.flows);
});

Deno.test({
  name: "NetflowCollector reads datagrams as the tshark that is here does",
  ignore: tshark === null,
  fn: async () => assert.deepEqual(ourFlows(), await tsharkFlows(DATAGRAMS)),
});
