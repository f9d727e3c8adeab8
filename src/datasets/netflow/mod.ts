/** Flows that routers export: NetFlow v5, v9 and IPFIX. */
export { type Collecting, collectNetflow, type CollectOptions } from "./collect.ts";
export { NetflowCollector, type NetflowDecoded, type NetflowSummary } from "./collector.ts";
export type { NetflowProblem, NetflowProblemKind } from "./message.ts";
