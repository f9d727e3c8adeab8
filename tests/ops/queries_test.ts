/**
 * Every query of ops/ in a real Prometheus that scrapes running pipelines: panels, variables, annotations and recording
 * rules have series with numbers in them. Alerts are loaded and evaluated; that each fires, and when not, is in
 * `rules_test.yml`; here one real process is killed.
 */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { killAtOnce } from "../support/run.ts";
import { eventually, until } from "../support/until.ts";
import { queriesOf, readDashboards } from "./dashboards.ts";
import { startPipelines } from "./pipelines.ts";
import { type Prometheus, startPrometheus } from "./prometheus.ts";
import { prometheusMissing, promtool } from "../support/promtool.ts";

/** As Grafana makes it of a scrape every second, and a little more: machines of tests are busy. */
const RATE_INTERVAL = "20s";
/** So long until what has no series is named. */
const GIVE_UP_MS = 240_000;

const ignore = await prometheusMissing() !== null;

/** A question, and whether its answer is one by now. */
interface Question {
  readonly place: string;
  readonly isAnswered: (prometheus: Prometheus) => Promise<boolean>;
}

/** An expression with every variable as "All" has it. */
function filled(expr: string): string {
  return expr.replaceAll("$__rate_interval", RATE_INTERVAL).replaceAll(/\$\w+/g, ".*");
}

function asking(place: string, expr: string): Question {
  const isAnswered = async (prometheus: Prometheus) =>
    (await prometheus.query(filled(expr))).some(({ value }) => Number.isFinite(Number(value[1])));
  return { place: `${place}: ${expr}`, isAnswered };
}

/** `label_values(selector, label)`, as the data source asks it. */
function askingFor(place: string, query: string): Question {
  const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(query)!;
  const isAnswered = async ({ ask }: Prometheus) =>
    (await ask<string[]>(`label/${label}/values`, { "match[]": filled(selector!) })).length > 0;
  return { place: `${place}: ${query}`, isAnswered };
}

async function questions(): Promise<Question[]> {
  const rules = parse(await Deno.readTextFile(new URL("../../ops/prometheus/rules.yml", import.meta.url)));
  return [
    ...(await readDashboards()).flatMap((entry) => [
      ...queriesOf(entry).map(({ place, expr }) => asking(place, expr)),
      ...entry.dashboard.templating.list.map(({ name, query }) =>
        askingFor(`${entry.name}: $${name}`, query.query)
      ),
    ]),
    ...rules.groups[0].rules.flatMap(({ record }: { record?: string }) =>
      record === undefined ? [] : [asking("rules", record)]
    ),
  ];
}

Deno.test({
  name:
    "every query of every panel, variable, annotation and recording rule has numbers from running pipelines",
  ignore,
  fn: async () => {
    await using pipelines = await startPipelines();
    await using prometheus = await startPrometheus(pipelines);
    const all = await questions();
    let open = all;
    await eventually(async () => {
      const answers = await Promise.all(open.map(({ isAnswered }) => isAnswered(prometheus)));
      open = open.filter((_, at) => !answers[at]);
      assert.deepEqual(open.map(({ place }) => place), []); // these of the queries have no series yet
    }, GIVE_UP_MS);

    const headers = { authorization: `Bearer ${await Deno.readTextFile(pipelines.tokenFile)}` };
    for (const { command, address, isOpen = false } of pipelines.targets) {
      const answer = await fetch(`http://${address}/metrics`);
      await answer.body?.cancel();
      assert.equal(answer.status, isOpen ? 200 : 401, command);
      const text = await (await fetch(`http://${address}/metrics`, { headers })).text();
      await promtool(["check", "metrics"], text).catch((error) => {
        throw new Error(`${command}: ${error.message}`);
      });
    }
    const { groups } = await prometheus.ask<{ groups: { rules: { name: string; health: string }[] }[] }>(
      "rules",
    );
    for (const { name, health } of groups.flatMap(({ rules }) => rules)) assert.equal(health, "ok", name);

    await killAtOnce(pipelines.running.get("consume")!);
    const isPending = async () => {
      const { alerts } = await prometheus.ask<{ alerts: { labels: Record<string, string> }[] }>("alerts");
      return alerts.some(({ labels }) =>
        labels["alertname"] === "StreamflowProcessDown" && labels["command"] === "consume"
      );
    };
    await until(isPending);
  },
});

Deno.test({
  name: "every command that targets.yml names has a pipeline here",
  fn: async () => {
    const targets = parse(
      await Deno.readTextFile(new URL("../../ops/prometheus/targets.yml", import.meta.url)),
    ) as { labels: { command: string } }[];
    const source = await Deno.readTextFile(new URL("pipelines.ts", import.meta.url));
    // A training ends, and no dashboard draws it; the demo is three of the others at once.
    const left = ["train", "demo"];
    const commands = targets.map(({ labels }) => labels.command).filter((command) => !left.includes(command));
    for (const command of commands) assert.match(source, new RegExp(`(begin|start)\\("${command}"`));
  },
});
