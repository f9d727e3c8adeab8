/** The embedded broker as a process of its own, which can be killed and started again. */
import { type Running, startStreamflow, untilSaid } from "./run.ts";

/** The embedded broker as a process of its own; resolves when it serves. */
export async function startBroker(
  args: readonly string[],
): Promise<{ readonly running: Running; readonly address: string }> {
  const running = await startStreamflow(["broker", ...args], { watchOutput: true });
  const text = await untilSaid(running, /ready on \S+/);
  running.watched!.cancel();
  return { running, address: /ready on (\S+)/.exec(text)![1]! };
}
