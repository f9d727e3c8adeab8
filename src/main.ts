/** The program: arguments in, exit code out. */
import { reportFailure } from "./cli/program/failures.ts";
import { isBrokerThread } from "./cli/cluster/own_broker.ts";
import { runProgram } from "./cli/program/program.ts";
import { restoreTerminal } from "./runtime/output.ts";
import { DEMO_THREAD_NAME, isTrainingThread, TRAFFIC_THREAD_NAME } from "./train/threads/role.ts";

globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  restoreTerminal();
  Deno.exit(reportFailure(event.reason, { verbose: Deno.args.includes("--verbose") }));
});

function exitAtOnce(): void {
  restoreTerminal();
  Deno.exit(130);
}

// Where all of this is one file, its threads begin here, too.
if (isTrainingThread()) await import("./train/threads/worker.ts");
else if (isTrainingThread(TRAFFIC_THREAD_NAME)) await import("./traffic/train/thread.ts");
else if (isTrainingThread(DEMO_THREAD_NAME)) await import("./cli/readings/demo_training.ts");
else if (isBrokerThread()) await import("./cli/cluster/own_broker.ts");
else Deno.exit(await runProgram(Deno.args, { exitAtOnce }));
