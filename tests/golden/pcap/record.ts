/**
 * Records what tshark reads in captures and export datagrams, for `tests/datasets/*_tshark_test.ts`. Run at the root of the repository;
 * needs tshark and the captures in ../shared/data/pcap:
 *
 *     deno run -A tests/golden/pcap/record.ts
 */
import { CFLOW_ARGS, DATAGRAMS, tsharkFlows } from "../../datasets/netflow_tshark.ts";
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

async function write(name: string, args: readonly string[], found: Readonly<Record<string, unknown>>): Promise<void> {
  const quoted = args.map((arg) => arg.includes("|") ? `'${arg}'` : arg).join(" ");
  const recorded = { tool: tsharkVersion(), command: `tshark -r FILE ${quoted}`, ...found };
  await Deno.writeTextFile(new URL(name, import.meta.url), `${JSON.stringify(recorded, null, 2)}\n`);
}

await write("tshark.json", TSHARK_ARGS, { samples, traces });
await write("tshark_netflow.json", CFLOW_ARGS, { flows: await tsharkFlows(DATAGRAMS) });
