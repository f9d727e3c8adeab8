/** What a sample of a file leaves open. */

/** Two readings of the same values are possible, or none: more rows may decide, or a flag. */
export class Undecided extends Error {
  override readonly name = "Undecided";
  /** The flag that decides. */
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}
