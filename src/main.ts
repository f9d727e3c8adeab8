/** The program: arguments in, exit code out. */
import { reportFailure } from "./cli/failures.ts";
import { runProgram } from "./cli/program.ts";

globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  Deno.exit(reportFailure(event.reason, { verbose: Deno.args.includes("--verbose") }));
});

Deno.exit(await runProgram(Deno.args, { exitAtOnce: () => Deno.exit(130) }));
