/** Packet captures: pcap and pcapng. */
export { type Capture, describeCapture, openCapture, readCapture } from "./capture.ts";
export { type CaptureProblem, CaptureReader, type CaptureSummary } from "./reader.ts";
