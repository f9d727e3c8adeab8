/** Where the files of NSL-KDD are: they may not be shipped. */

/** Both files, or why there are none. */
export function findNslKdd(): { readonly train: string; readonly test: string } | {
  readonly missing: string;
} {
  const path = (name: string) =>
    new URL(`../../../shared/data/nsl-kdd/${name}.txt`, import.meta.url).pathname;
  const [train, test] = [path("KDDTrain+"), path("KDDTest+")];
  try {
    Deno.statSync(train);
    Deno.statSync(test);
    return { train, test };
  } catch {
    return { missing: `KDDTrain+.txt and KDDTest+.txt are not in ${path("").replace(/[^/]*$/, "")}` };
  }
}
