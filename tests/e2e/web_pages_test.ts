/**
 * All pages of `streamflow web` on a real Kafka, with what the program's own commands put there: over SASL and TLS where
 * the cluster has such a listener. What each page does is tested page by page in tests/web/browser.
 */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import { consumeFlags, newRoad, produceFlags, type Road } from "../support/account.ts";
import { SECURE_VARIABLE, testClusters, uniqueName } from "../support/cluster.ts";
import { fakeRecord, madeUpClass } from "../support/fake_predictions.ts";
import { scratchFolder } from "../support/folder.ts";
import { SASL_USER } from "../support/kafka_properties.ts";
import type { SecureListeners } from "../support/real_kafka.ts";
import { runStreamflow, startStreamflow, trainModel, untilSaid } from "../support/run.ts";
import { startStandIn } from "../support/youtube_stand_in.ts";
import { chromiumPath, openBrowser, type Tab } from "../web/browser/browser.ts";

const READINGS = 1_000;
const CONNECTIONS = 500;
const PACKETS = 20_000;
/** The stand-in's. */
const KEY = "AIza-stand-in-key";

async function run(...args: string[]): Promise<void> {
  const { code, stderr } = await runStreamflow([...args, "--quiet"], { env: { YOUTUBE_API_KEY: KEY } });
  assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
}

/** Forecasts by a network, classes beside them, windows of traffic, likes of videos. */
async function fill(road: Road, model: string): Promise<void> {
  const { bootstrapServer } = road;
  const at = ["--bootstrap-server", bootstrapServer];
  await run(
    "produce",
    "--dataset",
    "sensors",
    "--rate",
    "0",
    "--limit",
    `${READINGS}`,
    ...produceFlags(road),
  );
  await run("consume", "--model", model, "--until-idle", "2s", ...consumeFlags(road));
  await run(
    ...["traffic", "capture", "--simulate", "--seed", "3", "--rate", "200", "--speed", "0"],
    ...["--limit", String(PACKETS), "--output", "network-traffic", ...at],
  );
  await run(
    ...[
      "traffic",
      "watch",
      "--group",
      uniqueName("watch"),
      "--close-after",
      "1s",
      "--until-idle",
      "2s",
      ...at,
    ],
  );
  await using api = startStandIn({ seed: 1, videos: 2, comments: 10 });
  const videos = api.videos.map(({ id }) => id);
  await run("youtube", "produce", "--once", "--api-base", api.base, ...at, ...videos);
  await run("youtube", "consume", "--group", uniqueName("likes"), "--until-idle", "2s", ...at);
  await using client = await connect({ bootstrapServer, clientId: "pages" }, "platformatic");
  await using producer = await client.producer();
  const nowMs = Date.now();
  await producer.send(
    road.output,
    Array.from(
      { length: CONNECTIONS },
      (_, n) => ({ key: null, value: fakeRecord(madeUpClass(n, nowMs - CONNECTIONS + n)).value }),
    ),
  );
}

/** Flags and environment of a client of the cluster, as safe as the cluster offers. */
async function login(bootstrapServer: string): Promise<{ flags: string[]; env: Record<string, string> }> {
  const text = Deno.env.get(SECURE_VARIABLE);
  if (!text) return { flags: ["--bootstrap-server", bootstrapServer], env: {} };
  const { saslTls, ca } = JSON.parse(text) as SecureListeners;
  const file = `${await scratchFolder()}/ca.pem`;
  await Deno.writeTextFile(file, ca);
  return {
    flags: [
      ...["--bootstrap-server", saslTls, "--tls-ca-file", file],
      ...["--sasl-mechanism", "SCRAM-SHA-512", "--sasl-username", SASL_USER.username],
    ],
    env: { STREAMFLOW_SASL_PASSWORD: SASL_USER.password },
  };
}

/** What has to be seen on each page. */
function pagesOf(
  { input, group }: Road,
): readonly (readonly [path: string, see: (tab: Tab) => Promise<void>])[] {
  const seen = (tab: Tab, selector: string, text: string) =>
    tab.page.locator(selector).filter({ hasText: text }).first().waitFor();
  return [
    ["/", async (tab) => {
      await seen(tab, ".tile", CONNECTIONS.toLocaleString("en-US"));
      await tab.page.getByLabel("Model", { exact: true }).selectOption({ index: 1 }); // by name
      await seen(tab, ".tile", READINGS.toLocaleString("en-US"));
    }],
    ["/classes", (tab) => seen(tab, ".matrix tbody tr", "probe")],
    ["/traffic", (tab) => seen(tab, ".bars li", " B")],
    ["/likes", (tab) => seen(tab, "tbody tr", "video_00001")],
    [`/topics?topic=${input}`, async (tab) => {
      await seen(tab, ".tile", READINGS.toLocaleString("en-US"));
      await seen(tab, "tbody tr", group);
    }],
    ["/models", (tab) => seen(tab, ".tile", "ids")],
  ];
}

for (const kind of testClusters().filter(({ name }) => name === "real")) {
  Deno.test({
    name: "every page shows what the commands put on a real Kafka",
    ignore: kind.missing !== null || chromiumPath() === null,
    // playwright-core keeps a pipe and timers of its own.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await using cluster = await kind.open();
      const road = newRoad(cluster.bootstrapServer);
      const model = await trainModel();
      await fill(road, model);
      for (const client of ["platformatic", "kafkajs"]) {
        const { flags, env } = await login(cluster.bootstrapServer);
        const topics = ["--input", road.input, "--output", road.output, "--dead-letter", road.deadLetter];
        await using web = await startStreamflow(
          [
            ...["web", "--listen", "127.0.0.1:0", "--client", client, "--model", model, ...flags, ...topics],
            ...["--group", road.group],
          ],
          { watchOutput: true, env },
        );
        const url = /ready on (\S+)/.exec(await untilSaid(web, /ready on \S+\n/))![1]!;
        web.watched!.cancel();
        await using browser = await openBrowser();
        for (const [path, see] of pagesOf(road)) {
          await using tab = await browser.open(`${url}${path}`);
          await see(tab);
          await tab.fits();
          await tab.accessible();
          await tab.shoot(`real-${client}-${path.slice(1).replace(/\?.*/, "") || "overview"}`);
        }
      }
    },
  });
}
