import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSafetensors } from '@ttrec/tensor-files';
import { loadCheckpoint } from '@ttrec/training/checkpoints';
import { presetCardinalities, type PresetName } from '@ttrec/data';
import { cost } from '@ttrec/embeddings';
import { Planner, type ModelPlan } from '@ttrec/planner';
import {
  compareConfigSchema,
  parseConfig,
  type TrainConfig,
  trainConfigSchema,
} from '@ttrec/training/config';
import { describe, expect, test } from 'vitest';
import { plan, type PlanFlags } from '../src/commands/plan.ts';
import { thinned } from '../src/plan/budget-text.ts';
import { plannedVariants } from '../src/run/compared-configs.ts';
import { temporaryFolder, ttrec, writeConfig } from './command.ts';
import { tinyConfig } from './tiny-config.ts';

const folder = temporaryFolder();

interface BudgetRecord extends ModelPlan {
  readonly mlpBytes: number;
  readonly weightBytes: number;
  readonly headerBytesAtMost: number;
  readonly frontier: readonly { readonly bytes: number; readonly expectedLoss: number }[];
}

describe.each<[PresetName, number]>([
  ['criteo-kaggle', 16],
  ['criteo-terabyte', 64],
])('the tables of %s, D = %i', (preset, embeddingDim) => {
  const features = presetCardinalities[preset].map((numEmbeddings, t) => ({
    name: `C${t + 1}`,
    numEmbeddings,
  }));
  const planner = new Planner(features, { embeddingDim });

  test.each([100_000, 2_000_000, 20_000_000, 20 * 2 ** 20, 500_000_000])('fit %i bytes', (budget) => {
    const made = planner.plan(budget);
    const bytes = made.tables.map(
      ({ config, numEmbeddings }) => cost(config, { numEmbeddings, embeddingDim }).bytes,
    );
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBe(made.bytes);
    expect(made.bytes).toBeLessThanOrEqual(budget);
    // The largest step left is that of one more rank of one table.
    expect(made.bytes).toBeGreaterThan(0.97 * budget);
    expect(made.gap).toBeLessThan(1e-4);
  });

  test('are dense above dense', () => {
    const made = planner.plan(planner.denseBytes + 1);
    expect(made.tables.every(({ kind }) => kind === 'dense')).toBe(true);
    expect(made.bytes).toBe(planner.denseBytes);
  });

  test('have a frontier that only falls', () => {
    const points = planner.frontier();
    points.slice(1).forEach(({ bytes, expectedLoss }, k) => {
      expect(bytes).toBeGreaterThan(points[k]!.bytes);
      expect(expectedLoss).toBeLessThan(points[k]!.expectedLoss);
    });
  });
});

test.concurrent('what was planned is trained, and its file takes no more than the budget', async () => {
  const config = writeConfig(
    folder,
    'big.json',
    tinyConfig({ data: { cardinalities: [5000, 300, 7] }, training: { epochs: 1 } }),
  );
  const [planned, page, run] = ['planned.json', 'frontier.html', 'run'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const budget = 20_000;
  const made = await ttrec(
    'plan',
    config,
    '--budget',
    '20kB',
    '--out',
    planned,
    '--frontier',
    page,
    '--explain',
    '--json',
  );
  expect(made.code).toBe(0);
  const record = JSON.parse(made.stdout) as BudgetRecord;
  expect(made.stderr).toMatch(/^C2: [\w→-]+; .* options were worth choosing from$/m);
  expect(readFileSync(page, 'utf8')).toContain('<svg aria-hidden="true"');

  const trained = await ttrec('train', planned, '--out', run);
  expect(trained.code).toBe(0);
  const checkpoint = await loadCheckpoint(run);
  const path = join(checkpoint.path, 'model.safetensors');
  await checkpoint.close();
  const file = await openSafetensors(path);
  const numbers = [...file.tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  await file.close();
  expect(numbers).toBe(record.weightBytes);
  const size = statSync(path).size;
  expect(size).toBeLessThanOrEqual(budget);
  expect(size - numbers).toBeLessThanOrEqual(record.headerBytesAtMost);
});

test.concurrent('a file of the Criteo format is planned by its own frequencies', async () => {
  const path = join(folder, 'clicks.tsv');
  const line = (row: number) => {
    const ids = Array.from({ length: 26 }, (_, f) =>
      ((row * (f + 1)) % (3 + 4 * f)).toString(16).padStart(8, '0'),
    );
    return [row % 2, ...Array<number>(13).fill(row % 5), ...ids].join('\t');
  };
  writeFileSync(path, `${Array.from({ length: 400 }, (_, row) => line(row)).join('\n')}\n`);
  const { code, stdout, stderr } = await ttrec(
    'plan',
    '--data',
    path,
    '--budget',
    '130kB',
    '--embedding-dim',
    '8',
    '--json',
  );
  expect(stderr).toContain('26 id features');
  expect(code).toBe(0);
  const { tables, bytes, expectedLoss } = JSON.parse(stdout) as BudgetRecord;
  expect(tables).toHaveLength(26);
  expect(bytes).toBeLessThanOrEqual(130_000);
  expect(expectedLoss).toBeGreaterThan(0);
});

test.concurrent('a config that is written elsewhere still finds its file', async () => {
  const elsewhere = join(folder, 'elsewhere');
  mkdirSync(elsewhere);
  writeFileSync(
    join(folder, 'rows.csv'),
    `y,id\n${Array.from({ length: 200 }, (_, row) => `${row % 2},${row % 23}`).join('\n')}\n`,
  );
  const data = {
    format: 'csv',
    path: 'rows.csv',
    label: { column: 'y', equals: '1' },
    features: [{ column: 'id' }],
    split: { by: 'random', validation: 0.1, test: 0.2 },
  };
  const config = writeConfig(folder, 'csv.json', {
    name: 'csv',
    data,
    model: { embeddingDim: 4, topMlp: [4], interaction: { kind: 'cat' } },
  });
  const out = join(elsewhere, 'planned.json');
  const made = await ttrec('plan', config, '--budget', '2kB', '--out', out);
  expect(made.code).toBe(0);
  const written = JSON.parse(readFileSync(out, 'utf8')) as TrainConfig;
  expect(written.data).toMatchObject({ path: join('..', 'rows.csv') });
  expect(parseConfig(trainConfigSchema, written, out).model.tables.byName).toHaveProperty('id');
});

test.concurrent('a budget that is no size is wrong usage', async () => {
  const ended = await ttrec('plan', '--preset', 'criteo-kaggle', '--budget', '20 apples');
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain('MB is 10^6 bytes, MiB is 2^20');
});

const preset = 'criteo-kaggle';

test.each<[string | undefined, PlanFlags, string, string]>([
  [undefined, { preset, budget: 1000 }, 'planner/budget-too-small', '--budget: must be at least 1'],
  [undefined, { preset, budget: 1e6, rank: 3 }, 'trainer/bad-plan', '--rank: goes without --budget'],
  [undefined, { preset, measure: 600 }, 'trainer/bad-plan', '--measure: goes with --budget, got 600 s'],
  [undefined, { preset, explain: true }, 'trainer/bad-plan', '--explain: goes with --budget'],
  [undefined, { budget: 1e6 }, 'trainer/bad-plan', 'needs a config file, --preset, or --data'],
  ['x.json', { preset, budget: 1e6 }, 'trainer/bad-plan', '--preset: goes without a config file'],
  [
    'x.json',
    { budget: 1e6, embeddingDim: 4 },
    'trainer/bad-plan',
    '--embedding-dim: goes without a config file',
  ],
  [undefined, { preset, budget: 1e6, kinds: ['hsh'] }, 'trainer/unknown-kind', 'Did you mean "hash"?'],
])('refuses to plan %s with %j', async (path, flags, code, words) => {
  await expect(plan(path, flags)).rejects.toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(words) as string }),
  );
});

describe('a variant that is planned', () => {
  const schema = {
    dense: [],
    features: [{ name: 'f', table: 'f', numEmbeddings: 5000, multiValued: false }],
  };
  const features = [{ name: 'f', numEmbeddings: 5000 }];
  const configs = (...variants: unknown[]) =>
    plannedVariants(
      parseConfig(compareConfigSchema, { ...tinyConfig(), variants }, 'c.json'),
      schema,
      features,
    );
  const hash = { name: 'hash', tables: { default: { kind: 'hash', buckets: 100, into: { kind: 'dense' } } } };
  const bytesOf = ({ model }: TrainConfig) =>
    cost(model.tables.byName!['f']!, { numEmbeddings: 5000, embeddingDim: model.embeddingDim }).bytes;

  test('takes no more bytes than the other variant, all tables together', () => {
    const [planned, other] = configs({ name: 'planned', plan: {}, sameBytesAs: 'hash' }, hash) as [
      TrainConfig,
      TrainConfig,
    ];
    expect(bytesOf(planned)).toBeLessThanOrEqual(bytesOf(other));
    expect(bytesOf(planned)).toBeGreaterThan(0.8 * bytesOf(other));
  });

  test('takes bytes and kinds of its own', () => {
    const [planned] = configs({ name: 'planned', plan: { bytes: '1.2kB', kinds: ['hash'] } }) as [
      TrainConfig,
    ];
    expect(planned.model.tables.byName!['f']).toMatchObject({ kind: 'hash', buckets: 1200 / 16 });
  });

  test.each([
    [{ name: 'a', plan: {} }, 'must have either bytes or, beside it, sameBytesAs'],
    [{ name: 'a' }, 'must have either tables or plan'],
    [{ ...hash, plan: { bytes: 5 } }, 'must have either tables or plan'],
  ])('refuses %j', (variant, words) => {
    expect(() => configs(variant)).toThrow(
      expect.objectContaining({
        code: 'training/bad-config',
        message: expect.stringContaining(words) as string,
      }),
    );
  });
});

test('a thinned frontier keeps its ends, and no more points than asked for', () => {
  const points = Array.from({ length: 500 }, (_, k) => ({ bytes: 10 + k * k, expectedLoss: 1 / (k + 1) }));
  const kept = thinned(points, 20);
  expect(kept.length).toBeLessThanOrEqual(20);
  expect([kept[0], kept.at(-1)]).toEqual([points[0], points.at(-1)]);
  expect(thinned(points.slice(0, 1), 20)).toEqual([points[0]]);
});
