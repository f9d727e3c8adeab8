/** Words for the shape that JSON should be of, for rooms that read what others have written. */
import { z } from "zod";

/** Checks that JSON is of one shape, and gives it as what it is. */
export type Shape<T> = z.ZodType<T>;

/** What a shape gives. */
export type ShapeOf<S extends z.ZodType> = z.infer<S>;

/** The words. */
export const shape = {
  ...{ array: z.array, tuple: z.tuple, object: z.object, record: z.record, union: z.union },
  ...{ number: z.number, int: z.int, string: z.string, boolean: z.boolean },
  ...{ enum: z.enum, literal: z.literal, custom: z.custom },
} as const;
