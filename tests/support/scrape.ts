/** A program that serves its metrics, looked at as Prometheus does. */
import assert from "node:assert/strict";
import { prometheusMissing, promtool } from "./promtool.ts";
import { type Running, type RunOptions, startStreamflow, untilSaid } from "./run.ts";
import { eventually } from "./until.ts";

/** What was scraped: the text, and each sample's value by its name with labels, as in the text. */
export interface Scrape {
  readonly text: string;
  readonly values: ReadonlyMap<string, number>;
  /** The sum of a metric's samples. */
  sum(name: string): number;
}

/** A program with `--metrics`. */
export interface Metered extends AsyncDisposable {
  readonly running: Running;
  /** `http://127.0.0.1:9464` */
  readonly url: string;
  /** @throws {TypeError} where it does not serve any more */
  scrape(): Promise<Scrape>;
  /** Scrapes until this holds. @returns the scrape for which it does */
  until(holds: (scrape: Scrape) => boolean): Promise<Scrape>;
}

/** Starts `streamflow … --metrics` on a free port; resolves when it serves. */
export async function startMetered(args: readonly string[], options: RunOptions = {}): Promise<Metered> {
  const running = await startStreamflow([...args, "--metrics", "127.0.0.1:0"], {
    ...options,
    watchOutput: true,
  });
  const url = /metrics on (\S+)\/metrics\n/.exec(await untilSaid(running, /metrics on \S+\n/))![1]!;
  const scrape = async () => {
    const response = await fetch(`${url}/metrics`);
    if (response.status === 503) { // it is shutting down
      await response.body?.cancel();
      throw new TypeError("it serves no more");
    }
    assert.equal(response.status, 200);
    return readScrape(await response.text());
  };
  return {
    ...{ running, url, scrape },
    until: (holds) =>
      eventually(async () => {
        const found = await scrape();
        assert.ok(holds(found), `${holds} does not hold of\n${found.text}`);
        return found;
      }),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

/** The samples of Prometheus' text. @throws {assert.AssertionError} for a series that is there twice */
export function readScrape(text: string): Scrape {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const samples = lines.map((line) => {
    const at = line.lastIndexOf(" ");
    return [line.slice(0, at), Number(line.slice(at + 1))] as const;
  });
  const values = new Map(samples);
  assert.equal(values.size, samples.length, "no series twice");
  const sum = (name: string) =>
    samples.reduce((all, [series, value]) => series.split("{")[0] === name ? all + value : all, 0);
  return { text, values, sum };
}

/** Lets Prometheus' own checker look at a scrape; it says so where it is not installed. */
export async function checkWithPromtool({ text }: Scrape): Promise<void> {
  if (await prometheusMissing() !== null) return;
  assert.equal(await promtool(["check", "metrics"], text), "");
}
