/** Tokens, and whose they are. */
import { createHmac, randomBytes } from "node:crypto";
import type { Access } from "./access.ts";

/** All tokens of a listener. A look-up takes as long however much of a token was guessed right. */
export class Tokens {
  /** Of this process alone: nobody outside knows which token has which digest. */
  readonly #key = randomBytes(32);
  /** By digest: the holder's name, `null` where the token has none. */
  readonly #holders: ReadonlyMap<string, string | null>;
  /** What stands for all of them: another token makes another text. */
  readonly text: string;

  constructor({ token, named = new Map() }: Pick<Access, "token" | "named">) {
    const all: [string, string | null][] = [...named];
    if (token !== null) all.push([token, null]);
    this.#holders = new Map(all.map(([one, name]) => [this.#digest(one), name]));
    this.text = all.map(([one]) => one).sort().join("\n");
  }

  /** Whether there are any. */
  get isEmpty(): boolean {
    return this.#holders.size === 0;
  }

  /** The holder's name, `null` for one without a name, `undefined` where it is no token. */
  holderOf(given: string): string | null | undefined {
    return this.#holders.get(this.#digest(given));
  }

  #digest(token: string): string {
    return createHmac("sha256", this.#key).update(token).digest("base64");
  }
}
