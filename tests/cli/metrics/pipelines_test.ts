/** `--metrics` of the pipelines, with the real program: what a scrape says is what the summary says, and promtool finds nothing. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { saveModel } from "../../../src/models/disk.ts";
import { readModel } from "../../../src/models/model_file.ts";
import { forecasterBytes } from "../../support/small_model.ts";
import { deadLetter } from "../../../src/records/dead_letters/print.ts";
import { consumeFlags, newRoad, produceFlags } from "../../support/account.ts";
import { withFile, withFolder } from "../../support/folder.ts";
import { runStreamflow } from "../../support/run.ts";
import { checkWithPromtool, startMetered } from "../../support/scrape.ts";
import { startStandIn } from "../../support/youtube_stand_in.ts";
import { randomLog } from "../../traffic/forecast_run.ts";
import { tinyModelBytes } from "../../traffic/tiny_model.ts";
import { eventfulLog } from "../../traffic/watch_log.ts";
import { assertOnTheWay, encoder, MODEL, send, summaryOf, toTheEnd, withCluster } from "./commands.ts";

Deno.test("consume: predictions, dead letters, errors and lag are those of the summary", () =>
  withCluster(async (client, _flags, bootstrapServer) => {
    const road = newRoad(bootstrapServer);
    const produced = await runStreamflow([
      ...[
        "produce",
        "--dataset",
        "sensors",
        "--rate",
        "0",
        "--limit",
        "3000",
        "--json",
        ...produceFlags(road),
      ],
    ]);
    assert.equal(produced.code, 0, produced.stderr);
    await send(
      client,
      road.input,
      ["{", '{"id":1}', "{"].map((text) => ({ key: null, value: encoder.encode(text) })),
    );
    await using metered = await startMetered(["consume", "--json", "--model", MODEL, ...consumeFlags(road)]);
    const scrape = await metered.until((found) =>
      found.sum("streamflow_records_sent_total") === 3_003 && found.sum("streamflow_commits_total") > 0 &&
      found.sum("kafka_consumergroup_lag") === 0
    );
    assert.deepEqual(await (await fetch(`${metered.url}/readyz`)).json(), { status: "ready" });
    await checkWithPromtool(scrape);
    const { read, predicted, byBaseline, deadLettered, duplicates, lag } = await summaryOf(metered);
    const { values, sum } = scrape;
    assert.equal(sum("streamflow_records_read_total"), read);
    assert.equal(sum("streamflow_predictions_total"), predicted);
    assert.equal(values.get('streamflow_predictions_total{by="baseline"}'), byBaseline);
    assert.equal(sum("streamflow_dead_letters_total"), deadLettered);
    assert.equal(values.get('streamflow_dead_letters_total{reason="not-json"}'), 2);
    assert.equal(sum("streamflow_duplicates_total"), duplicates);
    assert.equal(sum("kafka_consumergroup_lag"), lag);
    assert.equal(sum("streamflow_prediction_latency_seconds_count"), predicted);
    const scored = sum("streamflow_forecasts_scored_total");
    assert.ok(scored > 2_000, `${scored} were scored`);
    for (const by of ["network", "baseline"]) {
      const mean = values.get(`streamflow_squared_error_total{by="${by}"}`)! / scored;
      assert.ok(mean > 0);
      assert.equal(values.get(`streamflow_model_mse{by="${by}"}`), mean);
    }
    assert.equal(sum("streamflow_rebalances_total"), 1);
    assert.equal(sum("streamflow_commit_duration_seconds_count"), sum("streamflow_commits_total"));
    assert.equal(sum("streamflow_model_info"), 1);
  }));

Deno.test("produce, traffic capture and dlq replay: the last scrape is on the way to the summary", () =>
  withCluster(async (client, flags) => {
    const produced = await toTheEnd(["produce", "--rate", "1000", "--limit", "1500", ...flags]);
    assert.equal(produced.summary["acknowledged"], 1_500);
    assertOnTheWay(produced, { metric: "streamflow_records_sent_total", figure: "acknowledged" });
    const captured = await toTheEnd([
      ...["traffic", "capture", "--simulate", "--rate", "1000", "--speed", "1", "--limit", "1500", ...flags],
    ]);
    assertOnTheWay(captured, { metric: "streamflow_records_sent_total", figure: "acknowledged" });
    const letters = Array.from({ length: 20_000 }, (_, offset) => {
      const record = { offset, timestampMs: 0, key: null, value: encoder.encode("{"), headers: [] };
      const from = { topic: "packets", partition: 0 };
      return deadLetter(record, { reason: "late", detail: "late", from, nowMs: 0 });
    });
    await send(client, "dead-letters", letters);
    const replayed = await toTheEnd(["dlq", "replay", ...flags]);
    assert.equal(replayed.summary["replayed"], 20_000);
    assertOnTheWay(replayed, { metric: "streamflow_letters_replayed_total", figure: "replayed" });
  }));

Deno.test("traffic forecast: windows, alerts and forecasts are those of the summary", () =>
  withFile(tinyModelBytes(), (model) =>
    withCluster(async (client, flags) => {
      const log = randomLog(3, 600).map(({ value }) => ({ key: null, value }));
      await send(client, "packets", log);
      await using metered = await startMetered([
        ...[
          "traffic",
          "forecast",
          "--json",
          "--model",
          model,
          "--alert",
          "packets>5",
          "--cooldown",
          "0",
          ...flags,
        ],
      ]);
      const { values, sum, text } = await metered.until((found) =>
        found.sum("streamflow_records_read_total") === log.length &&
        found.sum("kafka_consumergroup_lag") === 0
      );
      await checkWithPromtool({ values, sum, text });
      const summary = await summaryOf(metered);
      assert.equal(sum("streamflow_windows_total"), summary["windows"]);
      assert.equal(values.get('streamflow_alerts_total{state="raised"}'), summary["raised"]);
      assert.equal(values.get('streamflow_alerts_total{state="cleared"}'), summary["cleared"]);
      assert.equal(sum("streamflow_alerts_active"), summary["raised"]! - summary["cleared"]!);
      assert.equal(values.get('streamflow_predictions_total{by="network"}'), summary["byNetwork"]);
      assert.equal(sum("streamflow_duplicates_total"), summary["duplicates"]);
      const letters = Object.values(summary["deadLetters"] as unknown as Record<string, number>);
      assert.equal(sum("streamflow_dead_letters_total"), letters.reduce((all, n) => all + n, 0));
      assert.ok(sum("streamflow_windows_open") > 0 && sum("streamflow_watermark_delay_seconds") > 0);
      assert.match(text, /streamflow_forecast\{link="l0",target="packets",bound="upper"\} /);
    })));

Deno.test("traffic watch: windows, anomalies and the links' rates are those of the summary", () =>
  withCluster(async (client, flags) => {
    const log = eventfulLog().map(({ value }) => ({ key: null, value }));
    await send(client, "network-traffic", log);
    await using metered = await startMetered(["traffic", "watch", "--json", ...flags]);
    const { values, sum, text } = await metered.until((found) =>
      found.sum("streamflow_records_read_total") === log.length && found.sum("kafka_consumergroup_lag") === 0
    );
    await checkWithPromtool({ values, sum, text });
    const summary = await summaryOf(metered);
    assert.equal(sum("streamflow_windows_total"), summary["windows"]);
    const anomalies = summary["anomalies"] as unknown as Record<string, number>;
    assert.ok(Object.keys(anomalies).length > 2);
    for (const [kind, n] of Object.entries(anomalies)) {
      assert.equal(values.get(`streamflow_anomalies_total{kind="${kind}"}`), n, kind);
    }
    for (const name of ["bytes_per_second", "packets_per_second", "sources"]) {
      assert.ok(values.get(`streamflow_link_${name}{link="a"}`)! > 0, name);
    }
  }));

Deno.test("youtube produce and consume: events, quota and likes are those of API and summary", () =>
  withCluster(async (_client, flags) => {
    await using api = startStandIn({ seed: 3, comments: 40 });
    await using producing = await startMetered(
      ["youtube", "produce", "--json", "--api-base", api.base, ...flags, ...api.videos.map(({ id }) => id)],
      { env: { YOUTUBE_API_KEY: api.key } },
    );
    const sent = await producing.until((found) =>
      found.sum("streamflow_youtube_events_total") === 45 && found.sum("streamflow_records_sent_total") === 45
    );
    await checkWithPromtool(sent);
    assert.equal(sent.sum("streamflow_youtube_quota_units_total"), api.spent());
    const produced = await summaryOf(producing);
    assert.equal(produced["acknowledged"], 45);
    assert.equal(produced["quotaUnits"], sent.sum("streamflow_youtube_quota_units_total"));

    await using consuming = await startMetered(["youtube", "consume", "--json", ...flags]);
    const { values, sum, text } = await consuming.until((found) =>
      found.sum("streamflow_records_read_total") === 45
    );
    await checkWithPromtool({ values, sum, text });
    const summary = await summaryOf(consuming);
    assert.equal(sum("streamflow_youtube_events_total"), summary["changes"]);
    for (const [id, { videoLikes, commentLikes }] of Object.entries(api.truth())) {
      assert.equal(
        values.get(`streamflow_youtube_likes{video="${id}"}`),
        (videoLikes ?? 0) + commentLikes,
        id,
      );
    }
  }));

Deno.test("consume: the model that answers is the one that took the first one's place", () =>
  withFolder((folder) =>
    withCluster(async (client, _flags, bootstrapServer) => {
      const path = join(folder, "m.safetensors");
      await Deno.writeFile(path, forecasterBytes(1));
      const road = newRoad(bootstrapServer);
      await send(client, road.input, []);
      await using metered = await startMetered(["consume", "--json", "--model", path, ...consumeFlags(road)]);
      const infoOf = async (bytes: Uint8Array) => {
        const { name, version } = readModel(bytes);
        const writtenAt = (await Deno.stat(path)).mtime!.toISOString();
        return `streamflow_model_info{model="${name}",version="${version}",trained_at="${writtenAt}"}`;
      };
      const first = await infoOf(forecasterBytes(1));
      await metered.until(({ values }) => values.get(first) === 1);
      await saveModel(path, forecasterBytes(2));
      const second = await infoOf(forecasterBytes(2));
      const { values, sum } = await metered.until(({ values }) => values.get(second) === 1);
      assert.equal(sum("streamflow_model_info"), 1, "one model answers");
      assert.equal(values.has(first), false);
    })
  ));
