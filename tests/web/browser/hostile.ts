/** Records of every topic whose texts are HTML that would run, if a page took text for HTML. */
import { createNetwork, denseSpec, Random } from "../../../nn/mod.ts";
import { writeModel } from "../../../src/models/model_file.ts";
import { deadLetter } from "../../../src/records/dead_letters/print.ts";
import type { OutgoingRecord } from "../../../src/kafka/port.ts";
import { fakeClassification, fakePrediction } from "../../support/fake_predictions.ts";
import { FakeFederation } from "../../support/fake_federation.ts";
import { FakeLikes } from "../../support/fake_likes.ts";
import { bytesOf, FakeTraffic } from "../../support/fake_traffic.ts";

/** Short enough for every name; each of them would set `hacked`. */
export const HOSTILE: readonly string[] = [
  `<img src=x onerror=hacked=1>`,
  `<script>hacked=2</script>`,
  `"><svg onload=hacked=3>`,
];
const [IMAGE, SCRIPT, SVG] = HOSTILE as [string, string, string];

/** The bytes of a classifier's file: its name, its columns and its classes are HTML. */
export function hostileModelBytes(): Uint8Array {
  const spec = denseSpec({
    ...{ inputs: 3, hidden: [4], outputs: 3, activation: "relu" },
    outputActivation: "softmax",
  });
  return writeModel(createNetwork(spec, new Random(3)), {
    ...{ name: IMAGE, architecture: spec, recipe: { seed: 3, [SVG]: SVG } },
    preparation: {
      kind: "tabular",
      clip: null,
      columns: [
        { name: SCRIPT, kind: "number", log: true, center: 3, scale: 2 },
        { name: SVG, kind: "category", values: [IMAGE, SCRIPT] },
      ],
    },
    task: {
      ...{ kind: "classification", target: IMAGE, classes: HOSTILE, offsets: [0, 1, -1] },
      baseline: IMAGE,
    },
    training: { name: SCRIPT, sha256: null, readings: 100, sources: 2 },
    metrics: { [`test.${IMAGE}`]: 0.9, "test.accuracy": 0.9, "test.baseline.accuracy": 0.5 },
  });
}

const record = (value: unknown, key: string | null = null): OutgoingRecord => ({
  key,
  value: bytesOf(value),
});

function hostilePredictions(nowMs: number): unknown[] {
  const forecasts = Array.from({ length: 40 }, (_, at) => ({
    ...fakePrediction({
      ...{ id: `${IMAGE}-${at}`, source: HOSTILE[at % 3]!, predictedAtMs: nowMs + 10 * at, latencyMs: 2 },
      scored: { predicted: 20 + at / 9, baseline: 20, actual: 21 },
    }),
    prediction: { target: SCRIPT, horizon: 12, value: 27.5, by: "network" },
    model: { name: IMAGE, version: SVG },
  }));
  const classes = Array.from({ length: 40 }, (_, at) => ({
    ...fakeClassification({
      ...{ id: `c-${at}`, source: SVG, predicted: HOSTILE[at % 3]!, actual: HOSTILE[at % 2]! },
      ...{ predictedAtMs: nowMs + 10 * at },
    }) as Record<string, unknown>,
    model: { name: SCRIPT, version: IMAGE },
  }));
  return [...forecasts, ...classes];
}

/** By topic. */
export function hostileRecords(nowMs: number): Readonly<Record<string, readonly OutgoingRecord[]>> {
  const traffic = new FakeTraffic([...HOSTILE]);
  const windows = Array.from({ length: 80 }, (_, at) => traffic.window(at));
  const model = { name: SCRIPT, version: IMAGE };
  const renamed = <T>(byTarget: Readonly<Record<string, T>>) =>
    Object.fromEntries(
      Object.entries(byTarget).map(([name, value]) => [name === "bytes" ? SVG : name, value]),
    );
  const forecasts = windows.flatMap(({ forecasts }) =>
    forecasts.map((one) => ({ ...one, model, forecast: renamed(one.forecast) }))
  );
  const alerts = windows.flatMap(({ alerts }) => alerts)
    .map((one) => ({ ...one, model, rule: SVG, evidence: `${IMAGE} ${SCRIPT}` }));
  const anomalies = windows.flatMap(({ anomalies }) => anomalies).map((one) => ({
    ...{ ...one, detector: IMAGE, evidence: `${SCRIPT} ${SVG}` },
    subject: { ...one.subject, name: SCRIPT },
  }));
  const processed = windows.flatMap(({ processed }) => processed).map((one) => ({
    ...one,
    topSources: one.topSources.map((talker, at) => ({ ...talker, source: `${HOSTILE[at % 3]} ${at}` })),
  }));
  const likes = new FakeLikes(nowMs - 600_000, { "v1": IMAGE, "v2": SCRIPT, [SVG]: SVG });
  const polls = Array.from({ length: 20 }, (_, at) => likes.poll(at));
  const totals = polls.flatMap(({ totals }) => totals).map((one) => ({
    ...{ ...one, channel: SVG },
    topComments: one.topComments.map((comment) => ({ ...comment, author: IMAGE, text: SCRIPT })),
  }));
  const federation = new FakeFederation({ devices: HOSTILE, startMs: nowMs }).rounds(3);
  const buried = { offset: 0, timestampMs: nowMs, key: null, value: bytesOf(IMAGE), headers: [] };
  const byLink = (one: { readonly link: string }) => record(one, one.link);
  const byVideo = (one: { readonly videoId: string }) => record(one, one.videoId);
  return {
    "input-data": HOSTILE.map((text) => record({ id: text, source: text, note: text }, text)),
    "predictions": hostilePredictions(nowMs).map((one) => record(one, IMAGE)),
    "forecasts": forecasts.map(byLink),
    "alerts": alerts.map(byLink),
    "anomalies": anomalies.map(byLink),
    "federated-rounds": federation.filter(({ topic }) => topic === "federated-rounds")
      .map(({ record }) => record),
    "processed-data": processed.map(byLink),
    "topic_yt": polls.flatMap(({ events }) => events).map(byVideo),
    "youtube-totals": totals.map(byVideo),
    "dead-letters": ["input-data", "packets"].flatMap((topic) =>
      HOSTILE.map((reason) => ({
        ...deadLetter(buried, { reason: "late", detail: reason, from: { topic, partition: 0 } }),
        headers: [
          { key: "streamflow.reason", value: bytesOf(reason) },
          { key: "streamflow.topic", value: bytesOf(topic) },
          { key: IMAGE, value: bytesOf(SCRIPT) },
        ],
      }))
    ),
  };
}
