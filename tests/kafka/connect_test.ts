import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import {
  type ClientName,
  type ConnectionOptions,
  KafkaError,
  type KafkaErrorKind,
} from "../../src/kafka/port.ts";
import { SECURE_VARIABLE } from "../support/cluster.ts";
import { SASL_USER } from "../support/kafka_properties.ts";
import type { SecureListeners } from "../support/real_kafka.ts";

const CLIENTS: readonly ClientName[] = ["platformatic", "kafkajs"];
const named = { clientId: "test" };
/** For what cannot be reached: it is tried for so long. */
const quick = { ...named, connectTimeoutMs: 1_000 };

async function failure(options: ConnectionOptions, client: ClientName): Promise<KafkaError> {
  try {
    await using _client = await connect(options, client);
  } catch (error) {
    assert.ok(error instanceof KafkaError, `not a KafkaError: ${error}`);
    return error;
  }
  assert.fail("it connected");
}

async function fails(
  client: ClientName,
  expected: { kind: KafkaErrorKind; message: RegExp; options: ConnectionOptions },
): Promise<void> {
  const error = await failure(expected.options, client);
  assert.equal(error.kind, expected.kind, error.message);
  assert.match(error.message, expected.message);
  assert.ok(!error.message.includes(SASL_USER.password) && !error.message.includes("wrong-secret"));
}

for (const client of CLIENTS) {
  Deno.test(`connect() with ${client} says that nobody listens`, async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const bootstrapServer = `127.0.0.1:${listener.addr.port}`;
    listener.close();
    const message = new RegExp(`^cannot reach Kafka at ${bootstrapServer} \\(ECONNREFUSED\\)$`);
    await fails(client, { kind: "unreachable", message, options: { ...quick, bootstrapServer } });
  });

  Deno.test(`connect() with ${client} refuses an address that is none`, async () => {
    const options = { ...quick, bootstrapServer: "broker:port" };
    await fails(client, { kind: "unreachable", message: /"broker:port" is no broker address/, options });
  });
}

const text = Deno.env.get(SECURE_VARIABLE);
const secure: SecureListeners | null = text ? JSON.parse(text) : null;
if (secure === null) {
  console.log(`TLS and SASL skipped: ${SECURE_VARIABLE} is not set (deno task test:kafka sets it)`);
}

/** A test against the listeners with TLS and SASL. */
function secureTest(name: string, body: (listeners: SecureListeners) => Promise<void>): void {
  Deno.test({ name, ignore: secure === null, fn: () => body(secure!) });
}

for (const client of CLIENTS) {
  for (const mechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const) {
    secureTest(`connect() with ${client} logs in by ${mechanism}`, async (listeners) => {
      const sasl = { mechanism, ...SASL_USER };
      await using plain = await connect({ ...named, bootstrapServer: listeners.sasl, sasl }, client);
      assert.ok(Array.isArray(await plain.admin.listTopics()));
      const tls = { ca: listeners.ca };
      await using encrypted = await connect(
        { ...named, bootstrapServer: listeners.saslTls, sasl, tls },
        client,
      );
      assert.ok(Array.isArray(await encrypted.admin.listTopics()));
    });

    secureTest(`connect() with ${client} says that ${mechanism} was refused`, async (listeners) => {
      const sasl = { mechanism, username: SASL_USER.username, password: "wrong-secret" };
      const options = { ...named, bootstrapServer: listeners.sasl, sasl };
      await fails(client, { kind: "authentication", message: /refused the login \(.*user alice\)/, options });
    });
  }

  secureTest(`connect() with ${client} trusts only the given certificate`, async (listeners) => {
    const bootstrapServer = listeners.tls;
    await using trusting = await connect({ ...named, bootstrapServer, tls: { ca: listeners.ca } }, client);
    assert.ok(Array.isArray(await trusting.admin.listTopics()));
    await fails(client, {
      kind: "unreachable",
      message: /^cannot reach Kafka/,
      options: { ...quick, bootstrapServer, tls: {} },
    });
  });
}
