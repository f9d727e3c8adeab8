/** Rules of alerts: what is understood, and where the finger points at what is not. */
import assert from "node:assert/strict";
import { AlertExpressionError, parseAlertRule } from "../../src/traffic/alert_expression.ts";

const TARGETS = ["packets", "bytes"];

Deno.test("parseAlertRule() understands every form of a rule", () => {
  const forms = {
    "packets>100": ["packets", "forecast", ">", { kind: "number", value: 100 }],
    " bytes >= 1.5M ": ["bytes", "forecast", ">=", { kind: "number", value: 1_500_000 }],
    "packets.upper>2k": ["packets", "upper", ">", { kind: "number", value: 2_000 }],
    "packets.lower<=0": ["packets", "lower", "<=", { kind: "number", value: 0 }],
    "actual.meanSize<1G": ["meanSize", "actual", "<", { kind: "number", value: 1e9 }],
    "actual.interarrival > p99.9": ["interarrival", "actual", ">", {
      kind: "quantile",
      p: 0.9990000000000001,
    }],
    "bytes>p99": ["bytes", "forecast", ">", { kind: "quantile", p: 0.99 }],
  };
  for (const [text, [quantity, subject, comparison, threshold]] of Object.entries(forms)) {
    const rule = { text: text.trim(), quantity, subject, comparison, threshold };
    assert.deepEqual(parseAlertRule(text, TARGETS), rule);
  }
});

Deno.test("parseAlertRule() points at the first character that is wrong", () => {
  const wrong: Readonly<Record<string, readonly [number, RegExp]>> = {
    "": [0, /a quantity is expected .*nothing more/],
    ">100": [0, /a quantity is expected .*'>'/],
    "  pakets>100": [2, /'pakets' is no quantity/],
    "packets": [7, />, >=, < or <= is expected, found nothing more/],
    "packets=100": [7, /'='/],
    "packets>>100": [8, /a number .* is expected, found '>'/],
    "packets>": [8, /nothing more/],
    "packets>-1": [8, /'-'/],
    "packets>100x": [11, /complete before 'x'/],
    "packets>1.": [9, /complete before '\.'/],
    "packets>100 MB": [12, /complete before 'M'/],
    "packets>p": [9, /behind 'p'/],
    "packets>p101": [8, /from p0 to p100/],
    "packets.middle>1": [8, /lower or upper/],
    "packets.": [8, /lower or upper/],
    "actual>1": [6, /'\.' and a quantity are expected/],
    "actual.size>1": [7, /behind 'actual\.' one of/],
    "interarrival>1": [0, /the model does not forecast interarrival \(it forecasts packets, bytes\)/],
    "actual.packets.upper>1": [14, />, >=, < or <= is expected/],
  };
  for (const [text, [at, message]] of Object.entries(wrong)) {
    assert.throws(() => parseAlertRule(text, TARGETS), (error) => {
      assert.ok(error instanceof AlertExpressionError, text);
      assert.match(error.message, message);
      assert.equal(error.at, at, `${text}: ${error.message}`);
      assert.equal(error.pointer, `  ${text}\n  ${" ".repeat(at)}^`);
      return true;
    });
  }
  const digits = "9".repeat(400);
  assert.throws(() => parseAlertRule(`packets>${digits}`, TARGETS), /too large/);
  assert.throws(() => parseAlertRule(`packets>${"0".repeat(300)}1`, TARGETS), /at most 200 characters/);
});
