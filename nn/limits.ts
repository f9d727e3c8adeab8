/** What nothing in this room may exceed, with units. */

/** Trainable numbers in one network: with gradients and the moments of Adam 2 GiB, half of what kernels can reach. */
export const PARAMETERS_MAX = 2 ** 26;

/** Layers in one network, dropout included. */
export const LAYERS_MAX = 64;

/** The JSON header of a safetensors file; the limit that the format's own reader has. */
export const HEADER_BYTES_MAX = 100_000_000;
