/** Settings of everything that answers HTTP: the dashboard, metrics, predictions over REST. */
import { define } from "./setting.ts";
import { address, optional, text, toggle, words } from "./values.ts";

/** Where HTTP is served, and to whom. */
export const web = {
  metrics: define(optional(address()), {
    description: "Serve /metrics, /healthz and /readyz of this process here",
    placeholder: "HOST:PORT",
  }),
  tokenFile: define(optional(text()), {
    description:
      "File whose first line is the token that HTTP requests must bring; beyond this machine one is needed",
    placeholder: "FILE",
  }),
  allowHost: define(optional(words()), {
    description: "Names beside its own that HTTP may be asked by, in the Host header: of a proxy, or in DNS",
    placeholder: "NAME",
    joined: true,
  }),
  web: define(toggle(), {
    description: "Serve the dashboard as well, at the address of --listen",
    default: false,
  }),
} as const;
