/** What jobs emit, on its way: counted until it is acknowledged. */
import type { IncomingRecord, OutgoingRecord, Tracing } from "../kafka/port.ts";
import { sizeOf } from "../records/dead_letters/print.ts";
import type { Emit } from "./job.ts";
import { UNACKED_BYTES_MAX, UNACKED_PIECES_MAX } from "./limits.ts";
import type { Tenure } from "./tenure.ts";

/** What a sender is made of. */
export interface SenderOptions {
  /** Resolves when all in-sync replicas have the records; order is the order of the calls. */
  readonly send: (topic: string, records: readonly OutgoingRecord[]) => Promise<void>;
  /** @default nobody traces */
  readonly tracing?: Tracing | undefined;
  /** @default {@linkcode UNACKED_PIECES_MAX} */
  readonly unackedPiecesMax?: number | undefined;
  readonly onAcknowledged: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** Sends pieces of outputs, the next ones before the earlier ones are acknowledged. */
export class Sender {
  /** Records sent and acknowledged, by topic. */
  readonly sent: Record<string, number> = {};
  readonly #options: SenderOptions;
  #pieces = 0;
  #bytes = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Everything is acknowledged. */
  get isIdle(): boolean {
    return this.#pieces === 0;
  }

  /** One more piece may be sent. */
  get hasRoom(): boolean {
    const { unackedPiecesMax = UNACKED_PIECES_MAX } = this.#options;
    return this.#pieces < unackedPiecesMax && this.#bytes < UNACKED_BYTES_MAX;
  }

  /** Sends what `work` emits, as a piece of the tenure's; `taken` are the records that it takes, if it takes any. */
  emit(tenure: Tenure, work: (emit: Emit) => void, taken?: readonly IncomingRecord[]): void {
    const { tracing } = this.#options;
    const emit = () => this.#emit(tenure, work);
    if (tracing === undefined) emit();
    else if (taken === undefined) tracing.follow(tenure, emit);
    else tracing.process(tenure, taken, emit);
  }

  #emit(tenure: Tenure, work: (emit: Emit) => void): void {
    const byTopic = new Map<string, OutgoingRecord[]>();
    let bytes = 0;
    work((topic, record) => {
      const records = byTopic.get(topic);
      if (records === undefined) byTopic.set(topic, [record]);
      else records.push(record);
      bytes += sizeOf(record);
    });
    if (byTopic.size === 0) return;
    this.#pieces++;
    this.#bytes += bytes;
    const { send, onAcknowledged, onFailure } = this.#options;
    const sent = Promise.all([...byTopic].map(async ([topic, records]) => {
      await send(topic, records);
      this.sent[topic] = (this.sent[topic] ?? 0) + records.length;
    })).then(() => {
      this.#pieces--;
      this.#bytes -= bytes;
      onAcknowledged();
    });
    const before = tenure.acknowledged;
    tenure.acknowledged = sent.then(() => before);
    tenure.acknowledged.catch(onFailure);
  }
}
