/** What a user says about a CSV file. */

/** Which columns mean what, and how their values are written. */
export interface ColumnOptions {
  /** Column that names the source. @default one source, named after the file */
  readonly key?: string | undefined;
  /** Columns with measured values. @default every other one whose values are numbers */
  readonly features?: readonly string[] | undefined;
  /** Column with the time, or two with date and time of day. @default by name, such as `timestamp`, or by its values */
  readonly timestamp?: string | undefined;
  /** Name or pattern of the times' format. @default chosen by the column's values */
  readonly timestampFormat?: string | undefined;
  /** @default chosen by each column's values */
  readonly decimal?: "point" | "comma" | undefined;
}
