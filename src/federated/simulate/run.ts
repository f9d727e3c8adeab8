/** One run: all devices through all rounds, with one strategy. */
import { createSchedule, Random, type Schedule } from "../../../nn/mod.ts";
import type { Work } from "../../train/loop/work.ts";
import type { Learner } from "../participant/learner.ts";
import { Participant } from "../participant/participant.ts";
import type { PreparedExamples } from "../participant/examples.ts";
import type { Strategy } from "../strategies/strategy.ts";
import { checkUpdate, type Refusal, type Update } from "../update.ts";
import type { Federation } from "./devices.ts";
import { choosePoisoned, type Faults, type Poison, poisonUpdate } from "./faults.ts";
import type { FederatedRecipe } from "./recipe.ts";

/** A round as it went. */
export interface RoundFigures {
  readonly round: number;
  /** Updates that counted. */
  readonly updates: number;
  readonly dropped: number;
  readonly refused: number;
  /** On the readings of the round, before learning from them: MSE ÷ the last value's, mean over the devices. */
  readonly ratio: number;
}

/** What a run brought. */
export interface Run {
  readonly global: Float64Array;
  readonly participants: readonly Participant[];
  readonly rounds: readonly RoundFigures[];
  /** Why updates were refused, and rounds not aggregated: each sentence once, with how often. */
  readonly remarks: ReadonlyMap<string, number>;
  readonly poisoned: readonly { readonly device: string; readonly poison: Poison }[];
  /** See {@linkcode Strategy.epsilon}. */
  readonly epsilon: number | null;
}

/** What runs have in common. */
export interface RunParts {
  readonly federation: Federation;
  readonly learner: Learner;
  readonly recipe: FederatedRecipe;
  /** Weights of the first global model. */
  readonly initial: Float64Array;
}

/** Devices' seeds lie side by side, those of different recipes' seeds far apart. */
const SEEDS_APART = 1_000_003;

/** All rounds. Pauses after each device. */
export function* runRounds(parts: RunParts, strategy: Strategy, faults: Faults): Work<Run> {
  const { recipe, initial, federation: { devices } } = parts;
  const participants = makeParticipants(parts);
  const chance = new Random(recipe.seed * SEEDS_APART + SEEDS_APART - 1);
  const schedule = scheduleOf(recipe);
  const poisoned = choosePoisoned(devices.length, faults.poison, chance);
  const remarks = new Map<string, number>();
  const remark = (sentence: string) => remarks.set(sentence, (remarks.get(sentence) ?? 0) + 1);
  const rounds: RoundFigures[] = [];
  /** Of the rounds before, as many as late updates may be behind. */
  const earlier = new Map<number, Float64Array>();
  let global = initial, late: Update[] = [];
  for (let round = 1; round <= recipe.rounds; round++) {
    const came: Update[] = late, missed: Update[] = [], ratios: number[] = [];
    let refused = 0;
    for (const [i, participant] of participants.entries()) {
      participant.adopt(global, round);
      const errors = participant.observe(
        devices[i]!.learning,
        partOf(devices[i]!.learning, { round, recipe }),
      );
      if (errors.lastValue > 0) ratios.push(errors.model / errors.lastValue);
      const poison = poisoned.get(i);
      const learned = participant.learn({
        learningRate: schedule.rate(round),
        proximal: strategy.proximal,
        targetFactor: poison === "label-flip" ? -1 : 1,
      });
      const drops = chance.uniform() < faults.drop;
      yield null;
      if (learned === null) continue;
      const checked = checkUpdate(poisonUpdate(learned, poison, global), { global });
      if (drops) {
        if ("update" in checked) missed.push(checked.update);
      } else if ("update" in checked) came.push(checked.update);
      else {
        refused++;
        remark(describeRefusal(checked.refusal));
      }
    }
    const dropped = missed.length;
    late = strategy.stalenessMax > 0 ? missed : [];
    const before = global;
    if (came.length < strategy.minUpdates) {
      remark(`fewer updates than ${strategy.minUpdates}: the global model stayed`);
    } else {
      const doubt = strategy.doubt(came.length);
      if (doubt !== null) remark(doubt);
      const collector = strategy.begin(global, { round, earlier });
      for (const update of came) collector.add(update);
      global = collector.finish();
    }
    earlier.set(round, before);
    earlier.delete(round - 1 - strategy.stalenessMax);
    const ratio = ratios.reduce((sum, one) => sum + one, 0) / ratios.length;
    rounds.push({ round, updates: came.length, dropped, refused, ratio });
  }
  for (const participant of participants) participant.adopt(global, recipe.rounds + 1);
  const named = [...poisoned].map(([i, poison]) => ({ device: devices[i]!.name, poison }));
  return { global, participants, rounds, remarks, poisoned: named, epsilon: strategy.epsilon() };
}

/** Each device alone: nothing is sent, nothing comes. */
export function* runAlone(parts: RunParts): Work<readonly Participant[]> {
  const { recipe, federation: { devices } } = parts;
  const participants = makeParticipants(parts);
  const schedule = scheduleOf(recipe);
  for (let round = 1; round <= recipe.rounds; round++) {
    for (const [i, participant] of participants.entries()) {
      participant.observe(devices[i]!.learning, partOf(devices[i]!.learning, { round, recipe }));
      participant.learn({ learningRate: schedule.rate(round) });
      yield null;
    }
  }
  return participants;
}

/** One model for all readings in one place: what federation gives up for the readings to stay where they are. */
export function* runCentralised(parts: RunParts): Work<Participant> {
  const { recipe, learner, initial, federation: { devices, preparation } } = parts;
  const windowLength = recipe.windowLength * devices.length;
  const schedule = scheduleOf(recipe);
  const random = new Random(recipe.seed * SEEDS_APART);
  const all = new Participant({
    device: "all",
    learner,
    preparation,
    weights: initial,
    windowLength,
    random,
  });
  for (let round = 1; round <= recipe.rounds; round++) {
    for (const { learning } of devices) all.observe(learning, partOf(learning, { round, recipe }));
    all.learn({ learningRate: schedule.rate(round) });
    yield null;
  }
  return all;
}

function makeParticipants({ federation, learner, recipe, initial }: RunParts): Participant[] {
  const { devices, preparation } = federation;
  const { windowLength } = recipe;
  return devices.map(({ name: device }, i) => {
    const random = new Random(recipe.seed * SEEDS_APART + i);
    return new Participant({ device, learner, preparation, weights: initial, windowLength, random });
  });
}

/** The rate falls along half a cosine, so that the last round's model is not the last mini-batches' alone. */
function scheduleOf({ rounds, learningRate }: FederatedRecipe): Schedule {
  return createSchedule({ kind: "cosine", epochs: rounds }, learningRate);
}

/** The examples of a round: each has its share, in time order. */
function partOf(
  { count }: PreparedExamples,
  { round, recipe: { rounds } }: { round: number; recipe: FederatedRecipe },
) {
  return { from: Math.floor(count * (round - 1) / rounds), to: Math.floor(count * round / rounds) };
}

/** Without the figures, so that the same fault of the same device is one sentence. */
function describeRefusal({ device, reason }: Refusal): string {
  return `refused from ${device}: ${reason}`;
}
