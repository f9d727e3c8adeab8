/** When alerts are raised and cleared. */
import assert from "node:assert/strict";
import { alertSchema } from "../../src/records/alerts.ts";
import { parseAlertRule } from "../../src/traffic/alert_expression.ts";
import { type AlertMoment, type AlertPolicy, LinkAlerts } from "../../src/traffic/alerts.ts";
import { ALERT_WINDOWS_MIN } from "../../src/traffic/limits.ts";

const WINDOW_US = 5_000_000;
const START_US = 1_767_571_200_000_000;
const TARGETS = ["packets", "bytes"];

/** Quantiles of packets in training: 0 … 200. */
const TRAINED = Float64Array.from({ length: 101 }, (_, i) => 2 * i);

function policy(rules: readonly string[], rest: Partial<AlertPolicy> = {}): AlertPolicy {
  const parsed = rules.map((rule) => parseAlertRule(rule, TARGETS));
  return { rules: parsed, clearShare: 0.9, hold: 1, cooldownUs: 0, ...rest };
}

/** Window number `index`, with so many packets, and so many forecast. */
function moment(index: number, actual: number, forecast = actual): AlertMoment {
  const startUs = START_US + index * WINDOW_US;
  const bounded = (value: number) => ({ value, lower: value / 2, upper: value * 2 });
  return {
    observed: { packets: actual, bytes: actual * 100, interarrival: 1_000, meanSize: 100 },
    observedSpan: { startUs, endUs: startUs + WINDOW_US },
    forecastSpan: { startUs: startUs + WINDOW_US, endUs: startUs + 2 * WINDOW_US },
    forecast: { packets: bounded(forecast), bytes: bounded(forecast * 100) },
  };
}

const MODEL = { name: "m", version: "1" };

function judge(alerts: LinkAlerts, at: AlertMoment) {
  const judged = alerts.judge(at, {
    link: "l",
    model: MODEL,
    trained: (quantity) => quantity === "packets" ? TRAINED : undefined,
  });
  for (const alert of judged) assert.deepEqual(alertSchema.parse(alert), alert);
  return judged;
}

/** What became of a series of values: `+` raised, `-` cleared, `.` nothing. */
function play(alerts: LinkAlerts, values: readonly number[]): string {
  return values.map((value, index) => {
    const states = judge(alerts, moment(index, value)).map(({ state }) => state === "raised" ? "+" : "-");
    return states.join("") || ".";
  }).join("");
}

Deno.test("LinkAlerts.judge() says what was compared with what, and of which window", () => {
  const alerts = new LinkAlerts(policy(["packets>100", "actual.packets < 10", "bytes.upper>=1k"]));
  assert.deepEqual(judge(alerts, moment(0, 5, 150)), [
    {
      id: "l/1767571205000/packets>100/raised",
      link: "l",
      rule: "packets>100",
      state: "raised",
      value: 150,
      threshold: 100,
      window: { start: "2026-01-05T00:00:05.000Z", end: "2026-01-05T00:00:10.000Z" },
      forecast: true,
      evidence:
        "packets is forecast at 150 from 2026-01-05T00:00:05.000Z to 2026-01-05T00:00:10.000Z: > 100; " +
        "it was 5 just before",
      model: MODEL,
    },
    {
      id: "l/1767571200000/actual.packets < 10/raised",
      link: "l",
      rule: "actual.packets < 10",
      state: "raised",
      value: 5,
      threshold: 10,
      window: { start: "2026-01-05T00:00:00.000Z", end: "2026-01-05T00:00:05.000Z" },
      forecast: false,
      evidence: "packets was 5 from 2026-01-05T00:00:00.000Z to 2026-01-05T00:00:05.000Z: < 10",
      model: MODEL,
    },
    {
      id: "l/1767571205000/bytes.upper>=1k/raised",
      link: "l",
      rule: "bytes.upper>=1k",
      state: "raised",
      value: 30_000,
      threshold: 1_000,
      window: { start: "2026-01-05T00:00:05.000Z", end: "2026-01-05T00:00:10.000Z" },
      forecast: true,
      evidence: "bytes is forecast with at most 30,000 from 2026-01-05T00:00:05.000Z to " +
        "2026-01-05T00:00:10.000Z: >= 1,000; it was 500 just before",
      model: MODEL,
    },
  ]);
  const [cleared] = judge(alerts, moment(1, 20, 80));
  assert.equal(cleared!.state, "cleared");
  assert.match(cleared!.evidence, /at 80 .*: back below 90, the threshold was 100; it was 20 just before/);
});

Deno.test("an alert is cleared only when the value is well behind the threshold", () => {
  const over = [101, 100, 95, 101, 91, 90, 100, 101];
  assert.equal(play(new LinkAlerts(policy(["packets>100"])), over), "+....-.+");
  assert.equal(play(new LinkAlerts(policy(["packets>100"], { clearShare: 1 })), over), "+-.+-..+");
  const under = [9, 10, 11, 9, 11.2, 10, 9];
  assert.equal(play(new LinkAlerts(policy(["actual.packets<10"])), under), "+...-.+");
  assert.equal(play(new LinkAlerts(policy(["actual.packets>0"])), [0, 1, 0, 2]), ".+-+");
});

Deno.test("a rule has to hold for as many windows in a row as it says", () => {
  const alerts = new LinkAlerts(policy(["packets>=100"], { hold: 3 }));
  assert.equal(play(alerts, [100, 100, 50, 100, 100, 100, 100, 50, 100, 100, 100]), ".....+.-..+");
});

Deno.test("there is no second alert of a rule within the cool-down; one that still holds then is raised", () => {
  const cooldownUs = 4 * WINDOW_US;
  const alerts = new LinkAlerts(policy(["packets>100", "packets>500"], { cooldownUs }));
  assert.equal(play(alerts, [200, 50, 200, 200, 200, 200, 50, 200, 600]), "+-..+.-.++");
});

Deno.test("a quantile is of training until the link has windows of its own, and stays while the alert does", () => {
  const alerts = new LinkAlerts(policy(["packets>p90", "actual.meanSize>p50"]));
  const first = judge(alerts, moment(0, 190));
  assert.deepEqual(first.map(({ rule, threshold }) => [rule, threshold]), [["packets>p90", 180]]);
  assert.match(first[0]!.evidence, /> 180, p90 of the model's training/);
  for (let index = 1; index < ALERT_WINDOWS_MIN; index++) {
    const found = judge(alerts, moment(index, index));
    assert.equal(found.length, index === 1 ? 1 : 0, `window ${index}: ${JSON.stringify(found)}`);
  }
  const [own] = judge(alerts, moment(200, 95));
  assert.match(own!.evidence, /> 90.9, p90 of the last 100 windows/);
  // The same value again and again would become the quantile itself.
  for (let index = 201; index < 400; index++) assert.deepEqual(judge(alerts, moment(index, 95)), []);
  assert.match(judge(alerts, moment(400, 80))[0]!.evidence, /the threshold was 90.9/);
});

Deno.test("LinkAlerts goes on from its state, and new rules start over", () => {
  const rules = ["packets>100", "bytes>p80"];
  const values = Array.from({ length: 300 }, (_, i) => 100 + 60 * Math.sin(i / 5) + i % 7);
  const rest = { hold: 2, cooldownUs: 10 * WINDOW_US };
  const whole = new LinkAlerts(policy(rules, rest));
  let cut = new LinkAlerts(policy(rules, rest));
  values.forEach((value, index) => {
    cut = new LinkAlerts(policy(rules, rest), JSON.parse(JSON.stringify(cut.toJson())));
    assert.deepEqual(judge(cut, moment(index, value)), judge(whole, moment(index, value)));
  });
  const other = new LinkAlerts(
    policy([...rules, "packets>1"], rest),
    cut.toJson(),
  );
  const found = [...judge(other, moment(300, 120)), ...judge(other, moment(301, 120))];
  assert.deepEqual(found.map(({ rule }) => rule), ["packets>1"]);
});
