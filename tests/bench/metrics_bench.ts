/**
 * What `--metrics` costs `consume`: without it, with it and nobody who asks, and with a scrape each second, in turn.
 *
 *     deno task bench metrics [RECORDS [ROUNDS]]
 *
 * Readings by the wall time of the process, from its start to its end with everything acknowledged and committed, and
 * by its processor time, which other work on the machine changes less.
 */
import { fillTopic, writeJob } from "./job.ts";
import { median, perSecond, printTable } from "./report.ts";
import { createTopic, measure, openEmbedded } from "./surroundings.ts";
import { streamflowArgs } from "../support/run.ts";

const SCRAPE_EVERY_MS = 1_000;

/** A port that was free just now. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Scrapes until the signal aborts. @returns how long each answer took, in ms, and the size of the last */
async function scrapeOn(port: number, signal: AbortSignal): Promise<{ tookMs: number[]; bytes: number }> {
  const tookMs: number[] = [];
  let bytes = 0;
  while (!signal.aborted) {
    const startMs = performance.now();
    try {
      bytes = (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).length;
      tookMs.push(performance.now() - startMs);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it does not listen yet, or any more
    }
    const pauseMs = tookMs.length === 0 ? 50 : SCRAPE_EVERY_MS;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return { tookMs, bytes };
}

/** Prints the table. */
export async function benchMetrics([records = 1_000_000, rounds = 3]: readonly number[]): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "streamflow-bench-" });
  const { model } = await writeJob(dir);
  const kinds = ["without", "--metrics, nobody asks", "--metrics, a scrape each second"];
  const rates: number[][] = kinds.map(() => []),
    costsUs: number[][] = kinds.map(() => []),
    tookMs: number[] = [];
  let bytes = 0;
  {
    await using cluster = await openEmbedded();
    const input = await fillTopic(cluster, records);
    for (let round = 0; round < rounds; round++) {
      for (const k of kinds.keys()) {
        const kind = (k + round) % kinds.length; // none is always the first
        const output = await createTopic(cluster, "predictions"), port = freePort();
        const ended = new AbortController();
        const scrapes = kind === 2 ? scrapeOn(port, ended.signal) : null;
        const { wallS, cpuS } = await measure(
          Deno.execPath(),
          streamflowArgs([
            ...["consume", "--quiet", "--bootstrap-server", cluster.bootstrapServer, "--model", model],
            ...["--input", input, "--output", output, "--group", output, "--limit", String(records)],
            ...(kind === 0 ? [] : ["--metrics", `127.0.0.1:${port}`]),
          ]),
        );
        ended.abort();
        rates[kind]!.push(records / wallS);
        costsUs[kind]!.push(1e6 * cpuS / records);
        const found = await scrapes;
        tookMs.push(...found?.tookMs ?? []);
        bytes = found?.bytes ?? bytes;
        await cluster.client.admin.deleteTopic(output);
      }
    }
  }
  await Deno.remove(dir, { recursive: true });
  const [rate, cost] = [median(rates[0]!), median(costsUs[0]!)];
  const title = `consume of ${records.toLocaleString("en-US")} readings, median of ${rounds}`;
  printTable(
    [title, "readings/s", "ratio", "µs of CPU a reading", "readings per CPU second, ratio"],
    kinds.map((kind, k) => {
      const [ownRate, ownCost] = [median(rates[k]!), median(costsUs[k]!)];
      return [
        kind,
        perSecond(ownRate),
        (ownRate / rate).toFixed(3),
        ownCost.toFixed(2),
        (cost / ownCost).toFixed(3),
      ];
    }),
  );
  console.log(
    `${tookMs.length} scrapes while the topic was drained: median ${median(tookMs).toFixed(0)} ms, longest ` +
      `${Math.max(...tookMs).toFixed(0)} ms, ${bytes.toLocaleString("en-US")} bytes.\n`,
  );
}
