/** A board as it is served: what is asked of it, its history by the second, and what goes out. */
import type { FederatedChoice, FederatedSnapshot } from "../../monitor/boards/federated.ts";
import type { LikesSnapshot } from "../../monitor/boards/likes.ts";
import { WINDOWS_MAX } from "../../monitor/boards/limits.ts";
import type { PredictionsChoice, Snapshot } from "../../monitor/boards/snapshot.ts";
import type { TrafficChoice, TrafficSnapshot } from "../../monitor/boards/traffic.ts";
import type { Source } from "../../monitor/watch/feed.ts";
import {
  federatedFigures,
  federatedNews,
  likesFigures,
  predictionsFigures,
  predictionsNews,
  trafficFigures,
  trafficNews,
} from "./figures.ts";
import { type Figures, History, short } from "./history.ts";
import type { Reader } from "./observed.ts";
import type { Training } from "./training.ts";
import { CONTEST_POINTS_MAX, HISTORIES_MAX, VIDEOS_SHOWN_MAX } from "./limits.ts";

/** The boards that there are. */
export const BOARD_NAMES = ["predictions", "traffic", "likes", "federated"] as const;
/** One of them. */
export type BoardName = typeof BOARD_NAMES[number];

/** What of a board is asked for; what is not given is chosen by the board. */
export interface BoardQuery {
  readonly model?: string | undefined;
  readonly source?: string | undefined;
  readonly link?: string | undefined;
  readonly target?: string | undefined;
  /** `"true"`: also what the probabilities of classes are worth. */
  readonly scoring?: string | undefined;
}

/** A board at one moment. */
export interface BoardView {
  /** The snapshot as it goes out, part by part. */
  readonly parts: Readonly<Record<string, unknown>>;
  readonly history: History;
}

/** A board, whatever it is about. */
export interface ServedBoard {
  readonly name: BoardName;
  /** Everything now. */
  view(nowMs: number, query: BoardQuery): BoardView;
  /** Remembers the figures of this second. */
  record(nowMs: number): void;
  /** What is not as it should be, a sentence; `null` = all is well. */
  trouble(): string | null;
}

/** What is special to a board. */
interface Kind<Shot, Choice> {
  readonly name: BoardName;
  readonly choiceOf: (query: BoardQuery) => Choice;
  /** What is remembered at each second: a snapshot for each history. */
  readonly recorded: (nowMs: number) => readonly Shot[];
  /** Which history a snapshot belongs to. */
  readonly keyOf: (shot: Shot) => string;
  readonly figures: (shot: Shot) => Figures;
  /** What has happened since the snapshot before. */
  readonly news: (now: Shot, before: Shot | undefined) => readonly string[];
  readonly partsOf: (shot: Shot) => BoardView["parts"];
}

/** The history of what is not there yet. */
const NOBODY = "";

class Served<Shot, Choice> implements ServedBoard {
  readonly #source: Source<Shot, Choice>;
  readonly #kind: Kind<Shot, Choice>;
  /** The one that was written longest ago first. */
  readonly #histories = new Map<string, { readonly history: History; readonly last: Shot }>();
  /** Of what is not remembered. */
  readonly #nothing = new History();

  constructor(source: Source<Shot, Choice>, kind: Kind<Shot, Choice>) {
    this.#source = source;
    this.#kind = kind;
  }

  get name(): BoardName {
    return this.#kind.name;
  }

  view(nowMs: number, query: BoardQuery): BoardView {
    const { choiceOf, keyOf, partsOf } = this.#kind;
    const shot = this.#source.snapshot(nowMs, choiceOf(query));
    return { parts: partsOf(shot), history: this.#histories.get(keyOf(shot))?.history ?? this.#nothing };
  }

  record(nowMs: number): void {
    const { recorded, keyOf, figures, news } = this.#kind;
    for (const shot of recorded(nowMs)) {
      const key = keyOf(shot);
      // What was remembered before anybody was there belongs to the first who came.
      const from = this.#histories.has(key) ? key : NOBODY;
      const known = this.#histories.get(from);
      this.#histories.delete(from);
      const history = known?.history ?? new History();
      history.add(nowMs, figures(shot), news(shot, known?.last));
      this.#histories.set(key, { history, last: shot });
      if (this.#histories.size > HISTORIES_MAX) {
        this.#histories.delete(this.#histories.keys().next().value!);
      }
    }
  }

  trouble(): string | null {
    return this.#source.trouble?.() ?? null;
  }
}

/** The board of predictions as it goes out. */
export interface ServedPredictions extends Snapshot {
  /** See {@linkcode PredictionsBeside}. */
  readonly reader: Reader;
  readonly answering: string | null;
  readonly training: Training | null;
}

/** What the board of predictions has beside its figures. */
export interface PredictionsBeside {
  /** Whose lag it shows. */
  readonly reader: Reader;
  /** The models, the one that predicted last first. */
  readonly modelKeys: () => readonly string[];
  /** SHA-256 of the model that answers over REST; `null` where none does. */
  readonly answering: () => string | null;
  /** The training that predictions wait for; `null` where they wait for none. */
  readonly training: () => Training | null;
}

/** Predictions. */
export function servePredictions(
  source: Source<Snapshot, PredictionsChoice>,
  { reader, modelKeys, answering, training }: PredictionsBeside,
): ServedBoard {
  return new Served(source, {
    name: "predictions",
    choiceOf: ({ model = null, source = null, scoring }) => ({
      ...{ points: 0, model, source, scoring: scoring === "true" },
    }),
    recorded: (nowMs) => {
      const keys = modelKeys().slice(0, HISTORIES_MAX).reverse();
      return (keys.length === 0 ? [null] : keys).map((model) =>
        source.snapshot(nowMs, { points: 0, model, source: null, scoring: false })
      );
    },
    keyOf: ({ modelKey }) => modelKey ?? NOBODY,
    figures: predictionsFigures,
    news: predictionsNews,
    partsOf: (shot) => {
      const served: ServedPredictions = {
        ...shown(shot),
        reader,
        answering: answering(),
        training: training(),
      };
      return { ...served };
    },
  });
}

/** Curves with as many digits and points as a chart shows; the past of lags is in the history. */
function shown(snapshot: Snapshot): Snapshot {
  const { contest, lag } = snapshot;
  const { network, lastValue, seasonal, ridge } = contest.curves;
  const { course } = contest;
  return {
    ...snapshot,
    contest: {
      ...contest,
      curves: {
        network: thinned(network),
        lastValue: thinned(lastValue),
        seasonal: thinned(seasonal),
        ridge: thinned(ridge),
      },
      course: course === null
        ? null
        : { ...course, predicted: course.predicted.map(short), actual: course.actual.map(short) },
    },
    lag: lag.map((one) => ({ ...one, past: [] })),
  };
}

/** At most so many points, the first and the last among them. */
function thinned(curve: readonly number[]): number[] {
  const points = Math.min(curve.length, CONTEST_POINTS_MAX);
  const step = points < 2 ? 0 : (curve.length - 1) / (points - 1);
  return Array.from({ length: points }, (_, point) => short(curve[Math.round(point * step)]!));
}

/** Traffic. */
export function serveTraffic(source: Source<TrafficSnapshot, TrafficChoice>): ServedBoard {
  return new Served(source, {
    name: "traffic",
    choiceOf: ({ link = null, target = null }) => ({ link, target, points: WINDOWS_MAX }),
    recorded: (nowMs) => [source.snapshot(nowMs, { link: null, target: null, points: 2 })],
    keyOf: () => NOBODY,
    figures: trafficFigures,
    news: trafficNews,
    partsOf: (snapshot) => ({ ...snapshot }),
  });
}

/** Likes. */
export function serveLikes(source: Source<LikesSnapshot, undefined>): ServedBoard {
  return new Served(source, {
    name: "likes",
    choiceOf: () => undefined,
    recorded: (nowMs) => [source.snapshot(nowMs, undefined)],
    keyOf: () => NOBODY,
    figures: likesFigures,
    news: () => [],
    partsOf: (snapshot) => ({ ...snapshot, ranking: snapshot.ranking.slice(0, VIDEOS_SHOWN_MAX) }),
  });
}

/** Devices that learn together. */
export function serveFederated(source: Source<FederatedSnapshot, FederatedChoice>): ServedBoard {
  const choice: FederatedChoice = { order: "name" };
  return new Served(source, {
    name: "federated",
    choiceOf: () => choice,
    recorded: (nowMs) => [source.snapshot(nowMs, choice)],
    keyOf: () => NOBODY,
    figures: federatedFigures,
    news: federatedNews,
    partsOf: (snapshot) => ({ ...snapshot }),
  });
}
