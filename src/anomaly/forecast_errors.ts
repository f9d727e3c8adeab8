/**
 * Errors of a device's forecasts, judged by the device's own: the same error may be nothing for one and an event for
 * another. The scale is robust: an error beyond the limit teaches it no more than one at the limit.
 */
import type { Detector } from "./detector.ts";
import { createDetector, type DetectorName } from "./detectors.ts";
import type { EwmaOptions } from "./ewma.ts";

/** What judges errors where nobody chose. */
export const ERROR_DETECTOR = "ewma" satisfies DetectorName;

/**
 * Errors of forecasts have heavy tails: at 6 standard deviations of the last hundred or so, 0.5 % of the shipped
 * meters' and 0.2 % of the shipped sensors' hourly and five-second changes are anomalies; at the detector's own 4, 2.3 %.
 */
const ERROR_OPTIONS: EwmaOptions = { weight: 0.02, limit: 6, warmUpRows: 30 };

/** A detector for the errors (what came − what was forecast) of one device. */
export function createErrorDetector(name: DetectorName = ERROR_DETECTOR): Detector {
  return name === ERROR_DETECTOR ? createDetector(ERROR_DETECTOR, ERROR_OPTIONS) : createDetector(name);
}
