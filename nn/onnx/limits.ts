/** What an ONNX file may not exceed, with units. */

/** Bytes of a file. */
export const ONNX_BYTES_MAX = 2 ** 30;

/** Nodes of a graph. */
export const NODES_MAX = 20_000;

/** Constants of a graph. */
export const INITIALIZERS_MAX = 20_000;

/** Inputs, or outputs, of a graph that are read. */
export const PORTS_MAX = 20_000;

/** Sizes of one tensor. */
export const RANK_MAX = 8;

/** Numbers that following a graph may make, beside four times those that the file itself holds. */
export const TRACED_NUMBERS_MAX = 2 ** 22;
