import assert from "node:assert/strict";
import { expand } from "../../src/config/expand.ts";
import { parseConfigFile } from "../../src/config/parse.ts";
import { display, resolve, type Sources } from "../../src/config/resolve.ts";
import { environmentNameOf, flagOf, SETTING_KEYS, settingOf, SETTINGS } from "../../src/config/settings.ts";
import { UserError } from "../../src/runtime/errors.ts";

function weigh(sources: Partial<Sources>) {
  return resolve({ flags: {}, environment: {}, files: [], ...sources });
}

function refuses(sources: Partial<Sources>, { message, hint }: { message: RegExp; hint?: RegExp }): void {
  assert.throws(() => weigh(sources), (error) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.exitCode, 2);
    assert.match(error.message, message);
    if (hint !== undefined) assert.match(error.hint ?? "", hint);
    return true;
  });
}

Deno.test("resolve() takes flag, environment, files and default in this order and keeps the origin", () => {
  const files = [
    { path: "named.toml", values: { rate: 3, group: "named" } },
    { path: "streamflow.yaml", values: { rate: 4, group: "local", topic: "local" } },
  ];
  const environment = { STREAMFLOW_RATE: "2", STREAMFLOW_CLIENT_ID: "env" };
  const { settings, origin } = weigh({ flags: { rate: "1" }, environment, files });
  assert.equal(settings.rate, 1);
  assert.equal(weigh({ environment, files }).settings.rate, 2);
  assert.equal(weigh({ files }).settings.rate, 3);
  assert.equal(weigh({ files: files.slice(1) }).settings.rate, 4);
  assert.equal(weigh({}).settings.rate, 100);
  assert.deepEqual(origin, {
    rate: "flag --rate",
    clientId: "environment STREAMFLOW_CLIENT_ID",
    group: "named.toml",
    topic: "streamflow.yaml",
  });
});

Deno.test("resolve() returns typed values from text and from files alike", () => {
  const { settings } = weigh({
    flags: { hidden: "32,16", features: "a, b", loop: true, color: false, rate: "0.5", limit: "1_000" },
    files: [{ path: "f", values: { batchSize: 32, memory: true, horizon: "6" } }],
  });
  assert.deepEqual(settings.hidden, [32, 16]);
  assert.deepEqual(settings.features, ["a", "b"]);
  assert.deepEqual([settings.loop, settings.color, settings.rate, settings.limit], [true, false, 0.5, 1000]);
  assert.deepEqual([settings.batchSize, settings.memory, settings.horizon], [32, true, 6]);
  assert.deepEqual(
    weigh({ files: [{ path: "f", values: { hidden: [8, 4], features: ["x"] } }] }).settings.hidden,
    [8, 4],
  );
});

Deno.test("resolve() names the flag, variable or file at fault, what was wanted and what was found", () => {
  refuses({ flags: { rate: "x" } }, { message: /^--rate must be a number, 0 or more: found 'x'$/ });
  refuses({ flags: { limit: "0" } }, { message: /^--limit must be a whole number, 1 or more: found '0'$/ });
  refuses({ flags: { horizon: "1.5" } }, { message: /whole number from 1 to 10000: found '1.5'/ });
  refuses({ environment: { STREAMFLOW_RATE: "-1" } }, { message: /^STREAMFLOW_RATE must be a number/ });
  refuses({ flags: { client: "kafkjs" } }, {
    message: /^--client must be one of kafkajs, platformatic: found 'kafkjs'$/,
    hint: /did you mean 'kafkajs'/,
  });
  refuses({ files: [{ path: "s.toml", values: { listen: "9092" } }] }, {
    message: /^listen in s.toml must be host:port.*found '9092'$/,
  });
  refuses({ flags: { bootstrapServer: "a:1,b" } }, { message: /--bootstrap-server must be host:port/ });
  refuses({ flags: { topic: "no blanks" } }, { message: /--topic must be a topic name/ });
  refuses({ flags: { hidden: "32,,16" } }, {
    message: /layers separated by commas, each 64, lstm:64 or dropout:0\.2/,
  });
  refuses({ files: [{ path: "s.toml", values: { topic: null } }] }, { message: /found null$/ });
});

Deno.test("resolve() refuses unknown keys of a file with a suggestion", () => {
  const file = (values: Record<string, unknown>) => ({ files: [{ path: "s.toml", values }] });
  refuses(file({ "bootstrap-server": "a:1" }), {
    message: /^unknown setting 'bootstrap-server' in s.toml$/,
    hint: /did you mean 'bootstrapServer'/,
  });
  refuses(file({ rte: 1 }), { message: /unknown setting 'rte'/, hint: /did you mean 'rate'/ });
  refuses(file({ kubernetes: {} }), { message: /unknown setting/, hint: /config show/ });
  refuses(file(JSON.parse('{"__proto__": 1}')), { message: /unknown setting '__proto__'/ });
  refuses(file({ config: "other.toml" }), { message: /'config' cannot be set in s.toml/ });
});

Deno.test("resolve() takes secrets from the environment or a file and never shows them", () => {
  assert.equal(
    weigh({ environment: { STREAMFLOW_SASL_PASSWORD: "hunter2" } }).settings.saslPassword,
    "hunter2",
  );
  assert.equal(display("saslPassword", "hunter2"), "********");
  refuses({ flags: { saslPassword: "hunter2" } }, {
    message: /is not a flag/,
    hint: /STREAMFLOW_SASL_PASSWORD/,
  });
  try {
    weigh({ files: [{ path: "f", values: { saslPassword: 12345 } }] });
    assert.fail("must throw");
  } catch (error) {
    assert.ok(!(error as Error).message.includes("12345"));
  }
});

Deno.test("resolve() hears NO_COLOR, and a setting of ours above it", () => {
  assert.equal(weigh({ environment: { NO_COLOR: "1" } }).settings.color, false);
  assert.equal(weigh({ environment: { NO_COLOR: "" } }).settings.color, true);
  assert.equal(weigh({ environment: { NO_COLOR: "1", STREAMFLOW_COLOR: "on" } }).settings.color, true);
});

Deno.test("resolve() warns of a variable that is nearly a setting, not of others", () => {
  const { warnings } = weigh({ environment: { STREAMFLOW_RATES: "1", STREAMFLOW_TEST_BOOTSTRAP: "a:1" } });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /STREAMFLOW_RATES is not a setting.*'STREAMFLOW_RATE'/);
});

Deno.test("expand() replaces variables, defaults and escapes", () => {
  const environment = { HOST: "kafka-1", EMPTY: "" };
  const at = (value: unknown) => expand(value, { environment, where: "topic in f" });
  assert.equal(at("${HOST}:9092"), "kafka-1:9092");
  assert.equal(at("${NONE:-b}:${EMPTY:-c}"), "b:c");
  assert.equal(at("$${HOST} $HOST"), "${HOST} $HOST");
  assert.deepEqual(at(["${HOST}", 1]), ["kafka-1", 1]);
  assert.throws(() => at("${NONE}"), /topic in f needs the environment variable NONE, which is not set/);
  assert.throws(() => at("${HOST"), /names no environment variable/);
  assert.throws(() => at("${}"), /names no environment variable/);
});

Deno.test("parseConfigFile() reads TOML, YAML and JSON", async () => {
  const texts = {
    "a.toml": 'topic = "t"\nrate = 5\nhidden = [8, 4]\n',
    "a.yaml": "topic: t\nrate: 5\nhidden: [8, 4]\n",
    "a.json": '\uFEFF{"topic":"t","rate":5,"hidden":[8,4]}',
  };
  for (const [path, text] of Object.entries(texts)) {
    const { settings } = weigh({ files: [await parseConfigFile(path, text)] });
    assert.deepEqual([settings.topic, settings.rate, settings.hidden], ["t", 5, [8, 4]]);
  }
  assert.deepEqual((await parseConfigFile("empty.yaml", "")).values, {});
});

Deno.test("parseConfigFile() says in one line what is wrong", async () => {
  const wrong: [string, string][] = [["a.toml", "topic = \n"], ["a.yaml", "a: [1\nb: }"], ["a.json", "{"], [
    "a.json",
    "[1]",
  ], ["a.ini", "x=1"]];
  for (const [path, text] of wrong) {
    await assert.rejects(parseConfigFile(path, text), (error) => {
      assert.ok(error instanceof UserError);
      assert.ok(error.message.includes(path) && !error.message.includes("\n"), error.message);
      return true;
    });
  }
});

Deno.test("SETTINGS has defaults that pass their own check, and names that differ", () => {
  for (const key of SETTING_KEYS) {
    const setting = settingOf(key);
    assert.deepEqual(setting.schema.parse(setting.default), setting.default, key);
    assert.ok(setting.description.length > 0);
  }
  assert.equal(new Set(SETTING_KEYS.map(flagOf)).size, SETTING_KEYS.length);
  assert.equal(flagOf("bootstrapServer"), "--bootstrap-server");
  assert.equal(flagOf("color"), "--no-color");
  assert.equal(environmentNameOf("tlsCaFile"), "STREAMFLOW_TLS_CA_FILE");
  assert.equal(SETTINGS.saslPassword.secret, true);
});
