/** Schedules: PyTorch's rates (tests/golden/nn/schedule.py; early stopping there is Keras'), states, refusals. */
import assert from "node:assert/strict";
import { EarlyStopping, type EarlyStoppingOptions } from "../../nn/optimizers/early_stopping.ts";
import { createSchedule, type Schedule, type ScheduleSpec } from "../../nn/optimizers/schedule.ts";

interface Golden {
  readonly baseRate: number;
  readonly losses: readonly number[];
  readonly schedules: readonly { readonly spec: ScheduleSpec; readonly rates: readonly number[] }[];
  readonly stopping: readonly (EarlyStoppingOptions & {
    readonly stoppedAfter: number | null;
    readonly bestEpoch: number;
  })[];
}

const golden: Golden = JSON.parse(
  Deno.readTextFileSync(new URL("../golden/nn/schedule.json", import.meta.url)),
);

function follow(schedule: Schedule, losses: readonly number[], from = 1): number[] {
  return losses.map((loss, i) => {
    const rate = schedule.rate(from + i);
    schedule.observe(loss);
    return rate;
  });
}

for (const { spec, rates } of golden.schedules) {
  const title = JSON.stringify(spec);

  Deno.test(`createSchedule(${title}) gives PyTorch's rates`, () => {
    follow(createSchedule(spec, golden.baseRate), golden.losses).forEach((rate, i) => {
      // PyTorch multiplies from epoch to epoch: its own error grows to some 1e-14 of the base rate.
      assert.ok(
        Math.abs(rate - rates[i]!) <= 1e-14 * golden.baseRate,
        `epoch ${i + 1}: ${rate}, ${rates[i]} wanted`,
      );
    });
  });

  Deno.test(`createSchedule(${title}) goes on from its state, which JSON can hold`, () => {
    const whole = follow(createSchedule(spec, golden.baseRate), golden.losses);
    for (const at of [0, 1, 17, 30]) {
      const before = createSchedule(spec, golden.baseRate), after = createSchedule(spec, golden.baseRate);
      follow(before, golden.losses.slice(0, at));
      after.restore(JSON.parse(JSON.stringify(before.state())));
      before.observe(1e9);
      assert.deepEqual(follow(after, golden.losses.slice(at), at + 1), whole.slice(at));
    }
  });
}

golden.stopping.forEach(({ stoppedAfter, bestEpoch, ...options }) => {
  Deno.test(`EarlyStopping ${JSON.stringify(options)} stops where Keras stops`, () => {
    const stopping = new EarlyStopping(options), sign = options.mode === "max" ? -1 : 1;
    const stop = golden.losses.findIndex((loss) => stopping.observe(sign * loss) === "stop");
    assert.equal(stop === -1 ? null : stop + 1, stoppedAfter);
    assert.equal(stopping.best?.epoch, bestEpoch);
  });
});

Deno.test("cosine warms up evenly, falls behind that, and stays at its least", () => {
  const schedule = createSchedule({ kind: "cosine", epochs: 7, warmUp: 3, minimum: 0.01 }, 0.08);
  const rates = [1, 2, 3, 4, 6, 8, 9, 100].map((epoch) => schedule.rate(epoch));
  const half = 0.01 + 0.07 / 2;
  [0.02, 0.04, 0.06, 0.08, half, 0.01, 0.01, 0.01].forEach((wanted, i) => {
    assert.ok(Math.abs(rates[i]! - wanted) < 1e-15, `${rates}`);
  });
});

Deno.test("plateau takes no NaN and no Infinity for better", () => {
  const schedule = createSchedule({ kind: "plateau", patience: 1, factor: 0.5 }, 1);
  assert.deepEqual(follow(schedule, [NaN, -Infinity, 3, NaN, NaN, 1]), [1, 1, 0.5, 0.5, 0.5, 0.25]);
});

Deno.test("createSchedule() refuses settings out of range, epochs below 1 and others' states", () => {
  const wrong: readonly ScheduleSpec[] = [
    { kind: "linear" as "constant" },
    { kind: "step", every: 0 },
    { kind: "step", every: 1.5 },
    { kind: "step", every: 1, factor: 0 },
    { kind: "step", every: 1, factor: NaN },
    { kind: "cosine", epochs: 0 },
    { kind: "cosine", epochs: 5, warmUp: 5 },
    { kind: "cosine", epochs: 5, warmUp: -1 },
    { kind: "cosine", epochs: 5, minimum: 0.2 },
    { kind: "plateau", factor: 1 },
    { kind: "plateau", patience: -1 },
    { kind: "plateau", threshold: 1 },
    { kind: "plateau", cooldown: 0.5 },
    { kind: "plateau", minimum: NaN },
  ];
  for (const spec of wrong) {
    assert.throws(
      () => createSchedule(spec, 0.1),
      /^RangeError: Cannot make a schedule/,
      JSON.stringify(spec),
    );
  }
  for (const rate of [-1, NaN, Infinity]) {
    assert.throws(() => createSchedule({ kind: "constant" }, rate), /a base rate of/);
  }
  const constant = createSchedule({ kind: "constant" }, 0.1),
    plateau = createSchedule({ kind: "plateau" }, 0.1);
  assert.throws(() => constant.restore(plateau.state()), /a schedule plateau: it is wanted of constant/);
  assert.throws(() => plateau.restore(constant.state()), /a schedule constant: it is wanted of plateau/);
  const state = { kind: "plateau", rate: 0.1, best: 1, badEpochs: 0, cooldownLeft: 0 } as const;
  for (
    const wrong of [{ rate: NaN }, { rate: -1 }, { best: NaN }, { badEpochs: -1 }, { cooldownLeft: 0.5 }]
  ) {
    assert.throws(() => plateau.restore({ ...state, ...wrong }), /Cannot restore the state \{/);
  }
  for (const schedule of [constant, plateau]) {
    for (const epoch of [0, NaN]) assert.throws(() => schedule.rate(epoch), /epochs count from 1/);
  }
});
