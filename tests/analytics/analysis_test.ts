/** `analyze batch` on a file of four devices: its figures are those of pandas. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { AnalysisResult } from "../../src/analytics/analysis.ts";
import { runStreamflow } from "../support/run.ts";
import golden from "../golden/analytics/analysis_pandas.json" with { type: "json" };

const csv = fileURLToPath(new URL("../golden/analytics/devices.csv", import.meta.url));

/** Whether two structures agree to 1e-9, relative. */
function assertNear(found: unknown, expected: unknown, path = ""): void {
  if (typeof expected === "number") {
    const close = typeof found === "number" &&
      Math.abs(found - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
    assert.ok(close, `${path}: ${found}, ${expected} is wanted`);
  } else if (typeof expected === "object" && expected !== null) {
    for (const [key, value] of Object.entries(expected)) {
      assertNear((found as Record<string, unknown>)[key], value, `${path}.${key}`);
    }
  } else assert.equal(found, expected, path);
}

Deno.test("analyze batch counts, measures and finds what pandas does", async () => {
  const args = [
    "--csv",
    csv,
    "--key",
    "device",
    "--target",
    "load",
    "--horizon",
    `${golden.horizon}`,
    "--json",
  ];
  const { code, stdout, stderr } = await runStreamflow(["analyze", "batch", ...args]);
  assert.equal(code, 0, stderr);
  const { devices, listed, totals } = JSON.parse(stdout) as AnalysisResult;
  golden.devices.forEach(({ anomalyTimes, ...expected }, i) => {
    assertNear(devices[i], expected, expected.device);
    const times = listed.filter(({ device }) => device === expected.device).map(({ timeMs }) => timeMs);
    assert.deepEqual(times, anomalyTimes);
  });
  assert.equal(devices.length, golden.devices.length);
  assert.equal(totals.anomalies, listed.length);
});
