import { wholeBlock, type Pooling } from '@ttrec/backend';
import { benchCase, requireSame, type ConformanceCase } from '../conformance-case.ts';
import { absolute, type Matrix } from '../matrix.ts';
import { bagBackwardOracle, bagForwardOracle, type BagCase } from '../oracles/bag.ts';
import type { Placed, Workbench } from '../workbench.ts';

type Bags = BagCase['bags'];

const TABLE_ROWS = 11;

const shapes: readonly { readonly name: string; readonly bags: Bags; readonly dim: number }[] = [
  { name: 'one lookup a bag', bags: [[[3], [10], [0], [3], [7]]], dim: 16 },
  { name: 'empty bags first, between and last', bags: [[[], [1, 2], [], [5, 5, 5], []]], dim: 5 },
  { name: 'no lookup at all', bags: [[[], [], []]], dim: 4 },
  { name: 'one row read by every lookup', bags: [[[4, 4], [4], [4, 4, 4, 4]]], dim: 8 },
  { name: 'one bag', bags: [[[9, 0, 9, 2, 6]]], dim: 1 },
  { name: 'D of 67', bags: [[[2, 3], [8], [10, 0, 1]]], dim: 67 },
  {
    name: 'three features that share the table',
    bags: [
      [[1], [2, 3], []],
      [[3, 1], [], [10]],
      [[0], [1, 1], [2]],
    ],
    dim: 6,
  },
];

interface BagShape {
  readonly bags: Bags;
  readonly dim: number;
  readonly pooling: Pooling;
  readonly weighted: boolean;
}

/** Column blocks in no particular order, with gaps between them. */
function columnsOf(features: number, dim: number): number[] {
  return Array.from({ length: features }, (_, f) => 2 + ((f + 1) % features) * (dim + 3));
}

function makeBags(bench: Workbench, { bags, dim, pooling, weighted }: BagShape): BagCase {
  const weights = bags.map((examples) => examples.map((rows) => [...bench.normal(1, rows.length).data]));
  return { bags, dim, pooling, columns: columnsOf(bags.length, dim), ...(weighted && { weights }) };
}

function withAbsoluteWeights({ weights, ...rest }: BagCase): BagCase {
  const absoluteWeights = weights?.map((examples) => examples.map((given) => given.map(Math.abs)));
  return { ...rest, ...(absoluteWeights && { weights: absoluteWeights }) };
}

function longest(bags: Bags): number {
  return Math.max(...bags.flat().map((bag) => bag.length));
}

/** Puts the features' blocks, side by side in `packed`, where `columns` says, over what `around` holds there. */
function spread(packed: Matrix, { columns, dim }: BagCase, around: Matrix): Matrix {
  const data = around.data.slice();
  columns.forEach((column, f) => {
    for (let b = 0; b < packed.rows; b++) {
      for (let j = 0; j < dim; j++) {
        data[b * around.cols + column + j] = packed.data[b * packed.cols + f * dim + j]!;
      }
    }
  });
  return { ...around, data };
}

function widthOf({ columns, dim }: BagCase): number {
  return Math.max(...columns) + dim + 2;
}

async function checkForward(bench: Workbench, shape: BagShape): Promise<void> {
  const bags = makeBags(bench, shape);
  const table = bench.normal(TABLE_ROWS, bags.dim);
  const rows = bench.place(table);
  // Rows without a bag in them, and columns between the blocks, must keep these.
  const around = bench.normal(bags.bags[0]!.length, widthOf(bags));
  const out = bench.place(around);
  bench.backend.bagForward({
    rows: rows.block,
    index: bench.bagIndex(bags.bags),
    pooling: bags.pooling,
    ...(bags.weights && { weights: bench.numbers(bags.weights.flat(2)) }),
    out: out.block,
    columns: bags.columns,
  });
  const want = bagForwardOracle(table, bags);
  const scale = bagForwardOracle(absolute(table), withAbsoluteWeights(bags));
  const nothing = { ...around, data: new Float64Array(around.data.length) };
  const tolerance = { scale: spread(scale, bags, nothing), terms: longest(bags.bags) + 2 };
  await bench.expectBlock('out', out, spread(want, bags, around), tolerance);
  await bench.expectUnchanged('rows', rows);
}

async function checkBackward(bench: Workbench, shape: BagShape): Promise<void> {
  const bags = makeBags(bench, shape);
  const gradient = bench.normal(bags.bags[0]!.length, bags.bags.length * bags.dim);
  const around = bench.normal(gradient.rows, widthOf(bags));
  const gradOut: Placed = bench.place(spread(gradient, bags, around));
  const { byRow, distinct } = bench.bagIndexByRow(bags.bags);
  const gradRows = bench.output(distinct.length, bags.dim);
  bench.backend.bagBackward({
    gradOut: gradOut.block,
    columns: bags.columns,
    index: bench.bagIndex(bags.bags),
    byRow,
    pooling: bags.pooling,
    ...(bags.weights && { weights: bench.numbers(bags.weights.flat(2)) }),
    gradRows: gradRows.block,
  });
  const want = bagBackwardOracle(gradient, bags, distinct);
  const scale = bagBackwardOracle(absolute(gradient), withAbsoluteWeights(bags), distinct);
  const terms = bags.bags.flat(2).length + 2;
  await bench.expectBlock('gradRows', gradRows, want, { scale, terms });
  await bench.expectUnchanged('gradOut', gradOut);
}

/** A few rows that many bags read, so that each gradient is a long sum. */
async function checkDeterminism(bench: Workbench): Promise<void> {
  const examples = Array.from({ length: 300 }, () => [
    bench.random.nextInteger(3),
    bench.random.nextInteger(3),
  ]);
  const bags = [examples];
  const gradOut = bench.place(bench.normal(examples.length, 9)).block;
  const { byRow, distinct } = bench.bagIndexByRow(bags);
  const index = bench.bagIndex(bags);
  const pass = async (): Promise<Float32Array> => {
    const gradRows = bench.buffer(distinct.length, 9);
    const out = wholeBlock(gradRows);
    bench.backend.bagBackward({ gradOut, columns: [0], index, byRow, pooling: 'mean', gradRows: out });
    return bench.backend.read(gradRows);
  };
  const first = await pass();
  requireSame('gradRows, second time', await pass(), first);
}

const poolings = [
  { how: 'sum', pooling: 'sum', weighted: false },
  { how: 'mean', pooling: 'mean', weighted: false },
  { how: 'weighted sum', pooling: 'sum', weighted: true },
] as const;

export const bagCases: readonly ConformanceCase[] = [
  ...shapes.flatMap(({ name, ...shape }) =>
    poolings.flatMap(({ how, ...pooling }) => [
      benchCase(`bagForward, ${how}: ${name}`, (bench) => checkForward(bench, { ...shape, ...pooling })),
      benchCase(`bagBackward, ${how}: ${name}`, (bench) => checkBackward(bench, { ...shape, ...pooling })),
    ]),
  ),
  benchCase('bagBackward gives the same bits again', checkDeterminism),
];
