/** What nothing in this room may exceed, with units. */

/** Trainable numbers in one network: 2^27 of them are 1 GiB of parameters. */
export const PARAMETERS_MAX = 2 ** 27;

/** Layers in one network, dropout included. */
export const LAYERS_MAX = 64;

/** The JSON header of a safetensors file; the limit that the format's own reader has. */
export const HEADER_BYTES_MAX = 100_000_000;
