/**
 * Packets that came twice: producers that promise "at least once" send some again after a failure. A packet is known
 * by its link and id, for as long as it is one of the last {@linkcode RECENT_PACKETS} of the partition, and at most
 * for twice as long: a duplicate that comes later than that is counted as a packet of its own.
 */
import { shape } from "../records/formats/shape.ts";
import type { Json } from "../stream/json.ts";
import { readState } from "../stream/state.ts";
import { RECENT_PACKETS } from "./limits.ts";

/** Ids by link. */
type Generation = Map<string, Set<string>>;

/** Remembers packets in two generations: where the younger one is full, the older one is evicted. */
export class RecentPackets {
  readonly #max: number;
  #older: Generation;
  #younger: Generation;
  #count = 0;
  /** Sets of the link that was seen last. */
  #link: string | null = null;
  #known: Set<string> | undefined;
  #next: Set<string> = new Set();

  /** @param state what {@linkcode RecentPackets.toJson} gave */
  constructor(state: Json | null = null, max = RECENT_PACKETS) {
    const [older, younger] = state === null ? [[], []] : readState(recentSchema, state, "recent packets");
    this.#max = max;
    this.#older = fromJson(older);
    this.#younger = fromJson(younger);
    for (const ids of this.#younger.values()) this.#count += ids.size;
  }

  /** Whether this packet was seen lately; it is from now on. */
  saw(link: string, id: string): boolean {
    if (link !== this.#link) this.#turnTo(link);
    if (this.#next.has(id) || this.#known?.has(id)) return true;
    if (this.#count >= this.#max) {
      this.#older = this.#younger;
      this.#younger = new Map();
      this.#count = 0;
      this.#turnTo(link);
    }
    this.#next.add(id);
    this.#count++;
    return false;
  }

  /** The whole memory. */
  toJson(): Json {
    return [toJson(this.#older), toJson(this.#younger)];
  }

  #turnTo(link: string): void {
    this.#link = link;
    this.#known = this.#older.get(link);
    const next = this.#younger.get(link);
    this.#next = next ?? new Set();
    if (next === undefined) this.#younger.set(link, this.#next);
  }
}

type GenerationJson = readonly (readonly [link: string, ids: readonly string[]])[];

const generationSchema = shape.array(shape.tuple([shape.string(), shape.array(shape.string())]));
const recentSchema = shape.tuple([generationSchema, generationSchema]);

function fromJson(json: GenerationJson): Generation {
  return new Map(json.map(([link, ids]) => [link, new Set(ids)]));
}

function toJson(generation: Generation): GenerationJson {
  return [...generation].map(([link, ids]) => [link, [...ids]] as const);
}
