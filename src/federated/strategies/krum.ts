/**
 * Krum: the update that is nearest to its neighbours (Blanchard et al. 2017, arXiv:1703.02757). Its score is the sum of
 * the squared distances to its n − f − 2 nearest, f the number that may be false; n ≥ 2f + 3 makes it safe.
 */
import { squaredDistance, type Update } from "../update.ts";
import { collectAll, faultyShareOf, PLAIN, type Strategy, type StrategyOptions } from "./strategy.ts";

/** Makes it. */
export function krum(options: StrategyOptions): Strategy {
  const share = faultyShareOf(options);
  const strategy: Strategy = {
    ...PLAIN,
    name: "krum",
    minUpdates: 3,
    doubt: (updates) => doubtFaulty(faultyOf(updates, { share, times: 2 }), updates),
    begin: () =>
      collectAll(strategy, (updates) => {
        const faulty = faultyOf(updates.length, { share, times: 2 });
        return updates[rankByKrum(updates, faulty)[0]!]!.weights.slice();
      }),
  };
  return strategy;
}

/** f: the share of n updates, rounded up, as far as n ≥ times·f + 3. */
export function faultyOf(
  updates: number,
  { share, times }: { readonly share: number; readonly times: number },
): number {
  return Math.max(0, Math.min(Math.ceil(share * updates), Math.floor((updates - 3) / times)));
}

/** What so few updates say about the false ones; `null` where one at least is outvoted. */
export function doubtFaulty(faulty: number, updates: number): string | null {
  return faulty > 0 ? null : `${updates} updates are too few to outvote a false one`;
}

/** Places of the updates by their scores, the nearest to its neighbours first; of equal ones the earlier. */
export function rankByKrum(updates: readonly Pick<Update, "weights">[], faulty: number): number[] {
  const n = updates.length;
  const squares = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      squares[i * n + j] = squares[j * n + i] = squaredDistance(updates[i]!.weights, updates[j]!.weights);
    }
  }
  const nearest = Math.max(1, n - faulty - 2);
  const scores = Array.from({ length: n }, (_, i) => {
    const others = squares.slice(i * n, (i + 1) * n).sort(); // the first is itself, at 0
    return others.subarray(1, nearest + 1).reduce((sum, square) => sum + square, 0);
  });
  return scores.map((_, i) => i).sort((a, b) => scores[a]! - scores[b]! || a - b);
}
