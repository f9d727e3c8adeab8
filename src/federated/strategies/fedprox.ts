/**
 * FedProx: FedAvg of participants whose loss has the term μ/2·‖w − global‖², so that none goes far on data of its own
 * (Li et al. 2020, arXiv:1812.06127). The term is the participants' part: participant/learner.ts.
 */
import { meanCollector } from "./mean.ts";
import { PLAIN, type Strategy, type StrategyOptions } from "./strategy.ts";

/** Makes it. @throws RangeError for a μ that is not above 0 */
export function fedProx({ proximal = 0.01 }: StrategyOptions): Strategy {
  if (!(proximal > 0)) {
    throw new RangeError(`Cannot make FedProx with μ ${proximal}: a number above 0 is wanted`);
  }
  return {
    ...PLAIN,
    name: "fedprox",
    proximal,
    takesMean: true,
    streams: true,
    begin: (global) => meanCollector(global),
  };
}
