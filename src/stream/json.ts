/** Values that are kept as JSON: what states are written down as. */

/** A value that JSON keeps: numbers are finite. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
