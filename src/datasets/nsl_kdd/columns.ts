/** The 41 features of NSL-KDD's files, in their order; behind them stand the attack's name and a difficulty. */

/** One feature. */
export interface NslKddColumn {
  readonly name: string;
  readonly kind: "number" | "category";
  /** Empty for counts, flags and texts. */
  readonly unit: string;
}

/** All features. */
export const NSL_KDD_COLUMNS: readonly NslKddColumn[] = [
  { name: "duration", kind: "number", unit: "s" },
  { name: "protocol_type", kind: "category", unit: "" },
  { name: "service", kind: "category", unit: "" },
  { name: "flag", kind: "category", unit: "" },
  { name: "src_bytes", kind: "number", unit: "B" },
  { name: "dst_bytes", kind: "number", unit: "B" },
  { name: "land", kind: "number", unit: "" },
  { name: "wrong_fragment", kind: "number", unit: "" },
  { name: "urgent", kind: "number", unit: "" },
  { name: "hot", kind: "number", unit: "" },
  { name: "num_failed_logins", kind: "number", unit: "" },
  { name: "logged_in", kind: "number", unit: "" },
  { name: "num_compromised", kind: "number", unit: "" },
  { name: "root_shell", kind: "number", unit: "" },
  { name: "su_attempted", kind: "number", unit: "" },
  { name: "num_root", kind: "number", unit: "" },
  { name: "num_file_creations", kind: "number", unit: "" },
  { name: "num_shells", kind: "number", unit: "" },
  { name: "num_access_files", kind: "number", unit: "" },
  { name: "num_outbound_cmds", kind: "number", unit: "" },
  { name: "is_host_login", kind: "number", unit: "" },
  { name: "is_guest_login", kind: "number", unit: "" },
  { name: "count", kind: "number", unit: "" },
  { name: "srv_count", kind: "number", unit: "" },
  { name: "serror_rate", kind: "number", unit: "share" },
  { name: "srv_serror_rate", kind: "number", unit: "share" },
  { name: "rerror_rate", kind: "number", unit: "share" },
  { name: "srv_rerror_rate", kind: "number", unit: "share" },
  { name: "same_srv_rate", kind: "number", unit: "share" },
  { name: "diff_srv_rate", kind: "number", unit: "share" },
  { name: "srv_diff_host_rate", kind: "number", unit: "share" },
  { name: "dst_host_count", kind: "number", unit: "" },
  { name: "dst_host_srv_count", kind: "number", unit: "" },
  { name: "dst_host_same_srv_rate", kind: "number", unit: "share" },
  { name: "dst_host_diff_srv_rate", kind: "number", unit: "share" },
  { name: "dst_host_same_src_port_rate", kind: "number", unit: "share" },
  { name: "dst_host_srv_diff_host_rate", kind: "number", unit: "share" },
  { name: "dst_host_serror_rate", kind: "number", unit: "share" },
  { name: "dst_host_srv_serror_rate", kind: "number", unit: "share" },
  { name: "dst_host_rerror_rate", kind: "number", unit: "share" },
  { name: "dst_host_srv_rerror_rate", kind: "number", unit: "share" },
];

/** Place of `service` among the features: what a connection is keyed by. */
export const SERVICE_COLUMN = 2;
