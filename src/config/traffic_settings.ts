/** Settings of traffic streams, windows and anomalies: a part of the table in settings.ts. */
import { define, defineChoice, defineOptionalChoice } from "./setting.ts";
import {
  address,
  duration,
  emission,
  integer,
  number,
  optional,
  sampling,
  showWindows,
  text,
  toggle,
  topicName,
  windowsOfTime,
  words,
} from "./values.ts";

/** Where packets come from. */
const capture = {
  simulate: define(toggle(), {
    description: "Packets of the traffic model instead of a capture",
    default: false,
  }),
  pcap: define(optional(text()), {
    description: "Capture file, pcap or pcapng; - = standard input, live",
    placeholder: "FILE",
  }),
  netflow: define(optional(address()), {
    description: "Collect NetFlow v5, v9 and IPFIX from this UDP address",
    placeholder: "HOST:PORT",
  }),
  sampling: define(sampling(), {
    description: "Counts of sampled NetFlow: scaled by the exporter's own rate, unscaled, or scaled by N",
    placeholder: "scale|ignore|N",
    default: "scale",
  }),
  link: define(optional(text()), {
    description: "Name of the link, the records' key [default: the file's, exporter's or model's own]",
    placeholder: "NAME",
  }),
  links: define(integer({ min: 1, max: 1_000 }), {
    description: "Links of the traffic model",
    placeholder: "N",
    default: 1,
  }),
  start: define(optional(text()), {
    description:
      "When the simulated traffic begins, ISO 8601 or now [default: 2026-01-05T00:00:00Z, a Monday]",
    placeholder: "TIME",
  }),
  events: define(words(), {
    description:
      "Kinds of events in the simulated traffic: surge, outage, port-scan, syn-flood, new-talker; none",
    placeholder: "A,B",
    default: ["surge", "outage", "port-scan", "syn-flood", "new-talker"],
  }),
  eventsFile: define(optional(text()), {
    description: "Write the simulated events, the labels, to this file, one JSON object a line",
    placeholder: "FILE",
  }),
};

/** Event time and windows. */
const windows = {
  window: define(duration(), { description: "Length of a window", placeholder: "TIME", default: 5 }),
  advance: define(optional(duration()), {
    description: "A new window starts this often [default: the length, so that windows do not overlap]",
    placeholder: "TIME",
  }),
  windows: define(optional(windowsOfTime()), {
    description: "Kind of windows: tumbling:1m, hopping:1m/10s, sliding:1m, session:30s",
    placeholder: "KIND:TIME",
    show: (windows) => windows === undefined ? "" : showWindows(windows),
  }),
  aggregates: define(optional(words()), {
    description: "More about the packets' lengths in each window: count, sum, mean, min, max, variance",
    placeholder: "A,B",
  }),
  lateness: define(duration({ min: 0 }), {
    description: "How far records may be out of order: a window closes so long after its end, in event time",
    placeholder: "TIME",
    default: 0,
  }),
  grace: define(duration({ min: 0 }), {
    description: "How long after that a late record still corrects its window",
    placeholder: "TIME",
    default: 60,
  }),
  futureMax: define(duration(), {
    description: "A record whose event time is so far ahead of its Kafka timestamp is a dead letter",
    placeholder: "TIME",
    default: 3_600,
  }),
  emit: define(emission(), {
    description: "When a window is emitted: final, early:1s (every second of event time, too), every-update",
    placeholder: "final|early:TIME|every-update",
    default: { kind: "final" },
    show: (emission) => emission.kind === "early" ? `early:${emission.everySeconds}s` : emission.kind,
  }),
  idleTimeout: define(duration(), {
    description: "A partition without records for so long is idle: the other partitions' event time counts",
    placeholder: "TIME",
    default: 30,
  }),
  closeAfter: define(duration(), {
    description: "Windows of an idle stream close after so long",
    placeholder: "TIME",
    default: 60,
  }),
};

/** Forecasts, alerts, anomalies. */
const outcomes = {
  warmStart: define(optional(text()), {
    description: "Model file to start from instead of random weights",
    placeholder: "FILE",
  }),
  normalization: defineChoice(["standard", "min-max", "none"], {
    description: "How inputs and targets are scaled",
    default: "standard",
  }),
  answer: defineOptionalChoice(
    ["value", "change"],
    "What the network answers: the next value, or its change [default: change; where bytes alone are known value]",
  ),
  compareNormalization: define(toggle(), {
    description: "Also train without normalisation, and show how both converge",
    default: false,
  }),
  alert: define(optional(words()), {
    description:
      "Rules, several separated by commas or flags: packets>100, bytes>p99, packets.upper>2k, actual.packets<10",
    placeholder: "RULE,RULE",
    joined: true,
  }),
  alertClear: define(number({ above: 0, max: 1 }), {
    description:
      "An alert is cleared when the value is back behind this share of the way from 0 to the threshold",
    placeholder: "X",
    default: 0.9,
  }),
  alertHold: define(integer({ min: 1, max: 10_000 }), {
    description: "A rule must hold for N windows in a row",
    placeholder: "N",
    default: 1,
  }),
  cooldown: define(duration({ min: 0 }), {
    description: "Cooldown: no second alert of a rule within so long, in event time",
    placeholder: "TIME",
    default: 60,
  }),
  coverage: define(number({ min: 0.5, max: 0.999 }), {
    description: "Coverage of the forecasts' intervals: the share of outcomes that should lie inside",
    placeholder: "X",
    default: 0.9,
  }),
  alerts: define(topicName(), {
    description: "Topic for the alerts",
    placeholder: "TOPIC",
    default: "alerts",
  }),
  anomalies: define(topicName(), {
    description: "Topic for the anomalies",
    placeholder: "TOPIC",
    default: "anomalies",
  }),
  detector: defineOptionalChoice(
    ["default", "z-score", "ewma", "seasonal", "cusum", "half-space-trees", "autoencoder", "forecast"],
    "How anomalies are found [default: default]",
  ),
  labels: define(optional(text()), {
    description: "File with the true anomalies, as the Numenta benchmark has them: gives a score",
    placeholder: "FILE",
  }),
  threshold: define(optional(number({ min: 0, max: 1 })), {
    description: "Threshold: score from which a row counts as an anomaly [default: the detector's]",
    placeholder: "X",
  }),
  reason: define(optional(words()), {
    description: "Only dead letters with one of these reasons",
    placeholder: "A,B",
  }),
  again: define(toggle(), {
    description: "Also records that were replayed before and became dead letters again",
    default: false,
  }),
  out: define(optional(text()), { description: "File to write", placeholder: "FILE" }),
};

/** All of them. */
export const traffic = { ...capture, ...windows, ...outcomes };
