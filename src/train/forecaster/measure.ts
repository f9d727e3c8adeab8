/** What a trained forecaster is worth, and what it is compared with: measured in slices, part by part. */
import type { Network } from "../../../nn/mod.ts";
import { type ForecastMetadata, readForecastModel, writeModel } from "../../models/model_file.ts";
import type { Preparation } from "../../models/preparation.ts";
import type { References } from "../../models/references.ts";
import { describeTime } from "../../runtime/time_text.ts";
import type { Work } from "../loop/work.ts";
import { keepAnswered } from "./context.ts";
import { type ExampleShape, type Split, streamExamples } from "./examples.ts";
import type { TrainingReport } from "./report.ts";
import { chooseSeason, fitRidge, type FittedRidge, type Season } from "./ridge.ts";
import { compare, UNCOMPARED } from "./score.ts";
import type { TrainingSet } from "./series.ts";
import { compareBySource } from "./source_means.ts";

/** What is measured on what. */
export interface MeasureParts {
  readonly set: TrainingSet;
  readonly shape: ExampleShape;
  readonly preparation: Preparation;
  readonly split: Split;
  readonly network: Network;
  readonly described: ForecastMetadata;
}

/** What has been measured so far; training that is stopped leaves the rest out. */
export class Measured {
  #ridge: FittedRidge | null = null;
  #season: Season | null = null;
  #bySource: TrainingReport["bySource"] = null;
  #test = UNCOMPARED;
  #stream = UNCOMPARED;

  /** What the model file keeps of it; `undefined` before it is known. */
  get references(): References | undefined {
    if (this.#ridge === null) return undefined;
    const { weights, intercept } = this.#ridge.model;
    return {
      ...(this.#season === null ? {} : { seasonMs: this.#season.seasonMs }),
      ridge: { weights: [...weights], intercept },
    };
  }

  /** Fits what the network is compared with, then compares on the test part, then on every reading. */
  *measure({ set, shape, preparation, split, network, described }: MeasureParts): Work<void> {
    const season = yield* chooseSeason(preparation, split.training);
    const ridge = yield* fitRidge(preparation, split);
    this.#season = season;
    this.#ridge = ridge;
    const trained = readForecastModel(writeModel(network, { ...described, references: this.references! }));
    const contestants = { network: trained.predict, ridge: ridge.forecast };
    const seasonal = season === null ? {} : { seasonal: season.forecast };
    const test = yield* compare(split.test, contestants);
    this.#bySource = yield* compareBySource(split.test, { ...contestants, ...seasonal });
    this.#test = test;
    const stream = keepAnswered(preparation, streamExamples(set, shape));
    yield null;
    this.#stream = yield* compare(stream, contestants);
  }

  /** The report's part of it. */
  figures(): Pick<TrainingReport, "ridgePenalty" | "season" | "bySource" | "test" | "stream"> {
    return {
      ridgePenalty: this.#ridge?.penalty ?? null,
      season: this.#season === null ? null : describeTime(this.#season.seasonMs * 1e3),
      bySource: this.#bySource,
      test: this.#test,
      stream: this.#stream,
    };
  }
}
