/** The program: arguments in, exit code out. */
import { reportFailure } from "./cli/failures.ts";
import { runProgram } from "./cli/program.ts";
import { restoreTerminal } from "./runtime/output.ts";
import { isTrainingThread } from "./train/threads/role.ts";

globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  restoreTerminal();
  Deno.exit(reportFailure(event.reason, { verbose: Deno.args.includes("--verbose") }));
});

function exitAtOnce(): void {
  restoreTerminal();
  Deno.exit(130);
}

// Where all of this is one file, a training's threads begin here, too.
if (isTrainingThread()) await import("./train/threads/worker.ts");
else Deno.exit(await runProgram(Deno.args, { exitAtOnce }));
