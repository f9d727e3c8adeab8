/** FedAvg: the mean, weighted by examples (McMahan et al. 2017, arXiv:1602.05629). */
import { meanCollector } from "./mean.ts";
import { PLAIN, type Strategy } from "./strategy.ts";

/** Makes it. */
export function fedAvg(): Strategy {
  return {
    ...PLAIN,
    name: "fedavg",
    takesMean: true,
    streams: true,
    begin: (global) => meanCollector(global),
  };
}
