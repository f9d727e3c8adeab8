/** The products of the kernels: WebAssembly and TypeScript give the same bits, sparse and dense ones the same numbers. */
import assert from "node:assert/strict";
import type { Kernels, Product } from "../../nn/kernels/kernels.ts";
import { createKernels } from "../../nn/kernels/create.ts";
import { Random } from "../../nn/random.ts";
import { type SparseRows, sparseRows } from "../../nn/sparse.ts";

const plain = createKernels("typescript");
/** Odd ones, and one beyond each width and height of a tile. */
const SIZES = [1, 2, 3, 5, 7, 8, 15, 16, 17, 33, 122] as const;
/** Numbers before and behind each matrix, which must stay as they are. */
const MARGIN = 3;

function fast(): Kernels {
  const kernels = createKernels("fastest");
  assert.equal(kernels.name, "wasm", "this runtime has SIMD");
  return kernels;
}

/** Numbers of both signs, half of them 0 where that is asked for. */
function numbers(random: Random, length: number, zeros = false): Float64Array {
  return Float64Array.from(
    { length },
    () => zeros && random.uint32() % 2 === 0 ? 0 : random.uniform(-2, 2),
  );
}

/** The same numbers where these kernels can read them, between margins of NaN; `start` is where they begin. */
function place(kernels: Kernels, from: Float64Array): Float64Array {
  const array = kernels.allocate(from.length + 2 * MARGIN).fill(NaN);
  array.set(from, MARGIN);
  return array;
}

function placeSparse(kernels: Kernels, from: SparseRows): SparseRows {
  const rowStart = kernels.allocateIndices(from.rowStart.length);
  const column = kernels.allocateIndices(from.column.length);
  const value = kernels.allocate(from.value.length);
  rowStart.set(from.rowStart);
  column.set(from.column);
  value.set(from.value);
  return { ...from, rowStart, column, value };
}

interface Shape {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly by: "rows" | "columns";
  readonly bias: boolean;
  readonly relu: boolean;
  readonly accumulate: boolean;
}

/** Every shape once, with the options going round. */
function shapes(sizes: readonly number[] = SIZES): Shape[] {
  let turn = 0;
  return sizes.flatMap((rows) =>
    sizes.flatMap((depth) =>
      sizes.map((columns) => {
        turn++;
        return {
          ...{ rows, depth, columns },
          by: turn % 2 === 0 ? "rows" as const : "columns" as const,
          ...{ bias: turn % 3 > 0, relu: turn % 5 > 2, accumulate: turn % 7 > 4 },
        };
      })
    )
  );
}

interface Matrices {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly bias: Float64Array;
  readonly c: Float64Array;
}

function matrices(random: Random, { rows, depth, columns }: Shape): Matrices {
  return {
    a: numbers(random, rows * depth, true),
    b: numbers(random, depth * columns),
    bias: numbers(random, columns),
    c: numbers(random, rows * columns),
  };
}

function product(kernels: Kernels, shape: Shape, { a, b, bias, c }: Matrices): Product {
  const { rows, depth, columns, by, relu, accumulate } = shape;
  return {
    ...{ a: place(kernels, a), aStart: MARGIN },
    ...(by === "rows" ? { aRowStride: depth, aStep: 1 } : { aRowStride: 1, aStep: rows }),
    ...{ b: place(kernels, b), bStart: MARGIN },
    ...{ bias: shape.bias ? place(kernels, bias) : null, biasStart: MARGIN },
    ...{ c: place(kernels, c), cStart: MARGIN, rows, depth, columns, relu, accumulate },
  };
}

/** Equal as `Object.is` has it: NaN is NaN, and −0 is not 0. */
function assertSame(actual: Float64Array, expected: Float64Array, what: string): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(actual[i], expected[i])) assert.fail(`${what}: [${i}] ${actual[i]} !== ${expected[i]}`);
  }
}

Deno.test("multiply() gives the same bits in WebAssembly, and writes nothing but C", () => {
  const random = new Random(1), kernels = fast();
  for (const shape of shapes()) {
    const given = matrices(random, shape);
    const [expected, actual] = [product(plain, shape, given), product(kernels, shape, given)];
    plain.multiply(expected);
    kernels.multiply(actual);
    assertSame(actual.c, expected.c, JSON.stringify(shape));
  }
});

Deno.test("multiply() sums k in order from the bias or C on", () => {
  const random = new Random(2);
  for (const shape of shapes([1, 2, 3, 5, 17])) {
    const given = matrices(random, shape);
    const expected = place(plain, given.c);
    for (let r = 0; r < shape.rows; r++) {
      for (let j = 0; j < shape.columns; j++) {
        const at = r * shape.columns + j;
        let sum = shape.accumulate ? given.c[at]! : shape.bias ? given.bias[j]! : 0;
        for (let k = 0; k < shape.depth; k++) {
          const left = shape.by === "rows" ? given.a[r * shape.depth + k]! : given.a[k * shape.rows + r]!;
          sum += left * given.b[k * shape.columns + j]!;
        }
        expected[MARGIN + at] = shape.relu ? Math.max(0, sum) : sum;
      }
    }
    const actual = product(plain, shape, given);
    plain.multiply(actual);
    assertSame(actual.c, expected, JSON.stringify(shape));
  }
});

Deno.test("multiply() passes NaN, Infinity and -0 on in WebAssembly as in TypeScript", () => {
  const kernels = fast();
  const special = [NaN, Infinity, -Infinity, -0, 0, 1, Number.MIN_VALUE, -Number.MAX_VALUE, 1e-300];
  for (const relu of [false, true]) {
    const shape: Shape = {
      ...{ rows: special.length, depth: 1, columns: special.length, by: "rows", bias: true, relu },
      accumulate: false,
    };
    const given = {
      a: Float64Array.from(special),
      b: Float64Array.from(special),
      bias: new Float64Array(special.length).fill(-0),
      c: new Float64Array(special.length ** 2),
    };
    const [expected, actual] = [product(plain, shape, given), product(kernels, shape, given)];
    plain.multiply(expected);
    kernels.multiply(actual);
    assertSame(actual.c, expected.c, `relu ${relu}`);
  }
});

Deno.test("multiply() gives the same bits where WebAssembly copies strips of B: columns of 2 KiB and more", () => {
  const random = new Random(8), kernels = fast();
  for (const rows of [7, 8, 9, 33]) {
    for (const depth of [1, 3, 40]) {
      for (const columns of [256, 512]) {
        for (const shape of shapes([1, 1])) {
          const wide = { ...shape, rows, depth, columns };
          const given = matrices(random, wide);
          const [expected, actual] = [product(plain, wide, given), product(kernels, wide, given)];
          plain.multiply(expected);
          kernels.multiply(actual);
          assertSame(actual.c, expected.c, JSON.stringify(wide));
        }
      }
    }
  }
});

Deno.test("multiply() in WebAssembly refuses a matrix that lies neither by rows nor by columns", () => {
  const kernels = fast();
  const shape: Shape = {
    ...{ rows: 2, depth: 2, columns: 2, by: "rows", bias: true, relu: false, accumulate: false },
  };
  const given = product(kernels, shape, matrices(new Random(3), shape));
  assert.throws(() => kernels.multiply({ ...given, aStep: 2, aRowStride: 4 }), RangeError);
});

Deno.test("multiplySparse() gives the numbers of the dense product, and the same bits in WebAssembly", () => {
  const random = new Random(4), kernels = fast();
  for (const shape of shapes()) {
    const byRows = { ...shape, by: "rows" as const };
    const given = matrices(random, byRows);
    const x = sparseRows(given.a, shape.depth);
    const dense = product(plain, byRows, given);
    plain.multiply(dense);
    const [expected, actual] = [product(plain, byRows, given), product(kernels, byRows, given)];
    plain.multiplySparse(x, expected);
    kernels.multiplySparse(placeSparse(kernels, x), actual);
    assertSame(actual.c, expected.c, JSON.stringify(shape));
    expected.c.forEach((number, i) => {
      const same = number === dense.c[i] || Number.isNaN(number) && Number.isNaN(dense.c[i]);
      if (!same) assert.fail(`${JSON.stringify(shape)}: [${i}] ${number} !== ${dense.c[i]}`);
    });
  }
});

Deno.test("multiplySparseTransposed() gives the numbers of the dense product, the same bits in WebAssembly", () => {
  const random = new Random(5), kernels = fast();
  for (const shape of shapes()) {
    const byColumns = { ...shape, by: "columns" as const, bias: false, relu: false };
    const given = matrices(random, byColumns);
    // `a` read column by column is X (depth, rows) read row by row.
    const x = sparseRows(given.a, shape.rows);
    const dense = product(plain, byColumns, given);
    plain.multiply(dense);
    const [expected, actual] = [product(plain, byColumns, given), product(kernels, byColumns, given)];
    plain.multiplySparseTransposed(x, expected);
    kernels.multiplySparseTransposed(placeSparse(kernels, x), actual);
    assertSame(actual.c, expected.c, JSON.stringify(shape));
    expected.c.forEach((number, i) => {
      const same = number === dense.c[i] || Number.isNaN(number) && Number.isNaN(dense.c[i]);
      if (!same) assert.fail(`${JSON.stringify(shape)}: [${i}] ${number} !== ${dense.c[i]}`);
    });
  }
});

Deno.test("multiplySparse() takes rows without numbers, and rows from the middle of many", () => {
  const kernels = fast();
  const x = placeSparse(kernels, sparseRows(new Float64Array([1, 2, 0, 0, 0, 3, 0, 4]), 2));
  const shape: Shape = {
    ...{ rows: 2, depth: 2, columns: 1, by: "rows", bias: true, relu: false, accumulate: false },
  };
  for (const each of [plain, kernels]) {
    const given = {
      ...{ a: new Float64Array(0), b: new Float64Array([10, 100]), bias: new Float64Array([7]) },
      c: new Float64Array(2),
    };
    const middle = product(each, shape, given);
    each.multiplySparse({ ...x, rows: 3, rowStart: x.rowStart.subarray(1) }, middle);
    assert.deepEqual([...middle.c.subarray(MARGIN, MARGIN + 2)], [7, 307], each.name);
  }
});

Deno.test("sumColumns() and transpose() give the same bits in WebAssembly", () => {
  const random = new Random(6), kernels = fast();
  for (const rows of SIZES) {
    for (const columns of SIZES) {
      const from = numbers(random, rows * columns);
      const [sums, transposed] = [plain, kernels].map((each) => {
        const given = each.allocate(from.length), into = place(each, new Float64Array(columns));
        given.set(from);
        each.sumColumns({ from: given, rows, columns, into, start: MARGIN });
        const turned = each.allocate(from.length);
        each.transpose({ b: place(each, from), bStart: MARGIN, rows, columns }, turned);
        return [into, turned] as const;
      }).reduce(([a, b], [c, d]) => {
        assertSame(c, a, `sums ${rows}×${columns}`);
        assertSame(d, b, `transposed ${rows}×${columns}`);
        return [a, b] as const;
      });
      assert.ok(
        Math.abs(sums[MARGIN]! - from.filter((_, i) => i % columns === 0).reduce((a, b) => a + b)) < 1e-12,
      );
      assert.equal(transposed[rows - 1], from[(rows - 1) * columns]);
    }
  }
});

Deno.test("createKernels() with fma gives nearly the same, and one result whatever the batch and the zeros are", () => {
  const random = new Random(7);
  const fused = createKernels("fastest", { fma: true });
  for (const shape of shapes([1, 2, 5, 8, 17, 33])) {
    const byRows = { ...shape, by: "rows" as const };
    const given = matrices(random, byRows);
    const [expected, actual, sparse] = [plain, fused, fused].map((each) => product(each, byRows, given));
    plain.multiply(expected!);
    fused.multiply(actual!);
    fused.multiplySparse(placeSparse(fused, sparseRows(given.a, shape.depth)), sparse!);
    assertSame(sparse!.c, actual!.c, JSON.stringify(shape));
    for (let i = MARGIN; i < expected!.c.length - MARGIN; i++) {
      assert.ok(Math.abs(actual!.c[i]! - expected!.c[i]!) < 1e-12);
    }
    const alone = product(fused, { ...byRows, rows: 1 }, given);
    fused.multiply(alone);
    const count = MARGIN + shape.columns;
    assertSame(alone.c.subarray(0, count), actual!.c.subarray(0, count), JSON.stringify(shape));
  }
});

Deno.test("createKernels() names what it gives, and each its own memory", () => {
  assert.equal(createKernels("wasm").name, "wasm");
  assert.equal(createKernels("typescript").name, "typescript");
  const [one, other] = [fast(), fast()];
  const [a, b] = [one.allocate(4).fill(1), other.allocate(4).fill(2)];
  one.activate("tanh", a, 4);
  assert.deepEqual([...b], [2, 2, 2, 2]);
});
