/** Limits of screens, with their units. */

/** Frames per second are at most 10. */
export const FRAME_MS_MIN = 100;
/** The screen is drawn from this size on; below that a few lines. */
export const SCREEN_MIN = { columns: 40, rows: 10 } as const;
/** Refresh intervals that `+` and `-` go through, in ms. */
export const REFRESH_STEPS_MS: readonly number[] = [
  100,
  200,
  500,
  1_000,
  2_000,
  5_000,
  10_000,
  30_000,
  60_000,
];
