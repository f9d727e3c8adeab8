/**
 * The accountant: what so many rounds with Gaussian noise give away of one device. `rounds` of them with noise of z clip
 * norms are exactly as private as one with z/√rounds (Gaussian differential privacy: Dong, Roth, Su 2022,
 * doi:10.1111/rssb.12454), and for one ε follows from δ (Balle, Wang 2018, arXiv:1805.06530, theorem 8). A device more or
 * less is what nobody can find out; that not every device takes part in each round is not counted in its favour.
 */

/** Probability with which ε may be exceeded, where nobody says another: below one in the number of devices. */
export const DELTA = 1e-5;

/** Beyond it a number says nothing any more. */
const EPSILON_MAX = 1e6;

/** ε of (ε, δ)-differential privacy; Infinity without noise, or above 10⁶. */
export function epsilonOf(
  noiseMultiplier: number,
  { rounds, delta = DELTA }: { readonly rounds: number; readonly delta?: number },
): number {
  if (rounds === 0) return 0;
  const mu = Math.sqrt(rounds) / noiseMultiplier;
  if (!(deltaOf(EPSILON_MAX, mu) <= delta)) return Infinity;
  if (deltaOf(0, mu) <= delta) return 0;
  let low = 0, high = EPSILON_MAX;
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (deltaOf(middle, mu) <= delta) high = middle;
    else low = middle;
  }
  return high;
}

/** δ at ε of a Gaussian mechanism whose sensitivity is μ of its standard deviations. */
function deltaOf(epsilon: number, mu: number): number {
  const a = mu / 2 - epsilon / mu, b = -mu / 2 - epsilon / mu;
  return Math.exp(logNormal(a)) - Math.exp(epsilon + logNormal(b));
}

/** log Φ(x), also where Φ is too small for a number. */
function logNormal(x: number): number {
  const t = Math.abs(x) / Math.SQRT2;
  const tail = t < 2 ? Math.log(1 - erfSeries(t)) : Math.log(erfcx(t)) - t * t;
  return x <= 0 ? tail - Math.LN2 : Math.log1p(-Math.exp(tail) / 2);
}

/** erf by its series: below 2 all digits that a difference from 1 needs. */
function erfSeries(t: number): number {
  let term = t, sum = t;
  for (let n = 1; Math.abs(term) > 1e-17 * sum && n < 100; n++) {
    term *= -t * t / n;
    sum += term / (2 * n + 1);
  }
  return 2 / Math.sqrt(Math.PI) * sum;
}

/** exp(t²)·erfc(t) by its continued fraction, t ≥ 2. */
function erfcx(t: number): number {
  let fraction = t;
  for (let k = 120; k >= 1; k--) fraction = t + k / 2 / fraction;
  return 1 / (Math.sqrt(Math.PI) * fraction);
}
