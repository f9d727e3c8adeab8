/**
 * The Intel lab's temperature and humidity as others have prepared them: a file for each quantity and part, 50 lines of 144
 * (training) and of 96 (test) half-hours, a line per mote. Ids and times are lost: lines are numbered, and the first
 * half-hour is taken to begin at midnight of the first day.
 */
import { UserError } from "../../runtime/errors.ts";
import { ReadingColumns } from "./reading_columns.ts";

const START_MS = Date.UTC(2004, 1, 28);
const STEP_MS = 30 * 60_000;
const FEATURES = ["temperature", "humidity"] as const;

/** Takes the four files, in any order. */
export class HalfHours {
  readonly #rows = new Map<string, number[][]>();

  /**
   * Takes a file.
   *
   * @throws {UserError} where its name is none of the four, or something in it is no number
   */
  take(name: string, text: string): void {
    const [, quantity, part] = /^intel(Temperature|Humidity)(Train|Test)\.csv$/.exec(name) ?? [];
    const rows = text.trim().split(/\r?\n/).map((line) => line.split(",").map(Number));
    if (quantity === undefined || rows.flat().some((value) => !Number.isFinite(value))) {
      throw new UserError(
        `${name} is no table of half-hours: numbers with commas between them are expected`,
        {
          hint: "'streamflow datasets fetch intel-lab-30min' gets the files",
        },
      );
    }
    this.#rows.set(`${quantity.toLowerCase()} ${part}`, rows);
  }

  /** All of them as readings. */
  joined(): { readonly columns: ReadingColumns; readonly lines: number; readonly assumptions: string[] } {
    const [temperature, humidity] = FEATURES.map((feature) =>
      (this.#rows.get(`${feature} Train`) ?? []).map((row, mote) => [
        ...row,
        ...this.#rows.get(`${feature} Test`)?.[mote] ?? [],
      ])
    );
    const columns = new ReadingColumns(FEATURES);
    temperature!.forEach((row, mote) => {
      const source = columns.numberOf(`mote-${String(mote + 1).padStart(2, "0")}`);
      row.forEach((value, step) =>
        columns.add(
          START_MS + step * STEP_MS,
          source,
          Float64Array.of(value, humidity![mote]?.[step] ?? NaN),
        )
      );
    });
    return {
      columns,
      lines: [...this.#rows.values()].reduce((sum, rows) => sum + rows.length, 0),
      assumptions: [
        "the motes' ids and times are lost: lines are numbered, the first half-hour is taken to be 2004-02-28T00:00Z",
      ],
    };
  }
}
