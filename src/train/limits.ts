/** Limits of this room, with units. */

/** Readings held in memory for training: some 500 MB with two features. */
export const TRAINING_READINGS_MAX = 5_000_000;

/** Past readings of a source whose ids are remembered to recognise a repeated one. */
export const IDS_KEPT = 64;

/** Sources that get a row of their own in the report on screen. */
export const SOURCES_SHOWN = 20;
