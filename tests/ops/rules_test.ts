/** What promtool says of the configuration and the rules, and the rules' own tests. */
import { fromFileUrl } from "../tidy/paths.ts";
import { prometheusMissing, promtool } from "../support/promtool.ts";

const folder = fromFileUrl(new URL("../../ops/prometheus/", import.meta.url));
const ignore = await prometheusMissing() !== null;

Deno.test({
  name: "Prometheus takes the configuration, and every rule does what its test says",
  ignore,
  fn: async () => {
    await promtool(["check", "config", `${folder}prometheus.yml`]);
    await promtool(["check", "rules", `${folder}rules.yml`]);
    await promtool(["test", "rules", `${folder}rules_test.yml`]);
  },
});
