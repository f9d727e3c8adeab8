/** What a participant sends, and the checks that are always on: each refusal has a reason. */
import { firstNotFinite } from "../../nn/mod.ts";
import {
  DEVICE_CHARS_MAX,
  METRIC_NAME_CHARS_MAX,
  METRICS_MAX,
  NUM_EXAMPLES_MAX,
  UPDATE_NORM_MAX,
} from "./limits.ts";

/** Weights that a device learned, checked. */
export interface Update {
  readonly device: string;
  /** Of the global model that it learned from. */
  readonly round: number;
  /** That it learned from: its weight in a mean, at most {@linkcode NUM_EXAMPLES_MAX}. */
  readonly numExamples: number;
  /** All parameters of its network. */
  readonly weights: Float64Array;
  readonly metrics?: Readonly<Record<string, number>>;
}

/** Why an update is refused. */
export type RefusalReason = "device" | "round" | "examples" | "shape" | "not-finite" | "norm" | "metrics";

/** A refused update: the reason, and the sentence for people. */
export interface Refusal<R extends string = RefusalReason> {
  readonly device: string;
  readonly reason: R;
  readonly detail: string;
}

/** An update that counts, or why it does not. */
export type Checked = { readonly update: Update } | { readonly refusal: Refusal };

/** What updates are held against. */
export interface CheckOptions {
  /** The global weights that it learned from. */
  readonly global: Float64Array;
  /** Largest norm of weights less the global ones. @default UPDATE_NORM_MAX, and never more */
  readonly normMax?: number;
}

/** Checks what a device claims. Its weights are not copied. */
export function checkUpdate(claim: Update, { global, normMax = UPDATE_NORM_MAX }: CheckOptions): Checked {
  const found = faultOf(claim, global, Math.min(normMax, UPDATE_NORM_MAX));
  if (found !== null) {
    const [reason, detail] = found;
    return { refusal: { device: claim.device.slice(0, DEVICE_CHARS_MAX), reason, detail } };
  }
  return { update: { ...claim, numExamples: Math.min(claim.numExamples, NUM_EXAMPLES_MAX) } };
}

function faultOf(
  { device, round, numExamples, weights, metrics = {} }: Update,
  global: Float64Array,
  normMax: number,
): readonly [RefusalReason, string] | null {
  const unfit = faultOfName(device);
  if (unfit !== null) return ["device", unfit];
  if (!Number.isSafeInteger(round) || round < 0) {
    return ["round", `the round is ${round}, a whole number from 0 is wanted`];
  }
  if (!Number.isSafeInteger(numExamples) || numExamples < 1) {
    return ["examples", `it was learned from ${numExamples} examples, a whole number from 1 is wanted`];
  }
  if (weights.length !== global.length) {
    return ["shape", `it has ${weights.length} weights, the global model has ${global.length}`];
  }
  const norm = distance(weights, global);
  // A weight that is not finite makes a norm that is not: weights are looked through where the norm is wrong alone.
  if (!(norm <= normMax)) {
    const at = firstNotFinite(weights);
    return at >= 0
      ? ["not-finite", `weight ${at} of ${weights.length} is ${weights[at]}`]
      : ["norm", `it is ${norm.toPrecision(4)} away from the global model, at most ${normMax} is allowed`];
  }
  const figures = Object.entries(metrics);
  if (figures.length > METRICS_MAX) {
    return ["metrics", `it has ${figures.length} metrics, at most ${METRICS_MAX} are allowed`];
  }
  const wrong = figures.find(([name, value]) =>
    !Number.isFinite(value) || name.length > METRIC_NAME_CHARS_MAX
  );
  if (wrong === undefined) return null;
  const [name, value] = [wrong[0].slice(0, METRIC_NAME_CHARS_MAX), wrong[1]];
  return Number.isFinite(value)
    ? ["metrics", `the name of its metric ${name}… has over ${METRIC_NAME_CHARS_MAX} characters`]
    : ["metrics", `its metric ${name} is ${value}`];
}

/** Why a device cannot have this name, a sentence; `null` = it can. */
export function faultOfName(device: string): string | null {
  if (device.length === 0 || device.length > DEVICE_CHARS_MAX) {
    return `the device's name has ${device.length} characters, 1 to ${DEVICE_CHARS_MAX} are wanted`;
  }
  if (/\p{C}/u.test(device)) return "the device's name has control characters";
  // What reads JSON leaves this key out of an object.
  return device === "__proto__" ? 'a device cannot have the name "__proto__"' : null;
}

/** Euclidean distance of two models, in the weights' unit. */
export function distance(a: Float64Array, b: Float64Array): number {
  return Math.sqrt(squaredDistance(a, b));
}

/** Its square. */
export function squaredDistance(a: Float64Array, b: Float64Array): number {
  const { length } = a, whole = length - length % 4;
  let p = 0, q = 0, r = 0, s = 0; // four sums that do not wait for each other
  for (let i = 0; i < whole; i += 4) {
    const k = a[i]! - b[i]!, l = a[i + 1]! - b[i + 1]!, m = a[i + 2]! - b[i + 2]!, n = a[i + 3]! - b[i + 3]!;
    p += k * k;
    q += l * l;
    r += m * m;
    s += n * n;
  }
  for (let i = whole; i < length; i++) p += (a[i]! - b[i]!) ** 2;
  return p + q + (r + s);
}
