import type { TestClusterKind } from "../support/cluster.ts";
export function offsetsContract(_: TestClusterKind): void {}
