import assert from "node:assert/strict";
import { SecureAggregator, type SumTaker } from "../../../src/federated/server/secure_aggregator.ts";
import { SecureParty } from "../../../src/federated/secure/party.ts";
import { encodeVector } from "../../../src/federated/secure/vector.ts";
import type { Submission } from "../../../src/federated/rounds/judge.ts";

const SCALE = { clip: 1, examplesMax: 100 };
const WEIGHTS = new Float64Array([1, 2, 3]);

/** An aggregator on a coordinator whose rounds end with each sum that it takes. */
function aggregate(refusalOf: (sum: Submission) => string | null = () => null) {
  let round = 4, nowMs = 0;
  const sums: Submission[] = [], warnings: string[] = [];
  const coordinator: SumTaker = {
    get global() {
      return { round, version: `v${round}`, weights: WEIGHTS };
    },
    submit(sum) {
      sums.push(sum);
      const detail = refusalOf(sum);
      if (detail !== null) return Promise.resolve({ accepted: false, reason: "norm", detail });
      round++;
      return Promise.resolve({
        accepted: true,
        countedIn: sum.round,
        duplicate: false,
        updates: 1,
        wanted: 1,
      });
    },
  };
  const aggregator = new SecureAggregator({
    ...{ coordinator, scale: SCALE, partiesMin: 3, stageMs: 1_000 },
    nowMs: () => nowMs,
    onWarning: (message) => warnings.push(message),
  });
  const advance = async (ms: number) => {
    nowMs += ms;
    await aggregator.advance();
  };
  return { aggregator, sums, warnings, advance };
}

const from = (device: string, participant: string | null = null) => ({ device, participant });

type Made = ReturnType<typeof aggregate>;

function join({ aggregator }: Made, devices: readonly string[]): SecureParty[] {
  const { round, attempt } = aggregator.place;
  return devices.map((device) => {
    const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
    const party = new SecureParty(device, { round, random });
    assert.equal(aggregator.take(from(device), { round, attempt }, { kind: "keys", keys: party.keys }), null);
    return party;
  });
}

function share({ aggregator }: Made, parties: readonly SecureParty[]): void {
  const { round, attempt } = aggregator.place;
  for (const party of parties) {
    const { roster } = aggregator.view(party.device);
    const shares = party.shares(roster!);
    assert.equal(aggregator.take(from(party.device), { round, attempt }, { kind: "shares", shares }), null);
  }
}

function sendVectors({ aggregator }: Made, parties: readonly SecureParty[]): void {
  const { round, attempt } = aggregator.place;
  for (const party of parties) {
    const weights = WEIGHTS.map((weight) => weight + 0.25);
    const vector = encodeVector({ weights, numExamples: 50 }, WEIGHTS, SCALE);
    party.mask(vector, new Set(aggregator.view(party.device).senders));
    assert.equal(aggregator.take(from(party.device), { round, attempt }, { kind: "vector", vector }), null);
  }
}

function openShares(
  { aggregator }: Made,
  parties: readonly SecureParty[],
  spoil: (device: string, shares: Map<string, Uint8Array>) => void = () => {},
): void {
  const { round, attempt } = aggregator.place;
  for (const party of parties) {
    const { sealed, came, stage } = aggregator.view(party.device);
    if (stage !== "opening") continue; // as many as the threshold are enough
    const shares = party.open(sealed, new Set(came));
    spoil(party.device, shares);
    assert.equal(aggregator.take(from(party.device), { round, attempt }, { kind: "opened", shares }), null);
  }
}

Deno.test("a sum is the round's one update, and the next round waits for as many devices as came", async () => {
  const made = aggregate();
  const parties = join(made, ["a", "b", "c", "d"]);
  await made.advance(1_001); // others might have joined
  share(made, parties);
  sendVectors(made, parties);
  openShares(made, parties);
  await made.advance(0);
  assert.equal(made.sums.length, 1);
  const { device, weights, numExamples, metrics } = made.sums[0]!;
  assert.deepEqual([device, numExamples, metrics], ["sum of devices", 200, { parties: 4 }]);
  weights.forEach((weight, i) => assert.ok(Math.abs(weight - WEIGHTS[i]! - 0.25) < 1e-9));
  await made.advance(0);
  assert.deepEqual(made.aggregator.place, { round: 5, attempt: 1, stage: "keys" });
  join(made, ["a", "b", "c"]);
  assert.equal(made.aggregator.place.stage, "keys", "the fourth may come");
  join(made, ["d"]);
  assert.equal(made.aggregator.place.stage, "shares");
  assert.deepEqual(made.warnings, []);
});

Deno.test("too few for a step: the round's steps begin again, and steps of before are refused", async () => {
  const made = aggregate();
  const parties = join(made, ["a", "b", "c"]);
  await made.advance(1_001);
  share(made, parties.slice(0, 2));
  await made.advance(1_001);
  assert.deepEqual(made.aggregator.place, { round: 4, attempt: 2, stage: "keys" });
  assert.match(made.warnings[0]!, /round 4 begins its steps again: 2 of 3 devices came to its step "shares"/);
  const late = made.aggregator.take(from("c"), { round: 4, attempt: 1 }, {
    kind: "keys",
    keys: parties[2]!.keys,
  });
  assert.match(late!, /it is for try 1 of round 4, this is try 2 of round 4/);
  assert.deepEqual(made.sums, []);
});

Deno.test("shares are opened once for a round: where that fails it ends without a change", async () => {
  const made = aggregate();
  const parties = join(made, ["a", "b", "c"]);
  await made.advance(1_001);
  share(made, parties);
  sendVectors(made, parties);
  await made.advance(1_001); // nobody opens
  assert.equal(made.sums.length, 1);
  assert.deepEqual([...made.sums[0]!.weights], [...WEIGHTS]);
  assert.match(made.warnings[0]!, /round 4 ends without a change: 0 of 3 devices came to its step "opening"/);
});

Deno.test("a device that opens something else does not spoil the global model", async () => {
  const made = aggregate();
  const parties = join(made, ["a", "b", "c"]);
  await made.advance(1_001);
  share(made, parties);
  sendVectors(made, parties);
  openShares(made, parties, (device, shares) => {
    if (device === "b") shares.set("a", new Uint8Array(32));
  });
  await made.advance(0);
  assert.deepEqual([...made.sums[0]!.weights], [...WEIGHTS]);
  assert.match(made.warnings[0]!, /the devices' vectors do not add up to weights/);
});

/** All steps of a round of three devices. */
async function addUp(made: Made): Promise<void> {
  const parties = join(made, ["a", "b", "c"]);
  await made.advance(1_001);
  share(made, parties);
  sendVectors(made, parties);
  openShares(made, parties);
}

Deno.test("a sum that is refused ends the round without a change, once", async () => {
  const made = aggregate(({ weights }) => weights[0] === WEIGHTS[0] ? null : "it is too far away");
  await addUp(made);
  for (let i = 0; i < 3; i++) await made.advance(200);
  assert.deepEqual(made.sums.map(({ metrics }) => metrics!["parties"]), [3, 0]);
  assert.deepEqual([...made.sums[1]!.weights], [...WEIGHTS]);
  assert.deepEqual(made.warnings, ["round 4 ends without a change: it is too far away"]);
  assert.deepEqual(made.aggregator.place, { round: 5, attempt: 1, stage: "keys" });
});

Deno.test("a coordinator that takes no sum at all is asked once, not again and again", async () => {
  const made = aggregate(() => "no");
  await addUp(made);
  for (let i = 0; i < 5; i++) await made.advance(200);
  assert.equal(made.sums.length, 2);
  assert.equal(made.warnings.length, 2);
});

Deno.test("a device's steps are its participant's, also in later rounds, and names that cannot be are refused", () => {
  const made = aggregate();
  const place = { round: 4, attempt: 1 };
  const keysOf = (device: string) => {
    const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
    return { kind: "keys", keys: new SecureParty(device, { round: 4, random }).keys } as const;
  };
  const { aggregator } = made;
  assert.equal(aggregator.take(from("a", "anna"), place, keysOf("a")), null);
  for (const other of ["bert", null]) {
    const step = { kind: "opened", shares: new Map() } as const;
    assert.match(aggregator.take(from("a", other), place, step)!, /another participant's/);
    assert.match(aggregator.take(from("a", other), place, keysOf("a"))!, /another participant's/);
  }
  assert.match(aggregator.take(from("a", "anna"), place, keysOf("a"))!, /has joined already/);
  for (const name of ["", "x".repeat(257), "a\u0000b", "__proto__"]) {
    assert.match(aggregator.take(from(name), place, keysOf(name))!, /name/);
  }
});
