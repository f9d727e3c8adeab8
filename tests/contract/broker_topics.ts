import type { TestClusterKind } from "../support/cluster.ts";
export function topicsContract(_: TestClusterKind): void {}
