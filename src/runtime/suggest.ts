/** "Did you mean …": the nearest of the known words. */

/** Letters to insert, drop, change or swap with their neighbour until `a` is `b`. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(change, previous[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, beforePrevious[j - 2]! + 1);
      }
      row.push(best);
    }
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length]!;
}

/** Upper and lower case, `-`, `_` and blanks count for nothing. */
function normalize(word: string): string {
  return word.toLowerCase().replaceAll(/[\s_-]/g, "");
}

/** The known word that `word` was probably meant to be; `undefined` where none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const wanted = normalize(word).slice(0, 64);
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(wanted, normalize(candidate));
    if (best === undefined || distance < best.distance) best = { candidate, distance };
  }
  const limit = Math.max(1, Math.min(3, Math.floor(wanted.length * 0.4)));
  return best !== undefined && best.distance <= limit ? best.candidate : undefined;
}

/** `did you mean 'rate'?`, or the list of what there is. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const words = [...known];
  const near = nearest(word, words);
  return near === undefined ? `there is: ${words.join(", ")}` : `did you mean '${near}'?`;
}
