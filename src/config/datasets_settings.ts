/** Settings of `datasets`: a part of the table in settings.ts. */
import { define } from "./setting.ts";
import { optional, text, toggle } from "./values.ts";

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
