/** Settings of what is read, and of the data sets that are downloaded: a part of the table in settings.ts. */
import { define, defineChoice, defineOptionalChoice } from "./setting.ts";
import { integer, number, optional, text, toggle, words } from "./values.ts";

/** What is read and how fast. */
export const readings = {
  dataset: defineChoice(["meters", "sensors", "nsl-kdd", "isp"], {
    description:
      "meters (electricity of 18 buildings) and sensors (4 motes) are shipped; the files of nsl-kdd and isp are " +
      "named by --train, --test, --file",
    default: "meters",
  }),
  train: define(optional(text()), { description: "File to train on: KDDTrain+.txt", placeholder: "FILE" }),
  test: define(optional(text()), {
    description: "File for validation and test: KDDTest+.txt",
    placeholder: "FILE",
  }),
  file: define(optional(text()), {
    description: "File of the data set: KDDTest+.txt; - = standard input",
    placeholder: "FILE",
  }),
  unknownLabel: defineChoice(["error", "skip"], {
    description: "A label of an unknown class: end with an error, or skip the row and count it",
    default: "error",
  }),
  csv: define(optional(text()), {
    description:
      "CSV file instead of a shipped data set; - = standard input; a folder where several are scored",
    placeholder: "FILE",
  }),
  key: define(optional(text()), {
    description: "CSV column that names the source of a row [default: one source, the file's name]",
    placeholder: "COLUMN",
  }),
  features: define(optional(words()), {
    description:
      "CSV columns with the measured values [default: every other whose values are numbers]; names of an " +
      "imported network's inputs",
    placeholder: "A,B",
  }),
  timestamp: define(optional(text()), {
    description:
      "CSV column with the time, or two with date and time of day: DATE,TIME [default: by name, such as timestamp]",
    placeholder: "COLUMN",
  }),
  timestampFormat: define(optional(text()), {
    description:
      "Format of CSV times: iso, dmy, mdy, ymd, compact, excel, s, ms, us, ns, or a pattern such as " +
      "'%d.%m.%Y %H:%M' [default: by the column's values]",
    placeholder: "FORMAT",
  }),
  decimal: defineOptionalChoice(
    ["point", "comma"],
    "Decimal sign of a CSV file's numbers [default: by each column's values]",
  ),
  onError: defineChoice(["fail", "skip", "dlq"], {
    description:
      "A CSV row that is no reading: end with an error, leave it out and count it, or send it to the " +
      "dead letters",
    default: "fail",
  }),
  rate: define(number({ min: 0 }), {
    description: "Readings per second, 0 = as fast as possible; of simulated traffic the mean packet rate",
    placeholder: "N",
    default: 100,
  }),
  speed: define(optional(number({ min: 0 })), {
    description: "Replay at X times the recorded pace, instead of --rate; 0 = as fast as possible",
    placeholder: "X",
  }),
  limit: define(optional(integer({ min: 1 })), {
    description: "Stop after N readings, or packets",
    placeholder: "N",
  }),
  loop: define(toggle(), { description: "Begin again at the end", default: false }),
};

/** Where data sets come from and go to. */
export const datasets = {
  folder: define(text(), {
    description: "Folder of downloaded data sets; each has one of its own in it",
    placeholder: "DIR",
    default: "streamflow-datasets",
  }),
  url: define(optional(text()), {
    description:
      "Another address of the data set's file, or of the folder with its files [default: the public one]",
    placeholder: "URL",
  }),
  yes: define(toggle(), {
    description: "Download without asking: size and terms are accepted",
    default: false,
  }),
};
