/**
 * Models that are to take the place of the running one: each is read and checked beside it, and only one that is
 * whole and fits gets its place. Of whatever else comes is said why not, and the running one stays.
 */
import { type NamedModel, sha256Of } from "../container.ts";
import { ModelFileError } from "../fields.ts";

/** Puts a model in the running one's place, now or a little later; `done` is called with the reason why it could not, or `null`. */
export type Swap<M> = (model: M, done: (refusal: string | null) => void) => void;

/** What an intake is made of. */
export interface IntakeOptions<M extends NamedModel> {
  /** The running model. */
  readonly running: NamedModel;
  /** When its file was written, Unix ms; `null` = not known. @default null */
  readonly writtenMs?: number | null;
  /** @throws {ModelFileError} where the bytes are no model that can be used here. */
  readonly read: (bytes: Uint8Array) => M;
  readonly swap: Swap<M>;
  /** Called with one line when a model has taken its place. */
  readonly onSwap: (message: string) => void;
  readonly onWarning: (message: string) => void;
}

/** Takes the bytes of models, in the order in which they are offered. */
export class ModelIntake<M extends NamedModel> {
  readonly #options: IntakeOptions<M>;
  #running: NamedModel;
  #writtenMs: number | null;

  constructor(options: IntakeOptions<M>) {
    this.#options = options;
    this.#running = options.running;
    this.#writtenMs = options.writtenMs ?? null;
  }

  /** The model that answers now. */
  get running(): NamedModel {
    return this.#running;
  }

  /** When its file was written, Unix ms; `null` = not known. */
  get writtenMs(): number | null {
    return this.#writtenMs;
  }

  /**
   * @param origin where the bytes are from, for people
   * @param writtenMs when their file was written, Unix ms
   */
  offer(bytes: Uint8Array, origin: string, writtenMs: number | null = null): void {
    if (sha256Of(bytes) === this.#running.sha256) return;
    const { read, swap, onSwap } = this.#options;
    let model: M;
    try {
      model = read(bytes);
    } catch (error) {
      if (!(error instanceof ModelFileError)) throw error;
      return this.refuse(origin, error.message);
    }
    swap(model, (refusal) => {
      if (refusal !== null) return this.refuse(origin, refusal);
      this.#running = model;
      this.#writtenMs = writtenMs;
      onSwap(`${origin}: the model ${model.name}, version ${model.version}, answers from now on`);
    });
  }

  /** Says why a model was not taken. */
  refuse(origin: string, why: string): void {
    this.#options.onWarning(`${origin} is not used, the model stays as it is: ${why}`);
  }
}
