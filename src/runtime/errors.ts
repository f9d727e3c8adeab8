/** An expected failure: what was done and found, what to do next. Shown as `error: …` and `hint: …`, no stack. */
export class UserError extends Error {
  /** Stays the same where the program is minified. */
  override readonly name = "UserError";
  /** What to do next. */
  readonly hint: string | undefined;
  /** 1 failure, 2 usage. */
  readonly exitCode: 1 | 2;
  /** `exitCode`: 2 where the command line is wrong, else 1. */
  constructor(message: string, options: { hint?: string; exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 1;
  }
}
