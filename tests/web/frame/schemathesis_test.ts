/** schemathesis makes requests from `/openapi.json` and holds every answer against it: the running program, all routes. */
import assert from "node:assert/strict";
import { pythonHas } from "../../support/python.ts";
import { FedCluster } from "../browser/fed.ts";
import { startWeb } from "../browser/browser.ts";
import { tinyForecasterBytes } from "../served_models.ts";
import { runSchemathesis } from "./run_schemathesis.ts";

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
      const { operations } = await runSchemathesis(web.url, folder);
      assert.ok(operations >= 8);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
