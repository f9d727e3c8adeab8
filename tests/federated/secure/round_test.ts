import assert from "node:assert/strict";
import { Random } from "../../../nn/mod.ts";
import { SecureParty } from "../../../src/federated/secure/party.ts";
import { SecureRound } from "../../../src/federated/secure/round.ts";
import { decodeSum, encodeVector, MODULUS } from "../../../src/federated/secure/vector.ts";

const SCALE = { clip: 0.5, examplesMax: 4_096 };
const WEIGHTS = 40;

type Step = "keys" | "shares" | "vectors" | "opening";

/** Bytes that a test can draw again. */
function bytesOf(seed: number): (length: number) => Uint8Array {
  const random = new Random(seed);
  return (length) => Uint8Array.from({ length }, () => Math.floor(random.uniform() * 256));
}

function updatesOf(count: number, global: Float64Array) {
  const random = new Random(7);
  return Array.from({ length: count }, (_, i) => ({
    device: `meter-${i}`,
    numExamples: 100 + 37 * i,
    weights: global.map((weight) => weight + 0.1 * random.normal()),
  }));
}

/** Plays a round; a device that drops out does its last step before the one that is named. */
function play(count: number, dropped: Readonly<Record<string, Step>> = {}) {
  const global = Float64Array.from({ length: WEIGHTS }, (_, i) => i / 10);
  const updates = updatesOf(count, global);
  const seen: Float64Array[] = [];
  const parties = updates.map(({ device }, i) =>
    new SecureParty(device, { round: 3, random: bytesOf(i + 1) })
  );
  let nowMs = 0;
  const round = new SecureRound({
    round: 3,
    length: WEIGHTS + 1,
    partiesMin: 3,
    partiesWanted: count,
    stageMs: 1_000,
  });
  const steps: Step[] = ["keys", "shares", "vectors", "opening"];
  const isThere = (device: string, step: Step) =>
    dropped[device] === undefined || steps.indexOf(dropped[device]) > steps.indexOf(step);
  for (const step of steps) {
    parties.forEach((party, i) => {
      if (round.stage !== step || !isThere(party.device, step)) return;
      const { roster, senders, sealed, came } = round.view(party.device);
      if (step === "keys") assert.equal(round.join(party.device, party.keys, nowMs), null);
      if (step === "shares") assert.equal(round.takeShares(party.device, party.shares(roster!), nowMs), null);
      if (step === "vectors") {
        const vector = encodeVector(updates[i]!, global, SCALE);
        party.mask(vector, new Set(senders));
        seen.push(vector.slice());
        assert.equal(round.takeVector(party.device, vector, nowMs), null);
      }
      if (step === "opening") {
        assert.equal(round.takeOpened(party.device, party.open(sealed, new Set(came)), nowMs), null);
      }
    });
    if (round.stage === step) round.advance(nowMs += 1_001);
  }
  return { round, updates, global, seen };
}

function assertMean({ round, updates, global }: ReturnType<typeof play>, gone: readonly string[] = []): void {
  assert.equal(round.stage, "done", round.failure ?? "");
  const counted = updates.filter(({ device }) => !gone.includes(device));
  assert.deepEqual(round.devices, counted.map(({ device }) => device).sort());
  const found = decodeSum(round.sum!, global, { ...SCALE, parties: round.devices.length })!;
  const n = counted.reduce((sum, { numExamples }) => sum + numExamples, 0);
  assert.equal(found.numExamples, n);
  for (let i = 0; i < WEIGHTS; i++) {
    const wanted = counted.reduce((sum, { weights, numExamples }) => {
      const way = Math.max(-0.5, Math.min(0.5, weights[i]! - global[i]!));
      return sum + numExamples * (global[i]! + way);
    }, 0) / n;
    assert.ok(Math.abs(found.weights[i]! - wanted) < 1e-11, `weight ${i}: ${found.weights[i]} for ${wanted}`);
  }
}

Deno.test("the sum of masked updates is their mean by examples", () => {
  assertMean(play(9));
  assertMean(play(3));
});

Deno.test("devices that drop out at any step are left out, and their masks too", () => {
  assertMean(play(9, { "meter-4": "shares" }), ["meter-4"]);
  assertMean(play(9, { "meter-1": "vectors", "meter-8": "vectors" }), ["meter-1", "meter-8"]);
  assertMean(play(9, { "meter-0": "opening", "meter-5": "opening" })); // their vectors count
  assertMean(play(9, { "meter-0": "keys", "meter-2": "shares", "meter-7": "vectors" }), [
    ...["meter-0", "meter-2", "meter-7"],
  ]);
});

Deno.test("many masks are taken away some at a time, and what is opened meanwhile changes nothing", () => {
  const gone = Array.from({ length: 8 }, (_, i) => `meter-${i}`);
  const played = play(27, Object.fromEntries(gone.map((device) => [device, "vectors"])));
  const { round } = played;
  assert.equal(round.sum, null);
  let turns = 0;
  for (; round.isUnmasking; turns++) {
    assert.equal(round.stage, "opening");
    assert.equal(round.takeOpened("meter-8", new Map(), 0), null);
    round.advance(0);
  }
  assert.ok(turns > 0);
  assertMean(played, gone);
});

Deno.test("below the threshold a round fails, says why, and adds nothing up", () => {
  const { round } = play(6, { "meter-0": "opening", "meter-1": "opening" });
  assert.equal(round.stage, "failed");
  assert.match(round.failure!, /4 of 5 devices/);
  assert.equal(round.sum, null);
});

Deno.test("a masked vector looks like chance: it says nothing of the update", () => {
  const { seen, updates, global } = play(5);
  for (const [i, vector] of seen.entries()) {
    const plain = encodeVector(updates[i]!, global, SCALE);
    const isSmall = (value: number) => Math.min(value, MODULUS - value) <= 2 ** 43;
    assert.ok(plain.every(isSmall), "small before");
    assert.ok(vector.filter(isSmall).length <= 3, "anywhere after");
    assert.ok(vector.every((value, k) => value !== plain[k]));
  }
});

Deno.test("a device opens shares once, and never shares secrets in a roster that it is not in", () => {
  const parties = [1, 2, 3].map((n) => new SecureParty(`m${n}`, { round: 1, random: bytesOf(n) }));
  const roster = { devices: parties.map(({ device, keys }) => ({ device, keys })), threshold: 3 };
  const stranger = new SecureParty("m1", { round: 1, random: bytesOf(9) });
  assert.throws(() => stranger.shares(roster), /has to be one of them/);
  assert.throws(() => parties[0]!.shares({ ...roster, threshold: 1 }), /more than half/);
  const boxes = new Map(parties.map((party) => [party.device, party.shares(roster)]));
  assert.throws(() => parties[0]!.shares(roster), /once/);
  const inbox = new Map([...boxes].map(([from, box]) => [from, box.get("m1")!]));
  const all = new Set(["m1", "m2", "m3"]);
  assert.throws(() => parties[0]!.open(inbox, new Set(["m1"])), /threshold or more/);
  const changed = new Map(inbox).set("m2", inbox.get("m2")!.map((byte) => byte ^ 1));
  const second = new Map([...boxes].map(([from, box]) => [from, box.get("m2")!]));
  assert.throws(() => parties[0]!.open(second, all), /for another device/);
  assert.throws(() => parties[1]!.open(changed, all));
  parties[2]!.open(new Map([...boxes].map(([from, box]) => [from, box.get("m3")!])), all);
  assert.throws(() => parties[0]!.open(inbox, all), /done once/);
});

Deno.test("what is no part of the protocol is refused with why", () => {
  const { keys } = new SecureParty("a", { round: 1, random: bytesOf(1) });
  const round = new SecureRound({
    round: 1,
    length: 3,
    partiesMin: 3,
    partiesWanted: 3,
    stageMs: 1_000,
  });
  for (const mask of [keys.mask.subarray(1), new Uint8Array(32)]) {
    assert.match(round.join("a", { ...keys, mask }, 0)!, /not two of X25519/);
  }
  assert.equal(round.join("a", keys, 0), null);
  assert.match(round.join("a", keys, 0)!, /joined already/);
  assert.match(round.takeVector("a", new Float64Array(3), 0)!, /at its step "keys", not "vectors"/);
  assert.throws(
    () => new SecureRound({ round: 1, length: 3, partiesMin: 2, partiesWanted: 3, stageMs: 1 }),
    /3 to 255/,
  );
});
