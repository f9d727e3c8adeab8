/** The program: arguments in, exit code out. */
import { reportFailure } from "./cli/failures.ts";
import { runProgram } from "./cli/program.ts";
import { restoreTerminal } from "./runtime/output.ts";

globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  restoreTerminal();
  Deno.exit(reportFailure(event.reason, { verbose: Deno.args.includes("--verbose") }));
});

function exitAtOnce(): void {
  restoreTerminal();
  Deno.exit(130);
}

Deno.exit(await runProgram(Deno.args, { exitAtOnce }));
