import { wholeBlock, type Backend } from '@ttrec/backend';
import { naiveTrie } from '../naive-trie.ts';
import type { Stage } from './stage.ts';

/** Larger than what engines cut for one thread, so that three threads find a part each; extents are no multiples of vectors. */
export const largeCases: readonly (readonly [name: string, run: (stage: Stage) => void])[] = [
  ...[false, true].flatMap((transposeA) =>
    [false, true].map((transposeB): readonly [string, (stage: Stage) => void] => [
      `matmul by rows, ${transposeA ? 'A transposed' : 'A'}, ${transposeB ? 'B transposed' : 'B'}`,
      (stage) => product(stage, [127, 300, 41], { transposeA, transposeB }),
    ]),
  ),
  ['matmul by columns', (stage) => product(stage, [13, 260, 131], { transposeA: false, transposeB: true })],
  ['matmul of one column', (stage) => product(stage, [500, 65, 1], { transposeA: false, transposeB: true })],
  [
    'bias and activation, backward',
    (stage) =>
      stage.backend.biasActivationBackward({
        output: stage.block(61, 101),
        gradient: stage.output(61, 101),
        gradBias: stage.output(1, 101),
        activation: 'relu',
      }),
  ],
  ['trie of long slices', (stage) => trie(stage, { rowShape: [5, 7, 9], colShape: [2, 2, 4], rank: 48 })],
  ['trie of short slices', (stage) => trie(stage, { rowShape: [6, 5, 8], colShape: [8, 4, 1], rank: 50 })],
];

function product(
  stage: Stage,
  [m, k, n]: readonly [number, number, number],
  flags: { readonly transposeA: boolean; readonly transposeB: boolean },
): void {
  const a = flags.transposeA ? stage.block(k, m) : stage.block(m, k);
  const b = flags.transposeB ? stage.block(n, k) : stage.block(k, n);
  const bias = stage.block(1, n);
  stage.backend.matmul({ a, b, ...flags, bias, activation: 'relu', out: stage.output(m, n) });
}

function trie(
  stage: Stage,
  { rowShape, colShape, rank }: { rowShape: number[]; colShape: number[]; rank: number },
): void {
  const size = rowShape.reduce((all, p) => all * p, 1);
  const rows = Array.from({ length: size }, (_, i) => i).filter(() => stage.flip());
  const ranks = [1, rank, rank, 1];
  const { levels } = naiveTrie(rows, rowShape);
  const positions = levels.map((level) =>
    Object.fromEntries(
      Object.entries(level).map(([name, value]) => [
        name,
        typeof value === 'number' ? value : stage.positions(value as ArrayLike<number>),
      ]),
    ),
  ) as unknown as Parameters<Backend['ttForward']>[0]['levels'];
  const cores = rowShape.map((p, k) => stage.buffer(p, ranks[k]! * colShape[k]! * ranks[k + 1]!));
  let width = 1;
  const widths = colShape.map((q, k) => (width *= q) * ranks[k + 1]!);
  const values = widths.map((cols, k) => stage.outputBuffer(positions[k]!.nodes, cols));
  const args = { layout: { colShape, ranks }, cores, levels: positions, values };
  stage.backend.ttForward(args);
  const gradValues = widths.map((cols, k) => stage.outputBuffer(positions[k]!.nodes, cols));
  const gradCores = cores.map((core, k) => stage.outputBuffer(positions[k]!.slices, core.cols));
  stage.backend.ttBackward({ ...args, gradValues, gradCores });
  stage.outputs.push(...cores);
  const states = cores.map((core) => stage.buffer(core.rows, core.cols));
  for (const state of states) stage.backend.fill({ out: wholeBlock(state), value: 0.5 });
  stage.outputs.push(...states);
  const update = { rule: 'adagrad', states, learningRate: 0.05, epsilon: 1e-8 } as const;
  const unused = cores.map((core, k) => stage.buffer(positions[k]!.slices, core.cols));
  stage.backend.ttBackward({ ...args, gradValues, gradCores: unused, update });
}
