/**
 * Views for dashboards: times as text that SQLite's and Superset's functions take, numbers out of JSON, and of rounds
 * and devices those of the newest incarnation of their topic alone. Pure.
 */

/** A time in ms as `2026-01-31 23:59:59.999`, UTC. */
function time(column: string, name: string): string {
  return `strftime('%Y-%m-%d %H:%M:%f', ${column} / 1000.0, 'unixepoch') AS ${name}`;
}

/** A number of a JSON column by its name. */
function metric(name: string, as: string): string {
  return `metrics ->> '$."${name}"' AS ${as}`;
}

function ofNewest(table: string): string {
  return `WHERE (topic, incarnation) IN (SELECT topic, max(incarnation) FROM ${table} GROUP BY topic)`;
}

const ERRORS = [
  metric("mse.lastValue", "mse_last_value"),
  metric("mse.local", "mse_local"),
  metric("mse.global", "mse_global"),
  metric("mse.personalised", "mse_personalised"),
];

/** Each view: its columns and where they come from. */
const VIEWS: Readonly<Record<string, { readonly columns: readonly string[]; readonly from: string }>> = {
  v_devices: {
    columns: [
      ...["device", "participant", time("first_seen_ms", "first_seen"), time("last_seen_ms", "last_seen")],
      ...["last_round", "updates", "refused", "num_examples", metric("loss", "loss"), ...ERRORS, "anomalies"],
    ],
    from: `devices ${ofNewest("devices")}`,
  },
  v_rounds: {
    columns: [
      ...["round", "state", "strategy", time("opened_ms", "opened"), time("closed_ms", "closed")],
      ...["(closed_ms - opened_ms) / 1000.0 AS seconds", "closed_by", "participants", "updates"],
      "(SELECT coalesce(sum(value), 0) FROM json_each(rounds.refused)) AS refused",
      ...["late", "dropped", "num_examples", "version", "loss", ...ERRORS, "doubt", "epsilon"],
    ],
    from: `rounds ${ofNewest("rounds")}`,
  },
  v_updates: {
    columns: [
      ...[time("received_ms", "received"), "device", "participant", "round", "counted_in", "num_examples"],
      ...[metric("loss", "loss"), ...ERRORS, "size_bytes"],
    ],
    from: `local_models ${ofNewest("local_models")}`,
  },
  v_refusals: {
    columns: [time("time_ms", "time"), "device", "participant", "round", "reason", "detail"],
    from: `refusals ${ofNewest("refusals")}`,
  },
  v_global_models: {
    columns: [time("published_ms", "published"), "round", "version", "size_bytes"],
    from: `global_models ${ofNewest("global_models")}`,
  },
  v_anomalies: {
    columns: [
      ...[time("start_ms", "time"), "name AS device", "dimension", "kind", "score", "detector", "evidence"],
      time("end_ms", "until"),
    ],
    from: "anomalies",
  },
  v_predictions: {
    columns: [
      ...[time("coalesce(time_ms, predicted_at_ms)", "time"), "device", "target", "answered_by"],
      ...["value", "due_actual AS actual", "due_predicted AS predicted", "due_baseline AS last_value"],
      "(due_predicted - due_actual) * (due_predicted - due_actual) AS squared_error",
      "(due_baseline - due_actual) * (due_baseline - due_actual) AS squared_error_last_value",
      ...["class", "probability", "actual_class", "model", "model_version", "latency_ms"],
    ],
    from: "predictions",
  },
  v_statistics: {
    columns: [
      ...["source", "device", "feature", time("start_ms", "start"), time("end_ms", '"end"'), '"count"'],
      ...["mean", "sd", '"min"', '"max"', "scored", "mse", "mse_last_value", "anomalies", "model_version"],
    ],
    from: "device_statistics",
  },
};

/** What makes the views. */
export function viewsSql(): string[] {
  return Object.entries(VIEWS).map(([name, { columns, from }]) =>
    `CREATE VIEW ${name} AS\nSELECT ${columns.join(",\n  ")}\nFROM ${from}`
  );
}
