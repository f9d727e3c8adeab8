/** What exporters say about sampling: one of how many packets they look at. */
import type { FlowRecord } from "./flow.ts";
import { SAMPLERS_PER_DOMAIN_MAX, STREAMS_MAX } from "./limits.ts";
import type { MessageHeader } from "./message.ts";

/** What is done with counts of sampled traffic: multiplied by what the exporter says, left, multiplied by a number. */
export type Sampling = "scale" | "ignore" | number;

/** The interval of a flow: one of so many packets was looked at; `null` where its sampler is not known. */
export type SamplingInterval = number | null;

/** A domain's samplers by how its flows name them: `""` is the one of those that name none. */
type Domain = Map<string, number>;

/** Intervals by exporter, observation domain (or source id) and sampler; the longest silent domains are evicted. */
export class Samplers {
  readonly #domains = new Map<string, Domain>();
  #forgotten = 0;

  /** Samplers, and domains with all of theirs, that had to go for newer ones. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /**
   * Takes what an options record says.
   *
   * @returns whether it was about sampling
   */
  learn(header: MessageHeader, record: FlowRecord): boolean {
    const interval = record.interval;
    if (interval === null) return false;
    const name = domainOf(header, record.domain ?? header.sourceId);
    const domain: Domain = this.#domains.get(name) ?? new Map();
    this.#domains.delete(name);
    this.#domains.set(name, domain);
    if (evictOldest(this.#domains, STREAMS_MAX)) this.#forgotten++;
    const [selector = ""] = record.selectors;
    domain.delete(selector);
    domain.set(selector, interval);
    if (evictOldest(domain, SAMPLERS_PER_DOMAIN_MAX)) this.#forgotten++;
    return true;
  }

  /** Of a flow: what itself says, else its sampler, else its domain's, else the exporter's (domain 0). */
  intervalOf(header: MessageHeader, record: FlowRecord): SamplingInterval {
    if (record.interval !== null && record.interval > 1) return record.interval;
    if (this.#domains.size === 0) return namesSampler(record) ? null : 1;
    const own = this.#domains.get(domainOf(header, header.sourceId));
    const domain = own ?? this.#domains.get(domainOf(header, 0));
    if (domain === undefined) return namesSampler(record) ? null : 1;
    for (const selector of record.selectors) {
      const interval = domain.get(selector);
      if (interval !== undefined) return interval;
    }
    const general = domain.get("");
    if (general !== undefined) return general;
    if (record.selectors.some((selector) => selector.startsWith("sampler 0"))) return 1;
    // Samplers have names that the flow does not use: it is clear which one it was where all are alike.
    const intervals = new Set(domain.values());
    const [only] = intervals;
    return intervals.size === 1 && !namesSampler(record) ? only! : null;
  }
}

/** A sampler 0 is none. */
function namesSampler(record: FlowRecord): boolean {
  return record.selectors.some((selector) => !selector.startsWith("interface ") && !selector.endsWith(" 0"));
}

function domainOf({ exporter, version }: MessageHeader, domain: number): string {
  return `${exporter} ${version} ${domain}`;
}

function evictOldest<V>(map: Map<string, V>, max: number): boolean {
  if (map.size <= max) return false;
  for (const oldest of map.keys()) return map.delete(oldest);
  return false;
}
