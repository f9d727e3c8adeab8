/** A federation on a terminal. Pure, but for the rounds and refusals that its lines have named. */
import type { FederatedChoice, FederatedSnapshot } from "../boards/federated.ts";
import { DEVICE_ORDERS } from "../boards/federated_devices.ts";
import { RECENT_IDS_MAX } from "../boards/limits.ts";
import { RecentIds } from "../boards/recent_ids.ts";
import { federatedLine, federatedNews, federatedSummary, federatedToJson } from "./federated_plain.ts";
import { renderDevices, renderFederated } from "./federated_render.ts";
import type { Step, View } from "./shell.ts";

const nextOrder: Step<FederatedSnapshot, FederatedChoice> = (_choice, { order }) => ({
  order: DEVICE_ORDERS[(DEVICE_ORDERS.indexOf(order) + 1) % DEVICE_ORDERS.length]!,
});

/** Two pages: everything, and the devices alone; `o` chooses their order. */
export function federatedView(): View<FederatedSnapshot, FederatedChoice> {
  const named = new RecentIds(RECENT_IDS_MAX);
  return {
    choice: { order: "name" },
    choiceFor: (choice) => choice,
    pages: [renderFederated, renderDevices],
    keys: { "o": nextOrder },
    lines: (snapshot, trouble) => [
      ...federatedNews(snapshot, (id) => named.add(id)),
      federatedLine(snapshot, trouble),
    ],
    json: federatedToJson,
    silentMs: ({ silentMs }) => silentMs,
    summary: federatedSummary,
  };
}
