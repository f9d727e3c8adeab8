/** schemathesis holds every answer of a running `federated server` against its own description. */
import assert from "node:assert/strict";
import { withFolder } from "../../support/folder.ts";
import { pythonHas } from "../../support/python.ts";
import { runSchemathesis } from "../frame/run_schemathesis.ts";
import { learnedFrom, send, uploadOf } from "./served.ts";
import { startFederation } from "./processes.ts";
import { readForecastModel } from "../../../src/models/model_file.ts";

Deno.test({
  name: "schemathesis finds no answer of a federation's server that is not as /openapi.json says",
  ignore: !await pythonHas("schemathesis"),
  fn: () =>
    withFolder(async (folder) => {
      await using federation = await startFederation(folder, ["--min-participants", "100"]);
      const { url } = federation;
      const global = await fetch(`${url}/api/v1/global-model`);
      const { network } = readForecastModel(new Uint8Array(await global.arrayBuffer()));
      for (const device of ["a", "b"]) {
        const body = uploadOf(learnedFrom({ global: { weights: network.parameters } }));
        assert.equal((await send(url, { device, round: 0, examples: 1 }, { body })).status, 202);
      }
      const { operations, said } = await runSchemathesis(url, folder);
      assert.ok(operations >= 14, said);
    }),
});

Deno.test({
  name: "schemathesis finds none either where updates are added up without being seen",
  ignore: !await pythonHas("schemathesis"),
  fn: () =>
    withFolder(async (folder) => {
      await using federation = await startFederation(folder, ["--secure", "--min-participants", "3"]);
      const { operations, said } = await runSchemathesis(federation.url, folder, "/api/v1/secure");
      assert.equal(operations, 5, said);
    }),
});
