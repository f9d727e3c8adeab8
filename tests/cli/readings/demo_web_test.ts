/** `demo --web`: the page is there while training goes on, shows what the demo predicts, and ends with it. */
import assert from "node:assert/strict";
import { eventsOf, nextOf } from "../../support/event_stream.ts";
import { interrupt, startStreamflow, untilSaid } from "../../support/run.ts";

Deno.test("demo --web: the training first, then predictions and model; open browsers hear that it has ended", async () => {
  await using demo = await startStreamflow(["demo", "--web", "--rate", "500"], { watchOutput: true });
  const [, url] = /the page is on (\S+)/.exec(await untilSaid(demo, /the page is on \S+\n/))!;
  const get = async (path: string) => await (await fetch(`${url}${path}`)).json();
  assert.match(await (await fetch(url!)).text(), /<title>/);
  const events = eventsOf(await fetch(`${url}/api/v1/live?board=predictions`));
  const whole = await nextOf(events);
  const { trouble, board } = whole.data;
  assert.deepEqual([whole.event, trouble, board.processed, board.answering], [
    "snapshot",
    "training…",
    0,
    null,
  ]);
  assert.match(board.training.about, /electricity meters/);
  assert.equal((await get("/readyz")).detail, "training…");
  assert.match((await get("/api/v1/model")).detail, /^training…/);
  const { topics } = await get("/api/v1/topics");
  assert.deepEqual(topics.map(({ name }: { name: string }) => name), [
    "dead-letters",
    "input-data",
    "predictions",
  ]);
  for (const board of ["traffic", "likes", "federated"]) {
    assert.deepEqual((await get(`/api/v1/boards/${board}`)).history.events, [], board);
  }

  let event = whole;
  let training = board.training;
  while (event.data.board.processed === undefined || event.data.board.processed === 0) {
    event = await nextOf(events);
    training = event.data.board.training ?? training;
  }
  assert.deepEqual([event.data.trouble, event.data.board.training], [null, null]);
  assert.equal(training.total, 12);
  const { validationLoss, baselineLoss } = training;
  assert.ok(validationLoss.length >= 11 && validationLoss.at(-1) < baselineLoss.at(-1));
  assert.deepEqual(await get("/readyz"), { status: "ready" });
  const model = await get("/api/v1/model");
  assert.deepEqual([model.file, model.history.epochs.length], ["in memory", 12]);
  assert.equal(model.name, event.data.board.modelId.split("/")[0]);
  assert.equal((await get("/api/v1/boards/predictions")).board.answering, model.sha256);
  assert.match(await (await fetch(`${url}/metrics`)).text(), /^streamflow_observed_predictions_total/m);
  const answer = await fetch(`${url}/api/v1/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      id: "1",
      timestamp: "2016-12-01T00:00:00.000Z",
      source: "meter-1",
      features: { power: 100 },
    }),
  });
  assert.equal((await answer.json()).predictions[0].prediction.by, "baseline");

  const ended = interrupt(demo);
  while (event.event !== "bye") event = await nextOf(events);
  assert.deepEqual(event.data, {
    reason: "the demo has ended; run it again with 'streamflow demo --web'",
  });
  const { code, stdout } = await ended;
  assert.equal(code, 130);
  assert.match(stdout, /^produced .*, lost 0$/m);
});
