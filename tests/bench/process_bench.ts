/**
 * The program as a process: how long `--help` takes, and what memory `consume` holds.
 *
 *     deno task bench startup [RUNS]
 *     deno task bench memory [RECORDS]
 */
import { fillTopic, writeJob } from "./job.ts";
import { median, printTable } from "./report.ts";
import { createTopic, measure, openEmbedded } from "./surroundings.ts";
import { streamflowArgs } from "../support/run.ts";

/** Prints how long the short commands take. */
export async function benchStartup([runs = 10]: readonly number[]): Promise<void> {
  const rows: string[][] = [];
  for (const args of [["--version"], ["--help"], ["consume", "--help"]]) {
    const wallsMs: number[] = [];
    for (let run = 0; run < runs; run++) {
      wallsMs.push(1000 * (await measure(Deno.execPath(), streamflowArgs(args))).wallS);
    }
    rows.push([`\`${args.join(" ")}\``, median(wallsMs).toFixed(0), Math.max(...wallsMs).toFixed(0)]);
  }
  printTable(["command", `median of ${runs}, ms`, "longest, ms"], rows);
}

/** Prints the resident memory of `consume` at each tenth of a run. */
export async function benchMemory([records = 1_000_000]: readonly number[]): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "streamflow-bench-" });
  const { model } = await writeJob(dir);
  const rows: string[][] = [];
  {
    await using cluster = await openEmbedded();
    const input = await fillTopic(cluster, records);
    for (const client of ["platformatic", "kafkajs"]) {
      const output = await createTopic(cluster, "predictions");
      const { rssMB, peakRssMB } = await measure(
        Deno.execPath(),
        streamflowArgs([
          ...["consume", "--quiet", "--bootstrap-server", cluster.bootstrapServer, "--client", client],
          ...["--model", model, "--input", input, "--output", output, "--group", output],
          ...["--limit", String(records)],
        ]),
      );
      const tenth = (part: number) =>
        rssMB[Math.min(rssMB.length - 1, Math.floor(part * rssMB.length / 10))]!;
      rows.push([
        client,
        ...[1, 3, 5, 6, 7, 8, 9, 10].map((part) => tenth(part).toFixed(0)),
        peakRssMB.toFixed(0),
      ]);
    }
  }
  await Deno.remove(dir, { recursive: true });
  console.log(
    `\`consume\` of ${
      records.toLocaleString("en-US")
    } readings: resident memory in MB at tenths of the run ` +
      "(VmRSS), and the highest (VmHWM).\n",
  );
  const head = [10, 30, 50, 60, 70, 80, 90, 100].map((part) => `${part} %`);
  printTable(["client", ...head, "peak"], rows);
}
