/** What the routes ask of the server of a federation. */
import type { z } from "@hono/zod-openapi";
import type { deviceSchema, roundSchema, statusSchema } from "./schemas.ts";
import type { Upload } from "./submission.ts";

/** What became of an update. */
export type Outcome =
  | {
    readonly accepted: true;
    readonly countedIn: number;
    readonly duplicate: boolean;
    readonly updates: number;
    readonly wanted: number;
  }
  | { readonly accepted: false; readonly reason: string; readonly detail: string };

/** A global model. */
export interface GlobalModel {
  readonly round: number;
  readonly version: string;
  /** A model file. */
  readonly bytes: Uint8Array;
}

/** The server of a federation. */
export interface Federation {
  /** Resolves when it is stored. @throws where it could not be stored */
  submit(submission: Upload & { readonly participant: string | null }): Promise<Outcome>;
  /** The newest. */
  readonly global: GlobalModel;
  /** Resolves when there is a newer one than that of this number; rejects when the signal aborts. */
  newerGlobal(than: number, signal: AbortSignal): Promise<GlobalModel>;
  /** Closes the open round. */
  aggregate(): Promise<
    { readonly accepted: true; readonly round: number } | {
      readonly accepted: false;
      readonly reason: string;
      readonly detail: string;
    }
  >;
  status(): z.infer<typeof statusSchema>;
  /** Rounds below `before`, the newest first. */
  history(
    page: { readonly limit: number; readonly before?: number | undefined },
  ): readonly z.infer<typeof roundSchema>[];
  round(number: number): z.infer<typeof roundSchema> | undefined;
  /** By name. */
  devices(): readonly z.infer<typeof deviceSchema>[];
}
