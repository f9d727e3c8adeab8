/** Every limit of this room, with its unit. */

/** Largest model file that is read. */
export const MODEL_FILE_BYTES_MAX = 1_200_000_000;

/** Readings of one source that a forecast may look back at: its look-back, and its longest season. */
export const READINGS_KEPT_MAX = 20_000;

/** Scaled numbers stay within this, so that no finite input makes an answer that is none; fits into 32 bits too. */
export const SCALED_MAX = 1e30;

/** How often a model's file is looked at. */
export const MODEL_LOOK_EVERY_MS = 500;

/** Epochs of a training whose losses the model file keeps, and two. */
export const HISTORY_EPOCHS_MAX = 1_000;
