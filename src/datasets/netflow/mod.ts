/** Flows that routers export: NetFlow v5, v9 and IPFIX. */
export { type Collecting, collectNetflow, type CollectOptions } from "./collect.ts";
export { NetflowCollector, type NetflowDecoded, type NetflowSummary } from "./collector.ts";
export { HARMLESS_PROBLEMS, type NetflowProblem, type NetflowProblemKind, PROBLEM_WORDS } from "./message.ts";
export type { Sampling } from "./samplers.ts";
export type { ProblemCounts } from "./tally.ts";
