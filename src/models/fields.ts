/** Checks of what a model file says: each field, with the place where it stands when it is not as it should be. */

/** Bytes that are no model, or not one for this program; the message says what was found. */
export class ModelFileError extends Error {
  override readonly name = "ModelFileError";
}

/** Ends the reading of a model. @throws {ModelFileError} always */
export function notRead(found: string): never {
  throw new ModelFileError(`Cannot read the model: ${found}`);
}

/** An object of the metadata, and the checks of its fields; each says where it stands when it fails. */
export class Fields {
  readonly #path: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(path: string, value: unknown) {
    this.#path = path;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.#fail("", "an object", value);
    }
    this.#fields = value as Record<string, unknown>;
  }

  object(key: string): Fields {
    return new Fields(`${this.#path}.${key}`, this.#fields[key]);
  }

  text(key: string): string {
    const value = this.#fields[key];
    return typeof value === "string" ? value : this.#fail(key, "text", value);
  }

  choice<T extends string>(key: string, allowed: readonly T[]): T {
    const value = this.#fields[key];
    return allowed.includes(value as T) ? value as T : this.#fail(key, allowed.join(" or "), value);
  }

  integer(key: string, min: number): number {
    const value = this.#fields[key];
    return Number.isSafeInteger(value) && (value as number) >= min
      ? value as number
      : this.#fail(key, `an integer from ${min}`, value);
  }

  positive(key: string): number {
    const value = this.#fields[key];
    return isPositive(value) ? value : this.#fail(key, "a positive number", value);
  }

  numbers(key: string, test: (value: unknown) => boolean = Number.isFinite): readonly number[] {
    const value = this.#fields[key];
    return Array.isArray(value) && value.every(test) ? value : this.#fail(key, "an array of numbers", value);
  }

  finite(key: string): number {
    const value = this.#fields[key];
    return Number.isFinite(value) ? value as number : this.#fail(key, "a number", value);
  }

  toggle(key: string): boolean {
    const value = this.#fields[key];
    return typeof value === "boolean" ? value : this.#fail(key, "true or false", value);
  }

  has(key: string): boolean {
    return this.#fields[key] !== undefined;
  }

  isNull(key: string): boolean {
    return this.#fields[key] === null;
  }

  list(key: string): readonly unknown[] {
    const value = this.#fields[key];
    return Array.isArray(value) ? value : this.#fail(key, "an array", value);
  }

  /** Different texts. */
  texts(key: string): readonly string[] {
    const found = this.list(key);
    const wrong = found.find((text) => typeof text !== "string");
    if (wrong !== undefined || new Set(found).size !== found.length) {
      this.#fail(key, "an array of different texts", found);
    }
    return found as readonly string[];
  }

  objects(key: string): readonly Fields[] {
    const value = this.#fields[key];
    if (!Array.isArray(value)) this.#fail(key, "an array", value);
    return (value as unknown[]).map((entry, i) => new Fields(`${this.#path}.${key}[${i}]`, entry));
  }

  values(): readonly unknown[] {
    return Object.values(this.#fields);
  }

  #fail(key: string, wanted: string, found: unknown): never {
    const shown = (JSON.stringify(found) ?? "nothing").slice(0, 60);
    const place = key === "" ? this.#path : `${this.#path}.${key}`;
    notRead(`${place} is ${shown}; ${wanted} is expected`);
  }
}

/** Whether it is a finite number above 0. */
export function isPositive(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) > 0;
}
