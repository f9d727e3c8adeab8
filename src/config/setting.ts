/** What a setting is, and how one is defined. */
import type { z } from "zod";
import { choice, optional } from "./values.ts";

/** A setting: its meaning, its check, its default. */
export interface Setting<S extends z.ZodType = z.ZodType> {
  readonly description: string;
  /** From text (flag, environment) or a file's value to the typed value. */
  readonly schema: S;
  /** What stands for the value in help texts; a setting without one is a switch. */
  readonly placeholder?: string;
  /** The words that are allowed, where they are few. */
  readonly choices?: readonly string[];
  /** Absent where the setting is optional. */
  readonly default?: z.output<S>;
  /** How people write a value that is neither a number nor a text nor a list of them. */
  readonly show?: (value: z.output<S>) => string;
  /** The flag may be given several times: its values count together, as if a comma stood between them. */
  readonly joined?: boolean;
  /** Never a flag and never printed. */
  readonly secret?: boolean;
  /** A flag of every command. */
  readonly global?: boolean;
}

/** A setting that may take anything its check lets through. */
export function define<S extends z.ZodType>(schema: S, rest: Omit<Setting<S>, "schema">): Setting<S> {
  return { schema, ...rest };
}

/** A setting that is one of a few words. */
export function defineChoice<const C extends readonly [string, ...string[]]>(
  choices: C,
  rest: { description: string; default: C[number] },
): Setting<ReturnType<typeof choice<C>>> {
  return { schema: choice(choices), choices, placeholder: choices.join("|"), ...rest } as Setting<
    ReturnType<typeof choice<C>>
  >;
}

/** A choice that may be absent. */
export function defineOptionalChoice<const C extends readonly [string, ...string[]]>(
  choices: C,
  description: string,
): Setting<z.ZodOptional<ReturnType<typeof choice<C>>>> {
  return { schema: optional(choice(choices)), choices, placeholder: choices.join("|"), description };
}
