/** The model that answers over HTTP: loaded from a file, replaced by a newer one while requests come in. */
import { type Collect, sample } from "../metrics/metric.ts";
import { METRICS } from "../metrics/table.ts";
import type { Model } from "../models/model_file.ts";
import type { PipelineMaker, PlainAnswer } from "../predict/pipeline.ts";
import { pipelinesOf } from "../predict/pipelines.ts";
import { answerRequest, type Refusal } from "../predict/request.ts";
import { Tally } from "../predict/tally.ts";
import { MODEL_VERSIONS_MAX } from "./limits.ts";

/** A version that answered, and from when on. */
export interface ServedVersion {
  readonly version: string;
  readonly sha256: string;
  /** Unix ms. */
  readonly sinceMs: number;
}

/** The answers of one version to one request. */
export interface ServedAnswers {
  readonly model: Model;
  /** `null` where the sources are more than there is room for. */
  readonly answers: readonly (PlainAnswer | Refusal)[] | null;
}

/** The model that answers, or a sentence that says why there is none. */
export type Answering = () => ServedModel | string;

/** The one that answers now. */
export class ServedModel {
  /** The file that it was read from. */
  readonly file: string;
  readonly #pipelines: PipelineMaker;
  readonly #tally = new Tally();
  readonly #versions: ServedVersion[] = [];
  #model: Model;

  /** @param options.nowMs Unix ms */
  constructor(model: Model, { file, nowMs }: { readonly file: string; readonly nowMs: number }) {
    this.file = file;
    this.#model = model;
    this.#pipelines = pipelinesOf(model);
    this.#note(nowMs);
  }

  /** The model as it was read. */
  get model(): Model {
    return this.#model;
  }

  /** The versions that answered, the present one last. */
  get versions(): readonly ServedVersion[] {
    return this.#versions;
  }

  /** Another model answers from the next request on. @returns why it cannot; `null` where it does */
  swap(model: Model, nowMs: number): string | null {
    const misfit = this.#pipelines.swap(model);
    if (misfit !== null) return misfit;
    this.#model = model;
    this.#note(nowMs);
    return null;
  }

  /** Answers one request, in one turn: by one version whole. */
  answer(readings: readonly Uint8Array[], nowMs: number): ServedAnswers {
    const answers = answerRequest(this.#pipelines, readings, { nowMs, tally: this.#tally });
    return { model: this.#model, answers };
  }

  /** What `/metrics` shows of it. */
  readonly collect: Collect = () => {
    const { predictedByNetwork, predictedByBaseline, deadLetters } = this.#tally;
    return [
      sample(METRICS.predictions, predictedByNetwork, { by: "network" }),
      sample(METRICS.predictions, predictedByBaseline, { by: "baseline" }),
      ...Object.entries(deadLetters).map(([reason, count]) =>
        sample(METRICS.readingsRefused, count, { reason })
      ),
    ];
  };

  #note(sinceMs: number): void {
    const { version, sha256 } = this.#model;
    this.#versions.push({ version, sha256, sinceMs });
    if (this.#versions.length > MODEL_VERSIONS_MAX) this.#versions.shift();
  }
}
