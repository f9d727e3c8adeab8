/**
 * The commands as they run against a hosted cluster: TLS, a login, its secret in the environment. On a real Kafka with
 * SASL_SSL listeners, by PLAIN (as Confluent Cloud's API keys) and SCRAM.
 */
import assert from "node:assert/strict";
import { SECURE_VARIABLE, uniqueName } from "../support/cluster.ts";
import { SASL_USER } from "../support/kafka_properties.ts";
import type { SecureListeners } from "../support/real_kafka.ts";
import { runStreamflow } from "../support/run.ts";

const text = Deno.env.get(SECURE_VARIABLE);
const secure: SecureListeners | null = text ? JSON.parse(text) : null;
if (secure === null) {
  console.log(`hosted cluster skipped: ${SECURE_VARIABLE} is not set (deno task test:kafka sets it)`);
}

for (const mechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const) {
  Deno.test({
    name: `traffic capture, watch and dlq run over SASL_SSL with ${mechanism}`,
    ignore: secure === null,
    async fn() {
      const { saslTls, ca } = secure!;
      const caFile = await Deno.makeTempFile({ suffix: ".pem" });
      try {
        await Deno.writeTextFile(caFile, ca);
        const topic = uniqueName("network-traffic");
        const flags = [
          ...["--bootstrap-server", saslTls, "--tls-ca-file", caFile],
          ...["--sasl-mechanism", mechanism, "--sasl-username", SASL_USER.username],
        ];
        const env = { STREAMFLOW_SASL_PASSWORD: SASL_USER.password };
        const run = (...args: string[]) => runStreamflow([...args, ...flags], { env });
        const captured = await run(
          ...["traffic", "capture", "--simulate", "--seed", "3", "--rate", "200", "--speed", "0"],
          ...["--limit", "20000", "--output", topic, "--json"],
        );
        assert.equal(captured.code, 0, captured.stderr);
        assert.equal(JSON.parse(captured.stdout).acknowledged, 20_000);
        const [processed, anomalies] = [uniqueName("processed"), uniqueName("anomalies")];
        const watched = await run(
          ...["traffic", "watch", "--input", topic, "--output", processed, "--anomalies", anomalies],
          ...["--dead-letter", `dead-${topic}`, "--group", uniqueName("watch")],
          ...["--close-after", "1s", "--until-idle", "3s", "--json"],
        );
        assert.equal(watched.code, 0, watched.stderr);
        const said = captured.stderr + watched.stderr + watched.stdout;
        assert.ok(!said.includes(SASL_USER.password), "the secret is told");
        const letters = await run("dlq", "list", "--dead-letter", `dead-${topic}`, "--json");
        assert.equal(letters.code, 0, letters.stderr);
        const refused = await runStreamflow(["topics", "list", ...flags], {
          env: { STREAMFLOW_SASL_PASSWORD: "wrong-secret" },
        });
        assert.equal(refused.code, 1);
        assert.match(refused.stderr, /refused the login/);
        assert.ok(!refused.stderr.includes("wrong-secret"));
      } finally {
        await Deno.remove(caFile);
      }
    },
  });
}
