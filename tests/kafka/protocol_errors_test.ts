/** Which failures are worth another try: by Kafka's own table, the same for both clients. */
import assert from "node:assert/strict";
import { mayPass as mayPassKafkajs } from "../../src/kafka/kafkajs/failure.ts";
import { mayPass as mayPassPlatformatic } from "../../src/kafka/platformatic/failure.ts";
import { KafkaError } from "../../src/kafka/port.ts";
import { BrokerError, connectionFailure, type LibraryErrors } from "../../src/kafka/protocol_errors.ts";
import golden from "../golden/wire/error_codes.json" with { type: "json" };

const CODES = golden.codes as [code: number, name: string, isRetriable: boolean][];
/** As kafkajs has them. */
const ofKafkajs = (code: number, type: string) =>
  Object.assign(new Error(type), { name: "KafkaJSProtocolError", type, code });

Deno.test("both clients try again after the codes that Kafka calls retriable, and after no others", () => {
  for (const [code, name, isRetriable] of CODES) {
    assert.equal(mayPassPlatformatic(new BrokerError(code)), isRetriable, name);
    assert.equal(mayPassKafkajs(new BrokerError(code)), isRetriable, name);
    assert.equal(mayPassKafkajs(ofKafkajs(code, name)), isRetriable, name);
    const wrapped = new Error("gave up", { cause: ofKafkajs(code, name) });
    assert.equal(mayPassKafkajs(wrapped), isRetriable, `wrapped ${name}`);
  }
});

Deno.test("both clients try again where nobody is reached, and not after any other failure of the port", () => {
  for (const mayPass of [mayPassPlatformatic, mayPassKafkajs]) {
    assert.equal(mayPass(new KafkaError("unreachable", "away")), true);
    assert.equal(mayPass(new KafkaError("authentication", "refused")), false);
    assert.equal(mayPass(new TypeError("a bug")), false);
    assert.equal(mayPass(undefined), false);
  }
});

Deno.test("a lost connection is tried again, a refused login is not, in each library's own words", () => {
  const lost = Object.assign(new Error("closed"), { name: "KafkaJSConnectionError" });
  const refused = Object.assign(new Error("no"), { name: "KafkaJSSASLAuthenticationError", cause: lost });
  assert.deepEqual([lost, refused].map(mayPassKafkajs), [true, false]);
});

Deno.test("connectionFailure() distinguishes a refused login from a cluster that nobody reaches", () => {
  const library: LibraryErrors = { codeOf: () => null, isRefusedLogin: () => false, isLost: () => false };
  const sasl = { mechanism: "PLAIN", username: "ann", password: "x" } as const;
  const options = { bootstrapServer: "host:9092", clientId: "test", sasl };
  const failure = (code: number | null) =>
    connectionFailure(new Error("ECONNREFUSED"), { options, library: { ...library, codeOf: () => code } });
  assert.equal(failure(null).message, "cannot reach Kafka at host:9092 (ECONNREFUSED)");
  assert.equal(failure(58).message, "Kafka at host:9092 refused the login (PLAIN, user ann)");
  assert.deepEqual([failure(null), failure(58)].map(({ kind }) => kind), ["unreachable", "authentication"]);
});
