/** What a training thread is sent, and what it answers. */
import type { NetworkSpec } from "../../../nn/mod.ts";
import type { TeamMemory } from "./memory.ts";

/** The first message to a thread. */
export interface Order<T> {
  /** From 1. */
  readonly thread: number;
  readonly spec: NetworkSpec;
  readonly fma: boolean;
  readonly memory: TeamMemory;
  /** What its gradients are of: plain, its arrays in memory that all threads see. */
  readonly task: T;
}

/** A thread's messages: it can take an order, or it is ready to work. */
export type Message = "listening" | "ready" | { readonly failure: string };
