/** Consumer groups: what their coordinator refuses. */
import assert from "node:assert/strict";
import { findCoordinatorApi, joinGroupApi } from "../../src/wire/api/groups.ts";
import { type TestClusterKind, uniqueName } from "../support/cluster.ts";
import { brokerTest, nameOf, settled } from "./broker_client.ts";

/** Both clusters are set up with this. */
const SESSION_MS_MIN = 500;

/** Registers the tests. */
export function groupsContract(cluster: TestClusterKind): void {
  brokerTest(cluster, "session timeouts are within limits", async (client) => {
    const groupId = uniqueName("g");
    const join = (sessionTimeoutMs: number) =>
      settled(async () => {
        await client.ask(findCoordinatorApi, { keyType: 0, coordinatorKeys: [groupId] }, 4);
        const { errorCode } = await client.ask(joinGroupApi, {
          groupId,
          sessionTimeoutMs,
          rebalanceTimeoutMs: 10_000,
          protocolType: "consumer",
          protocols: [{ name: "range", metadata: new Uint8Array(0) }],
        });
        return nameOf(errorCode);
      });
    for (const sessionTimeoutMs of [SESSION_MS_MIN, 1_800_000]) {
      assert.equal(await join(sessionTimeoutMs), "MEMBER_ID_REQUIRED");
    }
    for (const sessionTimeoutMs of [-1, 0, SESSION_MS_MIN - 1, 1_800_001]) {
      assert.equal(await join(sessionTimeoutMs), "INVALID_SESSION_TIMEOUT");
    }
  });
}
