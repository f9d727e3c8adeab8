/** Captures are read as tshark reads them: what it said is recorded, and asked again where it is installed. */
import assert from "node:assert/strict";
import { CaptureReader } from "../../src/datasets/pcap/mod.ts";
import recorded from "../golden/pcap/tshark.json" with { type: "json" };
import { SAMPLES } from "./pcap_samples.ts";
import { hasTraces, tracePath, TRACES } from "./pcap_traces.ts";
import { type LinesSummary, packetLine, summaryOf, tsharkLines, tsharkVersion } from "./pcap_tshark.ts";
import { withFile, withFolder } from "../support/folder.ts";

const goldenSamples: Readonly<Record<string, LinesSummary>> = recorded.samples;
const goldenTraces: Readonly<Record<string, LinesSummary>> = recorded.traces;
const traces = hasTraces();
const tshark = tsharkVersion();
if (tshark === null) console.log("Left out: tshark is not installed; what it said once is checked");

function linesOf(bytes: Uint8Array): string[] {
  const reader = new CaptureReader();
  const lines = reader.push(bytes).map(packetLine);
  assert.equal(reader.end().problem, null);
  return lines;
}

Deno.test("CaptureReader reads every kind of capture as tshark did", async () => {
  assert.deepEqual(Object.keys(SAMPLES), Object.keys(goldenSamples));
  for (const [name, bytes] of Object.entries(SAMPLES)) {
    assert.deepEqual(await summaryOf(linesOf(bytes)), goldenSamples[name], name);
  }
});

Deno.test({
  name: "CaptureReader reads the Zeek project's traces as tshark did",
  ignore: !traces,
  fn: async () => {
    for (const name of TRACES) {
      assert.deepEqual(
        await summaryOf(linesOf(await Deno.readFile(tracePath(name)))),
        goldenTraces[name],
        name,
      );
    }
  },
});

/** tshark takes half a second to start: the ones that differ most. */
const ASKED = ["ethernet, cut", "Linux cooked, 276", "BSD null, big-endian", "pcapng, two sections"];

Deno.test({
  name: "CaptureReader reads captures as the tshark that is here does",
  ignore: tshark === null,
  fn: async () => {
    for (const name of ASKED) {
      const bytes = SAMPLES[name]!;
      assert.deepEqual(linesOf(bytes), await withFile(bytes, tsharkLines), name);
    }
  },
});

Deno.test({
  name: "CaptureReader reads the Zeek project's traces as the tshark that is here does",
  ignore: tshark === null || !traces,
  fn: async () => {
    for (const name of TRACES) {
      assert.deepEqual(
        linesOf(await Deno.readFile(tracePath(name))),
        await tsharkLines(tracePath(name)),
        name,
      );
    }
  },
});

/** Written anew: nanoseconds, the other format, cut packets. */
const WRITTEN = [
  ["bro.org.pcap", "-F", "nsecpcap"],
  ["smb2.pcap", "-F", "pcapng"],
  ["irc-dcc-send.pcapng", "-F", "pcap", "-s", "52"],
] as const;

Deno.test({
  name: "CaptureReader reads traces that editcap has rewritten as tshark does",
  ignore: tshark === null || !traces,
  fn: async () => {
    for (const [name, ...args] of WRITTEN) {
      await withFolder(async (folder) => {
        const path = `${folder}/written`;
        const editcap = new Deno.Command("editcap", {
          args: [...args, tracePath(name), path],
          stderr: "null",
        });
        assert.ok((await editcap.output()).success, `editcap ${args.join(" ")} ${name}`);
        assert.deepEqual(linesOf(await Deno.readFile(path)), await tsharkLines(path), `${name} ${args}`);
      });
    }
  },
});
