/** The program: arguments in, exit code out. */
import { reportFailure } from "./cli/program/failures.ts";
import { runProgram } from "./cli/program/program.ts";
import { restoreTerminal } from "./runtime/output.ts";
import { isThread, THREADS } from "./runtime/threads.ts";

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
if (isThread(THREADS.gradients)) await import("./train/threads/worker.ts");
else if (isThread(THREADS.traffic)) await import("./traffic/train/thread.ts");
else if (isThread(THREADS.demo)) await import("./cli/readings/demo_training.ts");
else if (isThread(THREADS.federated)) await import("./cli/federated/demo_thread.ts");
else if (isThread(THREADS.broker)) await import("./cli/cluster/own_broker.ts");
else if (isThread(THREADS.query)) await import("./cli/store/query_thread.ts");
else Deno.exit(await runProgram(Deno.args, { exitAtOnce }));
