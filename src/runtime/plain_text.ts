/** Names and texts of others, reduced to signs that look the same everywhere. Pure. */

/** Letters of a name (source, model, reason) that are kept. */
const NAME_LENGTH_MAX = 64;

/** What is shown as it is: letters, digits and signs that are one cell wide everywhere. */
const NARROW =
  /[^\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0373\u0376\u0377\u037b-\u037f\u0386-\u0482\u048a-\u052f]/gu;

/** A name without control characters, marks and wide characters (`?` stands for those); at most 64 letters. */
export function plainName(name: string): string {
  return plainText(name, NAME_LENGTH_MAX);
}

/** A text of one line, made harmless likewise; at most so many letters. */
export function plainText(text: string, lengthMax: number): string {
  const cut = beginningOf(text, lengthMax);
  if (/^[\x20-\x7e]*$/.test(cut)) return cut;
  return cut.replace(/[\p{C}\p{M}]/gu, "").replace(NARROW, "?");
}

/** At most so many letters of a text, as a copy: a slice would keep the whole text in memory as long as itself. */
export function beginningOf(text: string, lengthMax: number): string {
  return text.length > lengthMax ? [...text.slice(0, lengthMax)].join("") : text;
}
