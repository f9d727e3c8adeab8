/** The metrics of a federated server, and of those who learn with it. `by` = last_value, local, global or personalised. */
import { counter, gauge, histogram } from "./define.ts";

/** Every one, by the name that the code has for it. */
export const FEDERATED = {
  federatedRound: gauge(
    "streamflow_federated_round",
    "Number of the round that takes updates; its updates learn from the global model of the same number.",
  ),
  federatedRoundUpdates: gauge(
    "streamflow_federated_round_updates",
    "Updates that the open round has counted so far.",
  ),
  federatedRoundWanted: gauge(
    "streamflow_federated_round_updates_wanted",
    "Updates that the open round needs before it can close.",
  ),
  federatedDeadline: gauge(
    "streamflow_federated_round_deadline_timestamp_seconds",
    "When the open round closes at the latest, in Unix time; no sample where it has no deadline.",
  ),
  federatedUpdates: counter(
    "streamflow_federated_updates_total",
    "Updates that came; outcome = accepted, late (counted into a later round), duplicate or refused.",
    "outcome",
  ),
  federatedRefused: counter(
    "streamflow_federated_refused_total",
    "Updates that were refused, by reason.",
    "reason",
  ),
  federatedParticipants: gauge(
    "streamflow_federated_participants",
    "Participants that sent the updates of the open round and of the one before.",
  ),
  federatedDevices: gauge("streamflow_federated_devices", "Devices that have ever sent an update."),
  federatedRoundDuration: histogram(
    "streamflow_federated_round_duration_seconds",
    "Time from the opening of a round to its global model.",
  ),
  federatedAggregationDuration: histogram(
    "streamflow_federated_aggregation_duration_seconds",
    "Time from the closing of a round to its global model, until the cluster has it.",
  ),
  federatedLoss: gauge(
    "streamflow_federated_loss",
    "Mean loss that the devices of the last published round report, weighted by examples.",
  ),
  federatedDeviceMse: gauge(
    "streamflow_federated_device_mse",
    "Mean over the devices of the squared error that each reports, by what predicted; in units of each " +
      "device's variance.",
    "by",
  ),
  federatedEpsilon: gauge(
    "streamflow_federated_epsilon",
    "Privacy that was spent so far, epsilon; no sample where no noise is added.",
  ),
  federatedModelInfo: gauge(
    "streamflow_federated_model_info",
    "The newest global model (always 1).",
    "round",
    "version",
    "strategy",
  ),
  participantRound: gauge(
    "streamflow_participant_round",
    "Number of the newest global model that a participant has taken.",
  ),
  participantDevices: gauge(
    "streamflow_participant_devices",
    "Devices of the partitions that a participant has.",
  ),
  participantUpdates: counter(
    "streamflow_participant_updates_total",
    "Updates of a participant's devices that the server has answered; outcome = accepted, duplicate or refused.",
    "outcome",
  ),
};
