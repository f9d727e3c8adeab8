/** What a topic may be called. Source: Kafka's `Topic.java`. */
import { ErrorCode } from "../wire/error_code.ts";
import type { Refusal } from "./refusal.ts";

const LENGTH_MAX = 249;
/** KRaft's own. */
const CLUSTER_TOPIC = "__cluster_metadata";

/** Why a name cannot be a topic's; `null` where it can. */
export function refuseTopicName(name: string): Refusal | null {
  const problem = findProblem(name);
  return problem === null
    ? null
    : { errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, message: `Topic name is invalid: ${problem}` };
}

function findProblem(name: string): string | null {
  if (name === "") return "the empty string is not allowed";
  if (name === "." || name === "..") return `'${name}' is not allowed`;
  if (name.length > LENGTH_MAX) return `it has ${name.length} characters, at most ${LENGTH_MAX} are allowed`;
  // Without the flag m, `$` is the end of the text alone.
  return /^[A-Za-z0-9._-]+$/.test(name)
    ? null
    : `'${name}' contains characters other than ASCII letters, digits, '.', '_' and '-'`;
}

/** Why nobody but the broker may create a topic of this name; `null` where anybody may. */
export function refuseInternalTopic(name: string): Refusal | null {
  return name === CLUSTER_TOPIC
    ? { errorCode: ErrorCode.INVALID_REQUEST, message: `'${name}' is a cluster's own topic` }
    : null;
}

/** A topic's name in Kafka's metrics, where dots are underscores: two topics may not share it. */
export function metricNameOf(topic: string): string {
  return topic.replaceAll(".", "_");
}
