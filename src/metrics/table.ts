/** Every metric of the program. `deno task readme` writes this table into the README beside it. */
import { counter, gauge, histogram, summary } from "./define.ts";
import { FEDERATED } from "./federated.ts";

/** Metrics of what a process does with records. */
const RECORDS = {
  recordsRead: counter(
    "streamflow_records_read_total",
    "Records taken from a topic that were new to the group.",
    "topic",
    "group",
  ),
  recordsSent: counter("streamflow_records_sent_total", "Records sent to a topic and acknowledged.", "topic"),
  sendFailures: counter(
    "streamflow_send_failures_total",
    "Records sent to a topic that it has not acknowledged in the end.",
    "topic",
  ),
  deadLetters: counter(
    "streamflow_dead_letters_total",
    "Records that could not be used, by reason.",
    "reason",
  ),
  duplicates: counter("streamflow_duplicates_total", "Records that were there before: counted once."),
  lettersReplayed: counter(
    "streamflow_letters_replayed_total",
    "Dead letters sent again to the topics that they came from.",
  ),
  lettersLeft: counter(
    "streamflow_letters_left_total",
    "Dead letters that were not sent again, by why: replayed-before, came-back, truncated, no-origin or " +
      "unknown-topic.",
    "reason",
  ),
  lastRecord: gauge(
    "streamflow_last_record_timestamp_seconds",
    "When the last new record was taken, in Unix time; no sample before the first.",
    "group",
  ),
  lag: gauge(
    "kafka_consumergroup_lag",
    "Records of a partition that the group has not committed yet; kafka_exporter's name.",
    "consumergroup",
    "topic",
    "partition",
  ),
  commits: counter(
    "streamflow_commits_total",
    "Commits of the group's offsets, refused ones among them.",
    "group",
  ),
  commitDuration: histogram(
    "streamflow_commit_duration_seconds",
    "Time until the cluster answers a commit. Jobs use snapshots and commits, not transactions: this " +
      "is what a transaction's time would be elsewhere.",
    "group",
  ),
  rebalances: counter(
    "streamflow_rebalances_total",
    "Times that partitions were assigned to this member of the group, the first among them.",
    "group",
  ),
  sendDuration: histogram(
    "streamflow_send_duration_seconds",
    "Time from handing records to the client until all in-sync replicas have them.",
    "topic",
  ),
};

/** Metrics of predictions. `by` = network or baseline. */
const PREDICTIONS = {
  predictions: counter("streamflow_predictions_total", "Predictions made, by what answered.", "by"),
  readingsRefused: counter(
    "streamflow_readings_refused_total",
    "Readings of requests to /api/v1/predict that had no answer, by the reason that a dead letter would have.",
    "reason",
  ),
  latency: histogram(
    "streamflow_prediction_latency_seconds",
    "Time from the sending of a reading to its prediction.",
  ),
  scored: counter(
    "streamflow_forecasts_scored_total",
    "Forecasts of the network whose outcome came: what it and the baseline are compared by.",
  ),
  squaredError: counter(
    "streamflow_squared_error_total",
    "Sum of the squared errors of scored forecasts, in the target's unit squared: its rate by the " +
      "rate of streamflow_forecasts_scored_total is the MSE of a window.",
    "by",
  ),
  absoluteError: counter(
    "streamflow_absolute_error_total",
    "Sum of the absolute errors of scored forecasts, in the target's unit: its rate by the rate of " +
      "streamflow_forecasts_scored_total is the MAE of a window.",
    "by",
  ),
  modelMse: gauge("streamflow_model_mse", "Mean squared error of all scored forecasts of the run.", "by"),
  modelMae: gauge("streamflow_model_mae", "Mean absolute error of all scored forecasts of the run.", "by"),
  classificationsScored: counter(
    "streamflow_classifications_scored_total",
    "Classified records whose true class is known.",
  ),
  classificationsRight: counter(
    "streamflow_classifications_right_total",
    "Classified records whose true class was the one that was named.",
    "by",
  ),
  modelAccuracy: gauge(
    "streamflow_model_accuracy_ratio",
    "Share of the run's classifications with a true class that were right.",
    "by",
  ),
  modelInfo: gauge(
    "streamflow_model_info",
    "The model that answers now (always 1).",
    "model",
    "version",
    "trained_at",
  ),
};

/** Metrics of traffic. */
const TRAFFIC = {
  windows: counter("streamflow_windows_total", "Windows that closed, those without packets among them."),
  windowsOpen: gauge("streamflow_windows_open", "Windows that have records and are not closed yet."),
  watermarkDelay: gauge(
    "streamflow_watermark_delay_seconds",
    "How far the watermark (everything before it has come) is behind the clock, of the partition " +
      "that is furthest behind.",
  ),
  alerts: counter("streamflow_alerts_total", "Alerts emitted; state = raised or cleared.", "state"),
  alertsActive: gauge("streamflow_alerts_active", "Alerts raised and not cleared yet."),
  anomalies: counter("streamflow_anomalies_total", "Anomalies found, by kind.", "kind"),
  linkBytes: gauge(
    "streamflow_link_bytes_per_second",
    "Bytes per second of a link in its last closed window; at most 100 links.",
    "link",
  ),
  linkPackets: gauge(
    "streamflow_link_packets_per_second",
    "Packets per second of a link in its last closed window; at most 100 links.",
    "link",
  ),
  linkSources: gauge(
    "streamflow_link_sources",
    "Different source addresses of a link in its last closed window; at most 100 links.",
    "link",
  ),
  forecast: gauge(
    "streamflow_forecast",
    "Forecast of a link's next window, in the target's unit; bound = value, lower or upper; at most " +
      "100 links.",
    "link",
    "target",
    "bound",
  ),
  forecastActual: gauge(
    "streamflow_forecast_actual",
    "What a link's last closed window was, in the target's unit; at most 100 links.",
    "link",
    "target",
  ),
};

/** Metrics of the pipeline of likes. */
const YOUTUBE = {
  youtubeEvents: counter(
    "streamflow_youtube_events_total",
    "Events of videos and comments: those that were emitted, or read and changed a total.",
  ),
  youtubeLikes: gauge(
    "streamflow_youtube_likes",
    "Likes of a video and its comments; at most 100 videos.",
    "video",
  ),
  youtubeQuota: counter(
    "streamflow_youtube_quota_units_total",
    "Units of the API's quota that this run spent.",
  ),
};

/** Metrics of the embedded broker. */
const BROKER = {
  brokerReceived: counter("streamflow_broker_received_bytes_total", "Bytes that clients have sent."),
  brokerSent: counter("streamflow_broker_sent_bytes_total", "Bytes sent to clients."),
  brokerRequests: counter("streamflow_broker_requests_total", "Requests answered, by API.", "api"),
  brokerRequestDuration: histogram(
    "streamflow_broker_request_duration_seconds",
    "Time from a request's arrival to its answer, by API; that of Fetch and JoinGroup holds their " +
      "waiting.",
    "api",
  ),
  brokerConnections: gauge("streamflow_broker_connections", "Connections that are open."),
  brokerGroups: gauge("streamflow_broker_groups", "Consumer groups that the broker knows."),
  brokerLogSize: gauge(
    "streamflow_broker_log_size_bytes",
    "Size of a partition's log.",
    "topic",
    "partition",
  ),
  topicOffset: gauge(
    "kafka_topic_partition_current_offset",
    "Offset that the next record of a partition gets; kafka_exporter's name.",
    "topic",
    "partition",
  ),
};

/** Metrics of a training. */
const TRAINING = {
  trainingLoss: gauge(
    "streamflow_training_loss",
    "Loss after the last epoch; split = train or validation.",
    "split",
  ),
  trainingBaselineLoss: gauge(
    "streamflow_training_baseline_loss",
    "Loss of the baseline on the validation split.",
  ),
  trainingEpochs: counter("streamflow_training_epochs_total", "Epochs trained in this run."),
};

/** Metrics of what `streamflow web` reads from the topics. */
const OBSERVED = {
  observedPredictions: counter(
    "streamflow_observed_predictions_total",
    "Predictions seen on the topic, by model and by what answered.",
    "model",
    "by",
  ),
  observedMse: gauge(
    "streamflow_observed_mse",
    "Mean squared error of the forecasts scored since the topic was read first: as the terminal shows it.",
    "model",
    "by",
  ),
  observedMae: gauge(
    "streamflow_observed_mae",
    "Mean absolute error of the forecasts scored since the topic was read first.",
    "model",
    "by",
  ),
  observedAccuracy: gauge(
    "streamflow_observed_accuracy_ratio",
    "Share of the classifications with a true class that were right.",
    "model",
    "by",
  ),
  observedLatency: summary(
    "streamflow_observed_latency_seconds",
    "Time from the sending of a reading to its prediction: quantiles, within 2 %.",
    "model",
    "quantile",
  ),
  observedDeadLetters: counter(
    "streamflow_observed_dead_letters_total",
    "Dead letters seen on the topic, by reason.",
    "reason",
  ),
};

/** Metrics of every process. */
const PROCESS = {
  buildInfo: gauge(
    "streamflow_build_info",
    "The program's version and its runtime's (always 1).",
    "version",
    "deno",
  ),
  cpu: counter("process_cpu_seconds_total", "Processor time of the process, user and system."),
  residentMemory: gauge("process_resident_memory_bytes", "Memory of the process that is in RAM."),
  startTime: gauge("process_start_time_seconds", "When the process began, in Unix time."),
  heapUsed: gauge("streamflow_heap_used_bytes", "Heap of JavaScript that is used."),
};

/** Every metric, by the name that the code has for it. */
export const METRICS = {
  ...PROCESS,
  ...RECORDS,
  ...PREDICTIONS,
  ...TRAFFIC,
  ...YOUTUBE,
  ...FEDERATED,
  ...BROKER,
  ...TRAINING,
  ...OBSERVED,
};
