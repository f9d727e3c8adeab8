/** `demo --web`: the page is there while training goes on, shows what the demo predicts, and ends with it. */
import assert from "node:assert/strict";
import { eventsOf, nextOf } from "../../support/event_stream.ts";
import { interrupt, startStreamflow, untilSaid } from "../../support/run.ts";

Deno.test("demo --web: 'training…' first, then the predictions; open browsers hear that it has ended", async () => {
  await using demo = await startStreamflow(["demo", "--web", "--rate", "500"], { watchOutput: true });
  const [, url] = /the page is on (\S+)/.exec(await untilSaid(demo, /the page is on \S+\n/))!;
  const page = await (await fetch(url!)).text();
  assert.match(page, /<title>/);
  const events = eventsOf(await fetch(`${url}/api/v1/live?board=predictions`));
  const whole = await nextOf(events);
  assert.deepEqual([whole.event, whole.data.trouble, whole.data.board.processed], [
    "snapshot",
    "training…",
    0,
  ]);
  assert.equal((await (await fetch(`${url}/readyz`)).json()).detail, "training…");
  assert.equal((await (await fetch(`${url}/api/v1/model`)).json()).status, 503);
  let event = whole;
  while (!(event.data.board.processed > 0)) event = await nextOf(events);
  assert.equal(event.data.trouble, null);
  assert.deepEqual(await (await fetch(`${url}/readyz`)).json(), { status: "ready" });
  const model = await (await fetch(`${url}/api/v1/model`)).json();
  assert.equal(model.name, event.data.board.modelId.split("/")[0]);
  const ended = interrupt(demo);
  while (event.event !== "bye") event = await nextOf(events);
  assert.deepEqual(event.data, { reason: "the demo has ended" });
  const { code, stdout } = await ended;
  assert.equal(code, 130);
  assert.match(stdout, /^produced .*, lost 0$/m);
});
