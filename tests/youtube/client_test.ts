import assert from "node:assert/strict";
import { videosSchema } from "../../src/youtube/api/answers.ts";
import { ApiClient, type ApiOptions, BudgetSpent } from "../../src/youtube/api/client.ts";
import { keyCredentials } from "../../src/youtube/api/credentials.ts";
import { ApiFailure, type FailureKind, plainMessage, retryAfterOf } from "../../src/youtube/api/failure.ts";
import { nextResetMs } from "../../src/youtube/api/quota.ts";
import { apiError, ERRORS, type Fault, type StandIn, startStandIn } from "../support/youtube_stand_in.ts";

function clientOf(standIn: StandIn, options: Partial<ApiOptions> = {}) {
  const said: string[] = [];
  const api = new ApiClient({
    base: standIn.base,
    credentials: keyCredentials(standIn.key),
    signal: new AbortController().signal,
    wait: false,
    say: (message) => said.push(message),
    pauseMs: 1,
    ...options,
  });
  const videos = () =>
    api.get("videos", { query: { part: "snippet,statistics", id: "video_00000" }, schema: videosSchema });
  return { api, said, videos };
}

/** What asking ends with. */
async function failureOf(asking: () => Promise<unknown>): Promise<ApiFailure> {
  try {
    await asking();
  } catch (error) {
    if (error instanceof ApiFailure) return error;
    throw error;
  }
  throw new Error("there was an answer");
}

/** Faults that end by themselves, after so many questions. */
function times(limit: number, fault: () => Response): Fault {
  return ({ count }) => count <= limit ? fault() : null;
}

const PASSING: Readonly<Record<string, () => Response>> = {
  "429": () => new Response("slow down", { status: 429 }),
  "500": () => apiError(500, { reason: "backendError" }),
  "503 in HTML": () => new Response("<html><h1>Service Unavailable</h1></html>", { status: 503 }),
  "rateLimitExceeded": ERRORS.rateLimitExceeded,
  "an answer in HTML": () => new Response("<!doctype html><p>portal</p>"),
  "an answer that is cut off": () => new Response('{"items":[{"id":"vid'),
};

for (const [name, fault] of Object.entries(PASSING)) {
  Deno.test(`ApiClient.get() asks again after ${name}`, async () => {
    await using standIn = startStandIn({ seed: 1 });
    standIn.fault = times(2, fault);
    const { api, said, videos } = clientOf(standIn);
    assert.equal((await videos()).items[0]!.id, "video_00000");
    assert.equal(api.spent, 3, "each question costs a unit");
    assert.equal(said.length, 2);
  });
}

Deno.test("ApiClient.get() asks again when the connection ends in the middle of an answer", async () => {
  await using standIn = startStandIn({ seed: 1 });
  standIn.fault = times(1, () => {
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode('{"items":['));
        controller.error(new Error("gone"));
      },
    });
    return new Response(body, { headers: { "content-type": "application/json" } });
  });
  const { api, videos } = clientOf(standIn);
  assert.equal((await videos()).items.length, 1);
  assert.equal(api.spent, 2);
});

Deno.test("ApiClient.get() gives up after some attempts, and says what was found", async () => {
  await using standIn = startStandIn({ seed: 1 });
  standIn.fault = () => new Response("", { status: 503 });
  const { api, videos } = clientOf(standIn);
  const { kind, message } = await failureOf(videos);
  assert.deepEqual([kind, message, api.spent], ["passing", "HTTP 503 without the API's error", 6]);
});

Deno.test("ApiClient.get() waits as long as Retry-After says", async () => {
  await using standIn = startStandIn({ seed: 1 });
  standIn.fault = times(1, () => new Response("", { status: 429, headers: { "retry-after": "1" } }));
  const { said, videos } = clientOf(standIn);
  await videos();
  assert.match(said[0]!, /again in 1\.0 s/);
  assert.equal(retryAfterOf("Thu, 01 Jan 2026 00:00:10 GMT", Date.UTC(2026, 0, 1)), 10_000);
  assert.equal(retryAfterOf("soon", 0), undefined);
});

const LASTING: Readonly<Record<string, [() => Response, FailureKind, RegExp]>> = {
  "comments that are disabled": [ERRORS.commentsDisabled, "comments-disabled", /has disabled comments/],
  "a video that is not there": [ERRORS.videoNotFound, "not-found", /could not be found/],
  "a quota that is used up": [ERRORS.quotaExceeded, "quota-exceeded", /exceeded your quota\./],
  "a page token that has expired": [ERRORS.invalidPageToken, "page-token", /invalid page token/],
  "a key that is invalid": [ERRORS.keyInvalid, "credentials", /API_KEY_INVALID: API key not valid/],
  "a key for another API": [ERRORS.keyBlocked, "credentials", /are blocked/],
  "a missing key": [ERRORS.keyMissing, "credentials", /unregistered callers/],
  "a video that may not be read": [ERRORS.forbidden, "forbidden", /not properly authorized/],
  "JSON that is something else": [
    () => Response.json({ items: 7 }),
    "not-understood",
    /not as documented: items/,
  ],
};

for (const [name, [fault, kind, wanted]] of Object.entries(LASTING)) {
  Deno.test(`ApiClient.get() names ${name} at once, without HTML`, async () => {
    await using standIn = startStandIn({ seed: 1 });
    standIn.fault = fault;
    const { api, videos } = clientOf(standIn);
    const failure = await failureOf(videos);
    assert.equal(failure.kind, kind);
    assert.match(failure.message, wanted);
    assert.doesNotMatch(failure.message, /[<>]/);
    assert.equal(api.spent, 1);
    assert.equal(failure.hint !== undefined, kind === "credentials");
  });
}

Deno.test("ApiClient.get() does not read an answer of 100 MB to its end", async () => {
  await using standIn = startStandIn({ seed: 1 });
  let sent = 0;
  const piece = new Uint8Array(1024 * 1024).fill(32);
  standIn.fault = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          if (++sent > 100) controller.close();
          else controller.enqueue(piece);
        },
      }),
    );
  const { videos } = clientOf(standIn);
  const failure = await failureOf(videos);
  assert.deepEqual([failure.kind, failure.message], ["not-understood", "the answer has more than 16 MiB"]);
  assert.ok(sent < 100, `${sent} MB were taken`);
});

Deno.test("ApiClient.get() says that the API cannot be reached, and goes on when it is back", async () => {
  const standIn = startStandIn({ seed: 1 });
  const { base } = standIn;
  await standIn[Symbol.asyncDispose]();
  const { videos } = clientOf(standIn, { base });
  const { kind, message } = await failureOf(videos);
  assert.deepEqual([kind, message], ["passing", "the API cannot be reached"]);
});

Deno.test("ApiClient.get() never puts the key into URLs, messages and lines", async () => {
  await using standIn = startStandIn({ seed: 1 });
  standIn.fault = () => apiError(400, { reason: "odd", message: `the key ${standIn.key} is odd` });
  const { said, videos } = clientOf(standIn);
  const { message } = await failureOf(videos);
  assert.equal(message, "odd: the key … is odd");
  for (const text of [...standIn.urls, ...said]) assert.ok(!text.includes(standIn.key), text);
});

Deno.test("ApiClient.get() ends before the budget is exceeded", async () => {
  await using standIn = startStandIn({ seed: 1 });
  const { videos } = clientOf(standIn, { quotaBudget: 2 });
  await videos();
  await videos();
  await assert.rejects(videos, BudgetSpent);
  assert.equal(standIn.spent(), 2);
});

Deno.test("ApiClient.get() with wait says when the day's units come back, and waits for it", async () => {
  await using standIn = startStandIn({ seed: 1 });
  standIn.quota = 0;
  const ended = new AbortController();
  const said: string[] = [];
  const { videos } = clientOf(standIn, {
    wait: true,
    signal: ended.signal,
    say: (message) => {
      said.push(message);
      ended.abort();
    },
  });
  await assert.rejects(videos, { name: "AbortError" });
  assert.match(said[0]!, /going on at \d{4}-\d\d-\d\dT0[78]:00:00\.000Z \(midnight Pacific time\)/);
});

Deno.test("nextResetMs() is midnight in California, also when the clocks change", () => {
  const reset = (iso: string) => new Date(nextResetMs(Date.parse(iso))).toISOString();
  assert.equal(reset("2026-01-15T12:00:00Z"), "2026-01-16T08:00:00.000Z");
  assert.equal(reset("2026-07-15T06:59:59Z"), "2026-07-15T07:00:00.000Z");
  assert.equal(reset("2026-07-15T07:00:00Z"), "2026-07-16T07:00:00.000Z");
  assert.equal(reset("2026-03-08T08:00:00Z"), "2026-03-09T07:00:00.000Z", "a day of 23 hours");
  assert.equal(reset("2026-11-01T07:00:00Z"), "2026-11-02T08:00:00.000Z", "a day of 25 hours");
});

Deno.test("plainMessage() leaves no HTML, entities and control characters", () => {
  assert.equal(plainMessage('a <a href="x">b</a>&amp;&lt;c&gt;\n\x1b[2Jd'), "a b&<c> [2Jd");
});
