import { createCpuBackend } from '@ttrec/backend-cpu';
import { decodeSafetensors } from '@ttrec/tensor-files';
import { encodeModel } from '@ttrec/training';
import type { ComparisonResults } from '@ttrec/training/compare';
import { Dlrm } from '@ttrec/dlrm';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { arms, armsNamed, tableBytes, type ArmModel } from '../src/comparison/arms.ts';
import type { CellRecord } from '../src/comparison/cells/cells.ts';
import { trialSettings } from '../src/comparison/cells/trials.ts';
import { temporaryFolder, ttrec, writeConfig } from './command.ts';
import { tinyConfig } from './tiny-config.ts';

const folder = temporaryFolder();

describe('arms', () => {
  const embeddingDim = 16;
  const features = [
    { name: 'user', numEmbeddings: 30_000 },
    { name: 'item', numEmbeddings: 9000 },
    { name: 'level', numEmbeddings: 9 },
  ];
  const model: ArmModel = {
    features,
    embeddingDim,
    optimizer: { rule: 'adagrad' },
    measured: async (bytes) => armsNamed(['tt'])[0]!.tables(model, bytes, { tableRate: 1, split: 0.5 }),
  };
  const dense = 4 * embeddingDim * features.reduce((sum, { numEmbeddings }) => sum + numEmbeddings, 0);

  test.each(
    arms.flatMap(
      (arm) =>
        (arm.hasOwnSize
          ? [[arm, 1]]
          : [
              [arm, 4],
              [arm, 118],
              [arm, 256],
            ]) as [typeof arm, number][],
    ),
  )('$name: its bytes are those of its file, and within 1 % of the budget from below', async (arm, ratio) => {
    const budget = Math.floor(dense / ratio);
    const tables = await arm.tables(model, budget, { tableRate: 1, split: 0.5 });
    const bytes = tableBytes(tables, embeddingDim);
    const created = new Dlrm({
      backend: createCpuBackend(),
      denseFeatures: 2,
      embeddingDim,
      bottomMlp: [embeddingDim],
      topMlp: [4, 1],
      tables,
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of encodeModel(created)) chunks.push(chunk);
    const { tensors } = decodeSafetensors(Buffer.concat(chunks));
    const held = [...tensors.values()]
      .filter(({ name }) => name.startsWith('table.'))
      .reduce((sum, { data }) => sum + data.byteLength, 0);
    expect(held).toBe(bytes);
    if (arm.hasOwnSize) return;
    expect(bytes).toBeLessThanOrEqual(budget);
    // Four bits a number are an eighth of dense, and nothing is between that and a dense table.
    if (!(arm.name.endsWith('int4') && ratio < 8)) expect(bytes).toBeGreaterThanOrEqual(0.99 * budget);
  });
});

test('every arm tries the same settings, the first those of a comparison without tuning', () => {
  expect(trialSettings(1)).toEqual([{ tableRate: 1, split: 0.5 }]);
  const nine = trialSettings(9);
  expect(trialSettings(7)).toEqual(nine.slice(0, 7));
  expect(new Set(nine.map((setting) => JSON.stringify(setting))).size).toBe(9);
});

const config = writeConfig(
  folder,
  'arms.json',
  tinyConfig({
    data: { rows: { train: 312, validation: 60, test: 60 }, cardinalities: [500, 200, 7] },
    training: { epochs: 1, evaluateEvery: undefined, logEvery: undefined },
  }),
);
const chosen = ['--arms', 'dense,hash,tt,hash-full', '--seeds', '2', '--budgets', '2x,8x'];

function cells(out: string): CellRecord[] {
  const names = readdirSync(join(out, 'cells')).sort();
  return names.map((name) => JSON.parse(readFileSync(join(out, 'cells', name), 'utf8')) as CellRecord);
}

function timeless(results: ComparisonResults) {
  return { ...results, arms: results.arms.map((arm) => ({ ...arm, seconds: 0 })) };
}

test('arms at equal bytes: results as table, page, CSV, LaTeX and JSON; killed at any place it goes on', async () => {
  const out = join(folder, 'whole');
  const { code, stdout, stderr } = await ttrec('compare', config, ...chosen, '--trials', '2', '--out', out);
  expect(stderr).toContain('tt, 8x, trial 2');
  expect(stderr).toMatch(/\d+s left/);
  expect(code).toBe(0);
  expect(stdout).toContain(
    'test AUC, one epoch, shuffled; mean of 2 seeds (order, start), 2 trials an arm and budget',
  );
  expect(stdout).toContain('verdicts against hash at the same bytes');
  const results = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as ComparisonResults;
  expect(results.arms.map(({ arm, budget }) => `${arm} ${budget}`)).toEqual([
    'dense own size',
    'hash 2x',
    'hash 8x',
    'tt 2x',
    'tt 8x',
    'hash-full own size',
  ]);
  const [dense, , , , , full] = results.arms;
  expect(full!.auc).toEqual(dense!.auc);
  expect(results.arms.every(({ auc }) => auc!.values.length === 2)).toBe(true);
  expect(results.denseBytes).toBe(4 * 4 * 707);
  expect(results.testRows).toBe(60);
  const against = results.comparisons.map(({ arm, against, budget }) => `${arm}-${against} ${budget}`);
  expect(against).toEqual([
    'tt-hash 2x',
    'tt-hash 8x',
    'hash-dense 2x',
    'hash-dense 8x',
    'tt-dense 2x',
    'tt-dense 8x',
    'hash-full-dense own size',
  ]);
  for (const { rows, mean } of results.comparisons) {
    expect(rows!.low).toBeLessThanOrEqual(mean);
    expect(rows!.high).toBeGreaterThanOrEqual(mean);
  }
  const csv = readFileSync(join(out, 'results.csv'), 'utf8').trimEnd().split('\n');
  expect(csv).toHaveLength(7);
  expect(new Set(csv.map((line) => line.split(',').length)).size).toBe(1);
  const latex = readFileSync(join(out, 'results.tex'), 'utf8');
  expect(latex).toContain('\\multicolumn{2}{c}{');
  expect(latex.match(/\\\\/g)).toHaveLength(5);
  const page = readFileSync(join(out, 'report.html'), 'utf8');
  for (const text of ['Test AUC against bytes', 'against hash', 'AUC by decile', 'undecided'])
    expect(page).toContain(text);
  expect(existsSync(join(out, 'predictions'))).toBe(false);

  // As a kill leaves it: some trainings are missing.
  const before = cells(out);
  for (const name of readdirSync(join(out, 'cells')).filter((_, i) => i % 3 === 0))
    rmSync(join(out, 'cells', name));
  const resumed = await ttrec('compare', '--resume', out, '--keep-predictions');
  expect(resumed.code).toBe(0);
  const timed = (cell: CellRecord) => ({ ...cell, seconds: 0, sameAs: undefined });
  expect(cells(out).map(timed)).toEqual(before.map(timed));
  const after = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as ComparisonResults;
  expect(after.settings.keepPredictions).toBe(true);
  expect(timeless(after).arms).toEqual(timeless(results).arms);
  // Most predictions are gone: what they said of other rows is kept.
  expect(after.comparisons).toEqual(results.comparisons);
  expect(existsSync(join(out, 'predictions', 'labels.split-3.npy'))).toBe(true);

  const more = await ttrec('compare', '--resume', out, '--seeds', '3', '--arms', 'vocabulary', '--json');
  const extended = JSON.parse(more.stdout) as ComparisonResults;
  expect(extended.settings.arms).toEqual(['dense', 'hash', 'tt', 'hash-full', 'vocabulary']);
  expect(extended.arms[0]!.auc!.values.slice(0, 2)).toEqual(dense!.auc!.values);
  expect(extended.arms[0]!.auc!.values).toHaveLength(3);
  expect(extended.testRows).toBe(60);
  for (const { arm, rows } of extended.comparisons) if (arm !== 'vocabulary') expect(rows).not.toBeNull();
});

test('the arm measured is chosen once on validation rows, also where the comparison goes on', async () => {
  const out = join(folder, 'measured');
  const flags = ['--arms', 'hash,measured', '--seeds', '2', '--budgets', '8x', '--measure-trials', '4'];
  const { code, stdout, stderr } = await ttrec('compare', config, ...flags, '--out', out);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/candidate +bytes +trained +seeds +validation AUC/);
  const measured = () => cells(out).filter(({ arm }) => arm === 'measured');
  const [first, second] = measured();
  expect(second!.tables).toEqual(first!.tables);
  expect(second!.chosen).toBe(first!.chosen);
  expect(stdout).toContain(`measured at 8x is "${first!.chosen!}"`);
  expect(first!.bytes).toBeLessThanOrEqual((4 * 4 * 707) / 8);

  rmSync(join(out, 'cells', 'measured@8x.seed-2.json'));
  const resumed = await ttrec('compare', '--resume', out);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(resumed.stderr).not.toContain('validation AUC');
  expect(measured().map(({ test }) => test)).toEqual([first!.test, second!.test]);
});

test('test rows of one class have no AUC: log-losses are compared, and nothing ends', async () => {
  const csv = Array.from({ length: 300 }, (_, i) => `${i},${i % 7},${i % 3 === 0 && i < 200 ? 1 : 0}`);
  writeFileSync(join(folder, 'one-class.csv'), ['time,item,label', ...csv].join('\n'));
  const { model } = tinyConfig();
  const oneClass = writeConfig(folder, 'one-class.json', {
    name: 'one-class',
    data: {
      format: 'csv',
      path: 'one-class.csv',
      label: { column: 'label', equals: '1' },
      features: [{ column: 'item' }],
      ids: { kind: 'vocabulary', minCount: 1 },
      split: { by: 'column', column: 'time', validationFrom: 210, testFrom: 250 },
    },
    model,
    training: { batchSize: 16 },
  });
  const out = join(folder, 'one-class');
  const flags = ['--arms', 'dense,hash', '--seeds', '2', '--trials', '2', '--budgets', '2x,52B'];
  const { code, stdout, stderr } = await ttrec('compare', oneClass, ...flags, '--out', out);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('AUC is undefined');
  const results = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as ComparisonResults;
  expect(results.arms.map(({ auc, logLoss }) => [auc, logLoss.mean > 0])).toEqual([
    [null, true],
    [null, true],
    [null, true],
  ]);
  expect(results.comparisons).toEqual([]);
  expect(results.summary.curves.map(({ area }) => area)).toEqual([null]);
});

test('arms that are the same are trained once, and said to be', async () => {
  const out = join(folder, 'same');
  const { code, stdout } = await ttrec(
    ...['compare', config, '--arms', 'tt,hash,low-rank', '--seeds', '2', '--budgets', '1x', '--out', out],
  );
  expect(code).toBe(0);
  expect(stdout).toContain('hash at 1x is the training of tt, 1x, seed 1: it was done once');
  const trained = cells(out).filter(({ sameAs }) => sameAs === undefined);
  expect(trained.map(({ arm }) => arm)).toEqual(['tt', 'tt']);
});

test('variants with several seeds, several epochs, and splits that differ', async () => {
  const variants = [
    { name: 'dense', tables: {} },
    { name: 'tt', tables: { largest: { count: 1, use: { kind: 'tt', ranks: 2 } } } },
  ];
  const both = writeConfig(folder, 'variants.json', { ...tinyConfig({ training: { epochs: 2 } }), variants });
  const out = join(folder, 'variants');
  const flags = ['--seeds', '2', '--vary', 'split,start', '--regime', 'several-epochs', '--order', 'file'];
  const { code, stdout } = await ttrec('compare', both, ...flags, '--out', out, '--json');
  expect(code).toBe(0);
  const small = ['--budgets', '8x', '--arms', 'hash', '--seeds', '1', '--out', join(folder, 'left-out')];
  expect((await ttrec('compare', both, ...small)).stderr).toContain('variants of the config are left out');
  const { arms: found, settings, comparisons } = JSON.parse(stdout) as ComparisonResults;
  expect(settings).toMatchObject({ inFileOrder: true, vary: ['split', 'start'], baseline: 'dense' });
  expect(found.map(({ arm, budget }) => [arm, budget])).toEqual([
    ['dense', 'own size'],
    ['tt', 'own size'],
  ]);
  expect(comparisons.map(({ arm, against }) => [arm, against])).toEqual([['tt', 'dense']]);
  expect(cells(out).map(({ seeds }) => seeds)).toEqual([
    { split: 3, order: 3, start: 3 },
    { split: 4, order: 3, start: 4 },
    { split: 3, order: 3, start: 3 },
    { split: 4, order: 3, start: 4 },
  ]);
});

test('budgets that no form reaches are said and left out', async () => {
  const out = join(folder, 'small');
  const flags = ['--arms', 'hash,tt', '--seeds', '1', '--budgets', '8x,200x', '--out', out];
  const { code, stdout, stderr } = await ttrec('compare', config, ...flags);
  expect(code).toBe(0);
  expect(stderr).toContain('tt, 200x, is left out: bytes must be at least');
  expect(stdout).toContain('one seed has no verdicts');
});

test('arms that the optimizer cannot train are said and left out', async () => {
  const rowwise = writeConfig(
    folder,
    'rowwise.json',
    tinyConfig({ training: { steps: 5, optimizer: { embeddings: { rule: 'rowwise-adagrad' } } } }),
  );
  const flags = ['--arms', 'hash,tt', '--seeds', '1', '--budgets', '2x', '--out', join(folder, 'rowwise')];
  const { code, stdout, stderr } = await ttrec('compare', rowwise, ...flags);
  expect(code).toBe(0);
  expect(stderr).toContain('tt, 2x, is left out:');
  expect(stderr).toContain('trains with sgd, adagrad, adam or ftrl');
  expect(stdout).toMatch(/^hash +0\.\d+$/m);
});

test.concurrent.each([
  [['--budgets', '8x', '--arms', 'hsh'], 2, 'trainer/unknown-arm', 'Did you mean "hash"?'],
  [[], 2, 'trainer/no-variants', 'needs variants, or --budgets'],
  [['--seeds', '2'], 2, 'trainer/no-variants', 'needs --budgets, or a config with variants'],
  [['--seeds', '2', '--arms', 'hash'], 2, 'trainer/needs-budgets', 'goes with --budgets'],
  [
    ['--budgets', '8x', '--baseline', 'tt', '--arms', 'hash'],
    2,
    'trainer/unknown-arm',
    'must be one of the arms',
  ],
  [['--budgets', '8x', '--vary', 'rows'], 2, 'trainer/bad-vary', 'must be among split, order, start'],
  [
    ['--budgets', '8x', '--arms', 'hash', '--measure', '9s'],
    2,
    'trainer/bad-measure',
    'goes with the arm "measured"',
  ],
  [
    ['--budgets', '8x', '--arms', 'hash,measured', '--measure', '9s', '--measure-trials', '9'],
    2,
    'trainer/bad-measure',
    'one without the other',
  ],
  [
    ['--budgets', '5000x', '--arms', 'hash', '--seeds', '1'],
    1,
    'trainer/nothing-fits',
    'bytes that an arm can take',
  ],
])('compare refuses %j', async (flags, code, name, words) => {
  const out = join(folder, flags.join('').replaceAll(/\W/g, ''));
  const ended = await ttrec('compare', config, ...flags, '--out', out);
  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(words);
  expect(ended.stderr).toContain(`(${name})`);
});

test('the help lists every arm in lines of at most 80 columns', async () => {
  const { stdout } = await ttrec('compare', '--help');
  expect(stdout).toMatch(/^ {2}importance-hash {2}the same with buckets/m);
  expect(stdout).toMatch(/^ {2}tt-full +control/m);
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test.each([
  ['0.5x', 'at least 1x'],
  ['8x,8x', 'there twice'],
  ['many', 'must be'],
  ['16', 'needs a unit: 16x for a factor'],
])('compare refuses --budgets %s', async (budgets, words) => {
  const { code, stderr } = await ttrec('compare', config, '--budgets', budgets);
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});

test('a comparison goes on with what it was asked for, and with nothing else', async () => {
  const out = join(folder, 'whole');
  for (const flags of [['--budgets', '4x'], ['--trials', '3'], [config]]) {
    const { code, stderr } = await ttrec('compare', ...flags, '--resume', out);
    expect(code).toBe(2);
    expect(stderr).toContain('(trainer/settings-differ)');
  }
  expect(armsNamed(['tt', 'tt'])).toHaveLength(1);
});
