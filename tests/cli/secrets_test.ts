/** Secrets go nowhere in clear but to this machine, however the address comes in. No test connects anywhere else. */
import assert from "node:assert/strict";
import { resolve } from "../../src/config/resolve.ts";
import { Cluster } from "../../src/kafka/platformatic/cluster.ts";
import { createKafka } from "../../src/kafka/kafkajs/library.ts";
import { connect } from "../../src/kafka/connect.ts";
import type { ConnectionOptions } from "../../src/kafka/port.ts";
import { isLoopback, requireConfidential } from "../../src/runtime/confidential.ts";
import { videosSchema } from "../../src/youtube/api/answers.ts";
import { ApiClient } from "../../src/youtube/api/client.ts";
import { accountCredentials, keyCredentials } from "../../src/youtube/api/credentials.ts";
import { runStreamflow } from "../support/run.ts";
import { makeAccount } from "../support/service_account.ts";

/** For documentation alone (RFC 5737): nobody is there. */
const ELSEWHERE = "192.0.2.7";
const SASL = { mechanism: "PLAIN", username: "reader", password: "hunter2" } as const;
const SECRET = { STREAMFLOW_SASL_PASSWORD: "hunter2" };
const LOGIN = ["--sasl-mechanism", "PLAIN", "--sasl-username", "reader"];

Deno.test("isLoopback() knows this machine by its addresses and its one name", () => {
  for (
    const host of ["localhost", "LOCALHOST", "127.0.0.1", "127.255.0.9", "::1", "[::1]", "::ffff:127.0.0.1"]
  ) {
    assert.ok(isLoopback(host), host);
  }
  for (
    const host of [
      ...["localhost.example.org", "127.0.0.1.example.org", "127.0.0.1:80@example.org", "x.localhost", ""],
      ...[
        "128.0.0.1",
        "127.0.0.256",
        "0.0.0.0",
        "::",
        "::ffff:10.0.0.1",
        "10.127.0.1",
        "kafka",
        "1.127.0.0.1",
      ],
    ]
  ) assert.ok(!isLoopback(host), host);
});

Deno.test("requireConfidential() lets secrets out over TLS, to loopback, or where somebody says so", () => {
  const secret = "the key";
  for (
    const [host, tls, allowed] of [[ELSEWHERE, true, false], ["::1", false, false], [
      ELSEWHERE,
      false,
      true,
    ]] as const
  ) {
    requireConfidential(host, { secret, tls, allowed });
  }
  assert.throws(() => requireConfidential(ELSEWHERE, { secret, tls: false }), {
    message: "the key would go to 192.0.2.7 in clear, for everybody on the way to read",
    hint: /TLS.*--allow-plaintext-credentials/,
    exitCode: 2,
  });
});

for (const mechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const) {
  Deno.test(`${mechanism}: both clients refuse brokers elsewhere, given or named by the cluster`, async () => {
    const options: ConnectionOptions = {
      ...{ bootstrapServer: `127.0.0.1:1,${ELSEWHERE}:9092`, clientId: "test", connectTimeoutMs: 1 },
      sasl: { ...SASL, mechanism },
    };
    for (const client of ["platformatic", "kafkajs"] as const) {
      await assert.rejects(connect(options, client), { name: "UserError", message: /in clear/ });
    }
    // What a cluster names is connected to by these: the first guard is not asked again.
    const cluster = new Cluster({ ...options, bootstrapServer: "127.0.0.1:1" });
    const address = { host: ELSEWHERE, port: 9092 };
    await assert.rejects(cluster.connection({ address, lane: "main" }), {
      name: "UserError",
      message: /in clear/,
    });
    await cluster.close();
    const admin = createKafka({ ...options, bootstrapServer: `${ELSEWHERE}:9092` }, 0).admin();
    await assert.rejects(admin.connect(), /in clear/);
    await admin.disconnect();
  });
}

/** Runs in a folder with this configuration file. */
async function runBeside(file: string, args: readonly string[], env: Record<string, string> = {}) {
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${cwd}/streamflow.toml`, file);
    return await runStreamflow(args, { cwd, env });
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

Deno.test("a file of the current folder gets no password of the environment in clear, and is named", async () => {
  const file = `bootstrapServer = "${ELSEWHERE}:9092"\nsaslMechanism = "PLAIN"\nsaslUsername = "reader"\n`;
  const { code, stderr } = await runBeside(file, ["topics", "list"], SECRET);
  assert.equal(code, 2, stderr);
  assert.match(
    stderr,
    /^warning: the password goes to 192\.0\.2\.7:9092: .* file streamflow\.toml\nerror: .*in clear/,
  );
  assert.doesNotMatch(stderr, /hunter2/);
  // The address by a flag: refused as well, and no file is to blame.
  const flag = await runStreamflow(
    ["topics", "list", ...LOGIN, "--bootstrap-server", `${ELSEWHERE}:9092`],
    { env: SECRET },
  );
  assert.equal(flag.code, 2, flag.stderr);
  assert.match(flag.stderr, /^error: the login of 'reader' would go to 192\.0\.2\.7 in clear/);
  const environment = await runStreamflow(["topics", "list", ...LOGIN, "--client", "kafkajs"], {
    env: { ...SECRET, STREAMFLOW_BOOTSTRAP_SERVER: `${ELSEWHERE}:9092` },
  });
  assert.equal(environment.code, 2, environment.stderr);
  assert.match(environment.stderr, /^error: .*in clear/);
});

Deno.test("a configuration file can neither allow secrets in clear nor put them elsewhere", async () => {
  const allowed = await runBeside("allowPlaintextCredentials = true\n", ["topics", "list"]);
  assert.equal(allowed.code, 2);
  assert.match(allowed.stderr, /'allowPlaintextCredentials' cannot be set in streamflow\.toml/);
  const files = (values: Record<string, unknown>) => [{ path: "streamflow.toml", values }];
  for (
    const name of ["KAFKA_PASSWORD", "YOUTUBE_API_KEY", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "DB_PASS"]
  ) {
    const environment = { [name]: "hunter2", COMPASS_HEADING: "north" };
    for (const key of ["clientId", "saslUsername", "group", "apiBase", "topic"]) {
      assert.throws(
        () => resolve({ flags: {}, environment, files: files({ [key]: `x\${${name}}` }) }),
        { exitCode: 2, message: new RegExp(`would put the secret ${name} into`) },
      );
    }
    const { settings } = resolve({
      ...{ flags: {}, environment },
      files: files({ saslPassword: `\${${name}}`, clientId: "${COMPASS_HEADING}" }),
    });
    assert.deepEqual([settings.saslPassword, settings.clientId], ["hunter2", "north"]);
  }
});

Deno.test("the YouTube key goes to no address in clear, and the file that names one is named", async () => {
  const args = ["youtube", "produce", "dQw4w9WgXcQ", "--once"];
  const env = { YOUTUBE_API_KEY: "hunter2" };
  const { code, stderr } = await runBeside(`apiBase = "http://${ELSEWHERE}/v3"\n`, args, env);
  assert.equal(code, 2, stderr);
  assert.match(
    stderr,
    /warning: the YouTube credentials go to http:.* the file streamflow\.toml\nerror: .*in clear/,
  );
  const flag = await runStreamflow([...args, "--api-base", "http://localhost.example.org/v3"], { env });
  assert.equal(flag.code, 2, flag.stderr);
  assert.doesNotMatch(stderr + flag.stderr, /hunter2/);
});

/** A server on this machine; what it was asked is kept. */
function serve(answer: (request: Request) => Response) {
  const asked: Request[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    asked.push(request);
    return answer(request);
  });
  return {
    asked,
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("credentials follow no redirect: of the API, nor of the service account's token", async () => {
  await using thief = serve(() => Response.json({}));
  await using api = serve(({ url }) => Response.redirect(`${thief.url}${new URL(url).pathname}`, 307));
  const client = new ApiClient({
    ...{ base: `${api.url}/v3`, credentials: keyCredentials("hunter2"), wait: false, say: () => {} },
    signal: new AbortController().signal,
  });
  const ask = (one: ApiClient) => one.get("videos", { query: { id: "a" }, schema: videosSchema });
  await assert.rejects(ask(client), { name: "ApiFailure", message: /HTTP 307: a redirect/ });
  const account = (await makeAccount(`${api.url}/token`)).text;
  const asAccount = new ApiClient({
    ...{ base: `${api.url}/v3`, wait: false, say: () => {} },
    credentials: await accountCredentials(account, { path: "account.json" }),
    signal: new AbortController().signal,
  });
  await assert.rejects(ask(asAccount), { name: "ApiFailure", message: /HTTP 307: a redirect/ });
  assert.deepEqual([api.asked.length, thief.asked.length], [2, 0]);
  await assert.rejects(
    accountCredentials((await makeAccount(`http://${ELSEWHERE}/token`)).text, { path: "account.json" }),
    {
      name: "UserError",
      message: /the claim of the service account in account\.json would go to 192\.0\.2\.7 in clear/,
    },
  );
});
