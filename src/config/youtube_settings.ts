/** Settings of likes from YouTube: a part of the table in settings.ts. */
import { define, defineChoice } from "./setting.ts";
import { integer, optional, text, toggle } from "./values.ts";

/** Where likes come from. */
export const youtube = {
  apiBase: define(text().refine((base) => URL.canParse(base), { error: "a URL" }), {
    description: "Where the YouTube Data API is: a proxy, or a stand-in for tests",
    placeholder: "URL",
    default: "https://www.googleapis.com/youtube/v3",
  }),
  quotaBudget: define(optional(integer({ min: 1 })), {
    description: "End before more than N units of the daily quota are used",
    placeholder: "N",
  }),
  wait: define(toggle(), {
    description: "When the daily quota is used up, go on at midnight Pacific time",
    default: false,
  }),
  record: define(optional(text()), {
    description: "Also write every event to this file, one per line, for replay",
    placeholder: "FILE",
  }),
  format: defineChoice(["json", "text", "csv", "ndjson", "parquet"], {
    description: "Format of events (json, text) or of an exported file (csv, ndjson, parquet)",
    default: "json",
  }),
};
