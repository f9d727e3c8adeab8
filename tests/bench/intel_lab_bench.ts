/**
 * `datasets prepare intel-lab` on a file of the original's size, layout and faults: seconds and peak memory of the process,
 * beside pandas doing the same to the same file, and that both keep the same rows.
 *
 *     deno task bench intel-lab [ROUNDS] [LINES]
 */
import { writeLabFile } from "../datasets/prepare/intel_lab_file.ts";
import { streamflowArgs } from "../support/run.ts";
import { medianAndRounds, printTable } from "./report.ts";
import { findPeerPython, measure } from "./surroundings.ts";

/** Lines of the original. */
const LINES = 2_313_682;
const ROUNDS = 3;

interface Rounds {
  readonly walls: number[];
  readonly cpus: number[];
  readonly peaks: number[];
  rows: number;
}

async function writeFile(path: string, lines: number) {
  using file = await Deno.open(path, { write: true, create: true });
  const writer = file.writable.getWriter();
  const found = await writeLabFile(lines, { write: (text) => writer.write(new TextEncoder().encode(text)) });
  await writer.close();
  return found;
}

async function time(rounds: Rounds, command: string, args: readonly string[]): Promise<string> {
  const { wallS, cpuS, peakRssMB, stdout } = await measure(command, [...args]);
  rounds.walls.push(wallS);
  rounds.cpus.push(cpuS);
  rounds.peaks.push(peakRssMB);
  const said = JSON.parse(stdout);
  rounds.rows = said.rows;
  return said.version ?? "";
}

async function benchIntelLab(count = ROUNDS, lines = LINES): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "streamflow-bench-" });
  try {
    const input = `${dir}/data.txt`;
    const found = await writeFile(input, lines);
    const python = await findPeerPython(["pandas==2.3.3"], "streamflow-bench-pandas");
    if (typeof python !== "string") console.log(`pandas is left out: ${python.missing}`);
    const make = (): Rounds => ({ walls: [], cpus: [], peaks: [], rows: 0 });
    const own = make(), means = make(), peer = make();
    let version = "pandas";
    for (let round = 0; round < count; round++) {
      const prepare = ["datasets", "prepare", "intel-lab", "--file", input, "--json", "--quiet"];
      await time(own, Deno.execPath(), streamflowArgs([...prepare, "--out", `${dir}/own.csv`]));
      await time(
        means,
        Deno.execPath(),
        streamflowArgs([...prepare, "--every", "30m", "--out", `${dir}/m.csv`]),
      );
      if (typeof python !== "string") continue;
      const script = new URL("peer_intel_lab.py", import.meta.url).pathname;
      version = await time(peer, python, [script, input, `${dir}/peer.csv`]);
    }
    const row = (name: string, { walls, cpus, peaks, rows }: Rounds) => [
      name,
      medianAndRounds(walls, (s) => s.toFixed(1)),
      medianAndRounds(cpus, (s) => s.toFixed(1)),
      Math.max(...peaks).toFixed(0),
      rows.toLocaleString("en-US"),
    ];
    printTable(
      ["", "seconds by the clock", "of the processor", "peak memory, MB", "rows written"],
      [
        row("streamflow", own),
        row("streamflow, means over 30 min", means),
        ...(peer.walls.length > 0 ? [row(version, peer)] : []),
      ],
    );
    console.log(
      `${lines.toLocaleString("en-US")} lines, of which ${
        found.kept.toLocaleString("en-US")
      } are readings to keep`,
    );
    if (own.rows !== found.kept || peer.walls.length > 0 && peer.rows !== found.kept) {
      throw new Error("not the same rows were kept");
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

if (import.meta.main) await benchIntelLab(...Deno.args.map(Number));
