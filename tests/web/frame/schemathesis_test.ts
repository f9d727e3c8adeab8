/** schemathesis makes requests from `/openapi.json` and holds every answer against it: the running program, all routes. */
import assert from "node:assert/strict";
import { pythonHas } from "../../support/python.ts";
import { FedCluster } from "../browser/fed.ts";
import { startWeb } from "../browser/browser.ts";
import { tinyForecasterBytes } from "../served_models.ts";

const config = new URL("schemathesis.toml", import.meta.url).pathname;
/** Requests made up for each route. */
const EXAMPLES = Deno.env.get("STREAMFLOW_TEST_SCHEMATHESIS") ?? "5";
const python = Deno.env.get("STREAMFLOW_TEST_PYTHON") ?? "python3";

Deno.test({
  name: "schemathesis finds no answer that is not as /openapi.json says",
  ignore: !await pythonHas("schemathesis"),
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeFile(`${folder}/tiny.safetensors`, tinyForecasterBytes(7));
      await using cluster = new FedCluster();
      await cluster.traffic(2);
      await cluster.likes(2);
      // Without a token: wrong ones, which it tries, would shut the door behind it.
      const model = `${folder}/tiny.safetensors`;
      await using web = await startWeb(cluster.bootstrapServer, ["--model", model]);
      const { success, stdout } = await new Deno.Command(python, {
        args: [
          ...["-m", "schemathesis.cli", "--config-file", config, "run", `${web.url}/openapi.json`],
          ...["--max-examples", EXAMPLES, "--seed", "1", "--phases", "examples,coverage,fuzzing"],
          // A stream does not end by itself.
          ...["--request-timeout", "2", "--no-color"],
        ],
        cwd: folder,
        stdout: "piped",
      }).output();
      const said = new TextDecoder().decode(stdout);
      // Everything was asked, and nothing was found.
      const { paths } = await (await fetch(`${web.url}/openapi.json`)).json() as {
        paths: Record<string, Record<string, unknown>>;
      };
      const operations = Object.values(paths).flatMap((path) => Object.keys(path)).length;
      assert.ok(operations >= 8);
      assert.ok(success, said.slice(-8_000));
      assert.match(said, new RegExp(`Tested: ${operations}\\b`), said.slice(-2_000));
      assert.match(said, /\d+ generated/, said.slice(-2_000));
      assert.doesNotMatch(said, /failures?\b.*\bin \d/, said.slice(-2_000));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
