import type { TestClusterKind } from "../support/cluster.ts";
export function fetchContract(_: TestClusterKind): void {}
