/** Messages for people, on standard error. */
export interface Log {
  /** What happens, one line; silent with `--quiet`. */
  info(message: string): void;
  /** Something to look at, one line; shown with `--quiet` too. */
  warn(message: string): void;
  /** Detail, only with `--verbose`. */
  debug(message: string): void;
}
