/** `streamflow federated …`: devices learn, only their weights travel, a server averages them. */
import { defineGroup } from "../command.ts";
import { federatedDemoCommand } from "./demo.ts";
import { federatedParticipateCommand } from "./participate.ts";
import { federatedDevicesCommand, federatedHistoryCommand, federatedStatusCommand } from "./overview.ts";
import { federatedServerCommand } from "./server.ts";
import { federatedSimulateCommand } from "./simulate.ts";

/** The commands under `federated`. */
export const federatedCommand = defineGroup({
  name: "federated",
  summary: "Federated learning: devices learn, only their weights travel, a server averages them",
  commands: [
    federatedDemoCommand,
    federatedServerCommand,
    federatedParticipateCommand,
    federatedStatusCommand,
    federatedHistoryCommand,
    federatedDevicesCommand,
    federatedSimulateCommand,
  ],
});
