/** A real Prometheus with the configuration of ops/, and other targets. */
import { parse } from "yaml";
import { scratchFolder } from "../support/folder.ts";

const ops = new URL("../../ops/prometheus/", import.meta.url);

/** A target: `host:port` of a command. */
export interface Target {
  readonly command: string;
  readonly address: string;
  /** Demands no token of who scrapes it: the token that it has is another's. */
  readonly isOpen?: boolean;
}

/** What the answers hold. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** A Prometheus that is running. */
export interface Prometheus extends AsyncDisposable {
  /** An answer of its API. @throws {Error} with its words where it refuses */
  ask<T>(path: string, parameters?: Readonly<Record<string, string>>): Promise<T>;
  /** The series of an expression now. */
  query(expr: string): Promise<readonly Series[]>;
}

/** Starts it: the same configuration, but that it scrapes and evaluates every second; the token is the targets'. */
export async function startPrometheus(
  { targets, tokenFile }: { readonly targets: readonly Target[]; readonly tokenFile: string },
): Promise<Prometheus> {
  const folder = await scratchFolder();
  const config = parse(await Deno.readTextFile(new URL("prometheus.yml", ops)));
  Object.assign(config.global, { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" });
  await Deno.writeTextFile(`${folder}/prometheus.yml`, JSON.stringify(config));
  await Deno.copyFile(new URL("rules.yml", ops), `${folder}/rules.yml`);
  await Deno.copyFile(tokenFile, `${folder}/token`);
  const groups = targets.map(({ command, address }) => ({ targets: [address], labels: { command } }));
  await Deno.writeTextFile(`${folder}/targets.yml`, JSON.stringify(groups));
  const child = new Deno.Command("prometheus", {
    args: [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      "--web.listen-address=127.0.0.1:0",
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let said = "";
  const { promise: address, resolve, reject } = Promise.withResolvers<string>();
  const reading = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      said += text;
      const found = /msg="Listening on" address=(\S+)/.exec(said);
      if (found !== null) resolve(found[1]!);
    }
    reject(new Error(`prometheus ended: ${said}`));
  })();
  const base = `http://${await address}/api/v1/`;
  const ask = async <T>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> => {
    const response = await fetch(`${base}${path}?${new URLSearchParams(parameters)}`);
    const answer = await response.json() as { status: string; data: T; error?: string };
    if (answer.status !== "success") {
      throw new Error(`${path} ${JSON.stringify(parameters)}: ${answer.error}`);
    }
    return answer.data;
  };
  return {
    ask,
    query: async (expr) => (await ask<{ result: Series[] }>("query", { query: expr })).result,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child.status;
      await reading;
    },
  };
}
