// Not pure: it asks the runtime.
/** What every process says of itself: as much as the program's permissions allow. */
import process from "node:process";
import { type Collect, sample } from "./metric.ts";
import { METRICS } from "./table.ts";

/** Metrics of this process. @param version the program's */
export function processMetrics(version: string): Collect {
  return () => {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = Deno.memoryUsage();
    return [
      sample(METRICS.buildInfo, 1, { version, deno: Deno.version.deno }),
      sample(METRICS.cpu, (user + system) / 1e6),
      sample(METRICS.residentMemory, rss),
      sample(METRICS.startTime, performance.timeOrigin / 1_000),
      sample(METRICS.heapUsed, heapUsed),
    ];
  };
}
