/** The embedded broker as a process of its own, which can be killed and started again. */
import assert from "node:assert/strict";
import { type Running, startStreamflow } from "./run.ts";

/** The embedded broker as a process of its own; resolves when it serves. */
export async function startBroker(
  args: readonly string[],
): Promise<{ readonly running: Running; readonly address: string }> {
  const running = await startStreamflow(["broker", ...args], { watchOutput: true });
  const reader = running.watched!.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!/ready on \S+/.test(text)) {
    const { value, done } = await reader.read();
    assert.ok(!done, `the broker ended: ${text}`);
    text += decoder.decode(value);
  }
  reader.releaseLock();
  running.watched!.cancel();
  return { running, address: /ready on (\S+)/.exec(text)![1]! };
}
