/** What a broker answers to raw requests: Apache Kafka's answers, which the embedded broker gives too. */
import { testClusters } from "../support/cluster.ts";
import { fetchContract } from "./broker_fetch.ts";
import { groupsContract } from "./broker_groups.ts";
import { offsetsContract } from "./broker_offsets.ts";
import { produceContract } from "./broker_produce.ts";
import { refusalsContract } from "./broker_refusals.ts";
import { topicsContract } from "./broker_topics.ts";

for (const cluster of testClusters()) {
  produceContract(cluster);
  fetchContract(cluster);
  offsetsContract(cluster);
  topicsContract(cluster);
  groupsContract(cluster);
  refusalsContract(cluster);
}
