/** schemathesis against a server that runs. */
import assert from "node:assert/strict";

const config = new URL("schemathesis.toml", import.meta.url).pathname;
/** Requests made up for each route. */
const EXAMPLES = Deno.env.get("STREAMFLOW_TEST_SCHEMATHESIS") ?? "5";
const python = Deno.env.get("STREAMFLOW_TEST_PYTHON") ?? "python3";

/**
 * Asks every route that `/openapi.json` describes.
 *
 * @param folder for what it leaves behind
 * @param only text that the paths begin with
 * @returns how many routes there are, and what it said
 * @throws {assert.AssertionError} where an answer is not as the description says, or a route was not asked
 */
export async function runSchemathesis(
  url: string,
  folder: string,
  only = "/",
): Promise<{ operations: number; said: string }> {
  const { success, stdout } = await new Deno.Command(python, {
    args: [
      ...["-m", "schemathesis.cli", "--config-file", config, "run", `${url}/openapi.json`],
      ...["--max-examples", EXAMPLES, "--seed", "1", "--phases", "examples,coverage,fuzzing"],
      // A stream does not end by itself.
      ...["--request-timeout", "2", "--no-color", "--include-path-regex", `^${only}`],
    ],
    cwd: folder,
    stdout: "piped",
  }).output();
  const said = new TextDecoder().decode(stdout);
  // Everything was asked, and nothing was found.
  const { paths } = await (await fetch(`${url}/openapi.json`)).json() as {
    paths: Record<string, Record<string, unknown>>;
  };
  const operations = Object.entries(paths)
    .flatMap(([path, methods]) => path.startsWith(only) ? Object.keys(methods) : []).length;
  assert.ok(success, said.slice(-8_000));
  assert.match(said, new RegExp(`Tested: ${operations}\\b`), said.slice(-2_000));
  assert.match(said, /\d+ generated/, said.slice(-2_000));
  assert.doesNotMatch(said, /failures?\b.*\bin \d/, said.slice(-2_000));
  return { operations, said };
}
