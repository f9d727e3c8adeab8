/**
 * Records what tshark reads in captures, for `tests/datasets/pcap_tshark_test.ts`. Run at the root of the repository;
 * needs tshark and the captures in ../shared/data/pcap:
 *
 *     deno run -A tests/golden/pcap/record.ts
 */
import { SAMPLES } from "../../datasets/pcap_samples.ts";
import { summaryOf, TSHARK_ARGS, tsharkLines, tsharkVersion } from "../../datasets/pcap_tshark.ts";
import { TRACES, tracePath } from "../../datasets/pcap_traces.ts";

const folder = await Deno.makeTempDir();
const samples: Record<string, unknown> = {}, traces: Record<string, unknown> = {};
try {
  for (const [name, bytes] of Object.entries(SAMPLES)) {
    await Deno.writeFile(`${folder}/capture`, bytes);
    samples[name] = await summaryOf(await tsharkLines(`${folder}/capture`));
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
for (const name of TRACES) traces[name] = await summaryOf(await tsharkLines(tracePath(name)));
const recorded = {
  tool: tsharkVersion(),
  command: `tshark -r FILE ${TSHARK_ARGS.map((arg) => arg === "separator=|" ? "'separator=|'" : arg).join(" ")}`,
  samples,
  traces,
};
await Deno.writeTextFile(new URL("tshark.json", import.meta.url), `${JSON.stringify(recorded, null, 2)}\n`);
