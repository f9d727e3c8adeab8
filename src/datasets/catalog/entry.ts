/** What the catalogue says of a data set. */

/** A file of a data set at its public address. */
export interface CatalogFile {
  /** Where it goes below the data set's folder. */
  readonly path: string;
  readonly url: string;
  /** Its exact size where it is known, in bytes. */
  readonly bytes?: number;
  /** SHA-256, hexadecimal, where it is known; else the first download's is recorded, and counts from then on. */
  readonly sha256?: string;
  /** What a gzip file may unpack to at most, in bytes. */
  readonly unpackedBytesMax?: number;
}

/** A data set: what it is, whose, under which terms, and where it comes from. */
export interface CatalogEntry {
  /** What `fetch` and `prepare` call it. */
  readonly name: string;
  readonly what: string;
  /** How many rows, in words. */
  readonly rows: string;
  /** Whether the program has it within itself. */
  readonly shipped: boolean;
  /** Who collected it, and by which way it comes. */
  readonly source: string;
  /** The page that describes it. */
  readonly page: string;
  /** Licence, or the terms as far as anybody has stated them. */
  readonly terms: string;
  /** Size of all files together, in bytes; nearly, where a file's is not known. */
  readonly bytes: number;
  /** Empty for what is shipped. */
  readonly files: readonly CatalogFile[];
  /** Command lines that use it, without the program's name; `FOLDER` stands for the folder of its files. */
  readonly use: readonly string[];
}
