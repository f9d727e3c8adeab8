import assert from "node:assert/strict";
import { UserError } from "../../src/runtime/errors.ts";
import { accountCredentials } from "../../src/youtube/api/credentials.ts";
import { ApiFailure } from "../../src/youtube/api/failure.ts";
import { makeAccount } from "../support/service_account.ts";
import { startStandIn } from "../support/youtube_stand_in.ts";

Deno.test("accountCredentials() signs with RS256, and asks again before the token ends", async () => {
  await using standIn = startStandIn({ seed: 1 });
  let nowMs = Date.now();
  const { text } = await makeAccount(standIn.tokenUri);
  const credentials = await accountCredentials(text, { path: "account.json", nowMs: () => nowMs });
  const first = await credentials.headers();
  assert.equal(first["authorization"], "Bearer ya29.stand-in-1");
  nowMs += 3_000_000;
  assert.deepEqual(await credentials.headers(), first, "it lives on");
  nowMs += 500_000;
  assert.equal(
    (await credentials.headers())["authorization"],
    "Bearer ya29.stand-in-2",
    "two minutes before its end",
  );
  assert.deepEqual(credentials.secrets(), ["ya29.stand-in-2"]);
});

Deno.test("accountCredentials() sends an assertion whose signature is right", async () => {
  let assertion = "";
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    assertion = new URLSearchParams(await request.text()).get("assertion")!;
    return Response.json({ access_token: "t", expires_in: 3600 });
  });
  const uri = `http://127.0.0.1:${server.addr.port}/token`;
  const { text, publicKey } = await makeAccount(uri);
  await (await accountCredentials(text, { path: "account.json" })).headers();
  const [header, claims, signature] = assertion.split(".");
  const bytes = (part: string) => Uint8Array.fromBase64(part, { alphabet: "base64url" });
  const signed = new TextEncoder().encode(`${header}.${claims}`);
  assert.ok(await crypto.subtle.verify("RSASSA-PKCS1-v1_5", publicKey, bytes(signature!), signed));
  const said = JSON.parse(new TextDecoder().decode(bytes(claims!)));
  assert.deepEqual([said.iss, said.aud, said.exp - said.iat], [
    "robot@project.iam.gserviceaccount.com",
    uri,
    3600,
  ]);
});

Deno.test("accountCredentials() says that an account gets no token, and why", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () =>
      Response.json({ error: "invalid_grant", error_description: "Invalid JWT <b>Signature</b>." }, {
        status: 400,
      }),
  );
  const { text } = await makeAccount(`http://127.0.0.1:${server.addr.port}/token`);
  const credentials = await accountCredentials(text, { path: "account.json" });
  await assert.rejects(
    () => credentials.headers(),
    (error: unknown) =>
      error instanceof ApiFailure && error.kind === "credentials" &&
      error.message === "the service account gets no token: Invalid JWT Signature.",
  );
});

Deno.test("accountCredentials() refuses a file that is no service account's, without a word of what is in it", async () => {
  const secret = "-----BEGIN PRIVATE KEY-----\nsecretsecret\n-----END PRIVATE KEY-----";
  for (
    const text of [
      "",
      "{",
      "[]",
      '{"type":"authorized_user"}',
      JSON.stringify({ client_email: "a", private_key: secret }),
    ]
  ) {
    await assert.rejects(
      () => accountCredentials(text, { path: "account.json" }),
      (error: unknown) =>
        error instanceof UserError && error.message === "account.json is not a service account's file",
    );
  }
});
