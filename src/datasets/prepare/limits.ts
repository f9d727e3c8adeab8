/** Limits of what is prepared, and what a reading of the Intel lab may be. */

/** Rows that are held to be put in order: 8 bytes for each value and for the time. */
export const ROWS_MAX = 8_000_000;
/** Sources of a data set. */
export const SOURCES_MAX = 10_000;
/** A line that is longer is none of the file's, in bytes. */
export const LINE_BYTES_MAX = 4_096;

/** Motes of the Intel lab are 1 to this. */
export const LAB_MOTES = 54;
/** Below this voltage a mote's other values cannot be trusted, in V. */
export const LAB_VOLTAGE_MIN = 2.4;
/** Above this it is no voltage of two lithium cells' motes, in V. */
export const LAB_VOLTAGE_MAX = 3.6;
/** Temperatures that an office can have, in °C. */
export const LAB_TEMPERATURE = [-10, 50] as const;
/** Relative humidity, in %. */
export const LAB_HUMIDITY = [0, 100] as const;
/** Light: from darkness to full sunlight, in lux. */
export const LAB_LIGHT = [0, 100_000] as const;
