import type { ClientName } from "../../src/kafka/port.ts";
import { testClusters } from "../support/cluster.ts";
import { foreignRecordsContract } from "./foreign_records.ts";
import { kafkaClientContract } from "./kafka_client.ts";
import { kafkaGroupContract } from "./kafka_client_groups.ts";
import { kafkaInspectionContract } from "./kafka_client_inspection.ts";
import { kafkaStartContract } from "./kafka_client_start.ts";

for (const cluster of testClusters()) {
  for (const client of ["platformatic", "kafkajs"] satisfies ClientName[]) {
    kafkaClientContract({ client, cluster });
    kafkaGroupContract({ client, cluster });
    kafkaInspectionContract({ client, cluster });
    kafkaStartContract({ client, cluster });
    foreignRecordsContract({ client, cluster });
  }
}
