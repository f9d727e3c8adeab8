/** One time step of an LSTM cell: see ../kernels/lstm.ts. */
import { Activations } from "./activation.ts";
import { Code, I32, V128 } from "./assembler.ts";
import { eachPair, NUMBER, vectorsOf } from "./vectors.ts";

/** Gates per unit: i, f, g, o. */
const GATES = 4;

/** Pointers to the four gates of one row, a row of gates apart from each other. */
function pointGates(code: Code, { first, units }: { readonly first: number; readonly units: number }): {
  readonly pointers: readonly [number, number, number, number];
  /** Sets the pointers behind the first. */
  readonly begin: () => void;
  /** Moves the first to the next row. */
  readonly finish: () => void;
} {
  const pointers = [first, code.local(I32), code.local(I32), code.local(I32)] as const;
  const stride = code.local(I32);
  return {
    pointers,
    begin() {
      code.scale(stride, units, NUMBER);
      for (let gate = 1; gate < GATES; gate++) {
        code.copy(pointers[gate]!, pointers[gate - 1]!);
        code.advance(pointers[gate]!, stride);
      }
    },
    // At the end of its row, each pointer stands where the next gate began: the last one at the next row.
    finish: () => code.copy(first, pointers[GATES - 1]!),
  };
}

/**
 * Forward: gates, cellBefore, cell, cellTanh, hidden, rows, units.
 *
 * Gate after gate and then the cell: short independent turns, of which the processor has several in flight.
 */
export function lstmCode(name: string): Code {
  const code = new Code(name, [I32, I32, I32, I32, I32, I32, I32]);
  const [gates, cellBefore, cell, cellTanh, hidden, rows, units] = code.parameters(7);
  const { add, multiply, load, store, keep } = vectorsOf(code);
  const { pointers, begin, finish } = pointGates(code, { first: gates, units });
  const [input, forget, candidate, output] = pointers;
  const activations = new Activations(code);
  const [left, at] = code.locals(2, I32);
  const x = code.local(V128);
  const squash = (kind: "sigmoid" | "tanh", gate: number, gateCount: number) => {
    code.copy(at, gate);
    code.scale(left, units, gateCount);
    eachPair(code, { count: left, pointers: [at] }, (lanes) => {
      keep(load(at, lanes), x);
      activations[kind](x, x);
      store(at, lanes, x);
    });
  };
  code.whileAtLeast(rows, 1, () => {
    begin();
    squash("sigmoid", input, 2);
    squash("tanh", candidate, 1);
    squash("sigmoid", output, 1);
    code.copy(left, units);
    eachPair(code, { count: left, pointers: [...pointers, cellBefore, cell, cellTanh, hidden] }, (lanes) => {
      const kept = multiply(load(forget, lanes), load(cellBefore, lanes));
      keep(add(kept, multiply(load(input, lanes), load(candidate, lanes))), x);
      store(cell, lanes, x);
      activations.tanh(x, x);
      store(cellTanh, lanes, x);
      store(hidden, lanes, multiply(load(output, lanes), x));
    });
    finish();
    code.advanceBy(rows, -1);
  });
  return code;
}

/** Back: gates, cellBefore, cellTanh, dHidden, dCell, dGates, rows, units. */
export function lstmBackwardCode(name: string): Code {
  const code = new Code(name, [I32, I32, I32, I32, I32, I32, I32, I32]);
  const [gates, cellBefore, cellTanh, dHidden, dCell, dGates, rows, units] = code.parameters(8);
  const { add, subtract, multiply, load, store, constant, keep } = vectorsOf(code);
  const from = pointGates(code, { first: gates, units });
  const into = pointGates(code, { first: dGates, units });
  const left = code.local(I32);
  const [i, f, g, o, squashed, dh, dc, before] = code.locals(8, V128);
  const pointers = [...from.pointers, ...into.pointers, cellBefore, cellTanh, dHidden, dCell];
  const slope = (gate: number) => multiply(gate, subtract(constant("one"), gate));
  const slopeOfTanh = (value: number) => subtract(constant("one"), multiply(value, value));
  code.whileAtLeast(rows, 1, () => {
    from.begin();
    into.begin();
    code.copy(left, units);
    eachPair(code, { count: left, pointers }, (lanes) => {
      [i, f, g, o].forEach((gate, index) => keep(load(from.pointers[index]!, lanes), gate));
      keep(load(cellTanh, lanes), squashed);
      keep(load(dHidden, lanes), dh);
      keep(load(cellBefore, lanes), before);
      keep(add(load(dCell, lanes), multiply(multiply(dh, o), slopeOfTanh(squashed))), dc);
      const [dInput, dForget, dCandidate, dOutput] = into.pointers;
      store(dInput, lanes, multiply(multiply(dc, g), slope(i)));
      store(dForget, lanes, multiply(multiply(dc, before), slope(f)));
      store(dCandidate, lanes, multiply(multiply(dc, i), slopeOfTanh(g)));
      store(dOutput, lanes, multiply(multiply(dh, squashed), slope(o)));
      store(dCell, lanes, multiply(dc, f));
    });
    from.finish();
    into.finish();
    code.advanceBy(rows, -1);
  });
  return code;
}
