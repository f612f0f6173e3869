import { commandInProcess } from './in-process.ts';
import { summarise, tableRows } from '@ttrec/training/records';
import { describe, expect, test, vi } from 'vitest';
import { plan } from '../src/commands/plan.ts';
import { planOptimizer, planPreset } from '../src/plan/plan-tables.ts';
import { temporaryFolder, ttrec, writeConfig } from './command.ts';
import { tinyConfig } from './tiny-config.ts';

function compressionOf(preset: string, ttTables: number, rank: number): number {
  const { tables, embeddingDim } = planPreset({ preset, ttTables, rank, cores: 3 });
  return summarise(tableRows(tables, embeddingDim, planOptimizer)).compression;
}

// Yin et al., "TT-Rec", MLSys 2021, tables 2 and 3; to the digits printed there.
test.each([
  ['criteo-kaggle', 3, 32, '4.06'],
  ['criteo-kaggle', 5, 32, '48.3'],
  ['criteo-kaggle', 7, 32, '117.4'],
  ['criteo-kaggle', 7, 8, '221.9'],
  ['criteo-terabyte', 7, 8, '112.5'],
])('%s with its %i largest tables at rank %i is %s times smaller', (preset, ttTables, rank, paper) => {
  const digits = paper.split('.')[1]!.length;
  expect(compressionOf(preset, ttTables, rank).toFixed(digits)).toBe(paper);
});

test('the seven largest tables of Kaggle have the parameters of the paper', () => {
  const { tables, embeddingDim } = planPreset({ preset: 'criteo-kaggle', ttTables: 7, rank: 32, cores: 3 });
  const rows = tableRows(tables, embeddingDim, planOptimizer).filter(({ kind }) => kind === 'tt');
  expect(rows.map(({ parameters }) => parameters).sort((a, b) => b - a)).toEqual([
    495360, 449152, 448000, 393088, 291648, 160448, 116736,
  ]);
});

describe('the command', () => {
  test('prints the paper numbers for people and for machines', async () => {
    const args = ['plan', '--preset', 'criteo-kaggle', '--tt-tables', '7', '--rank', '32'];
    const [words, json] = await Promise.all([ttrec(...args), ttrec(...args, '--json')]);
    expect([words.code, json.code]).toEqual([0, 0]);
    expect(words.stdout).toContain('compression 117.4x');
    expect(words.stderr).toBe('');
    expect(json.stdout.trimEnd().split('\n')).toHaveLength(1);
    const record = JSON.parse(json.stdout) as { compression: number; tables: unknown[]; bytes: number };
    expect(record.compression.toFixed(1)).toBe('117.4');
    expect(record.tables).toHaveLength(26);
    expect(record).toMatchObject({ optimizer: 'sgd', embeddingDim: 16, denseBytes: 2160804928 });
  });

  test('says where an engine keeps each table, from the config alone', async () => {
    const args = ['plan', '--preset', 'criteo-kaggle', '--tt-tables', '1'];
    const [words, json, cpu, wrong] = await Promise.all([
      ttrec(...args, '--backend', 'gpu'),
      ttrec(...args, '--backend', 'gpu', '--json'),
      ttrec(...args, '--backend', 'cpu', '--json'),
      ttrec(...args, '--backend', 'gppu'),
    ]);
    expect(words.stdout).toMatch(/placement/);
    const placements = (stdout: string) =>
      (JSON.parse(stdout) as { tables: { name: string; placement: string }[] }).tables;
    const onHost = placements(json.stdout).filter(({ placement }) => placement === 'host');
    // Of the seven above 524,280 rows or 64 MiB one is a tensor train, and C20 and below are small.
    expect(onHost.map(({ name }) => name)).toEqual(['C4', 'C12', 'C16', 'C21']);
    expect(placements(json.stdout).find(({ name }) => name === 'C3')).toMatchObject({ placement: 'device' });
    expect(new Set(placements(cpu.stdout).map(({ placement }) => placement))).toEqual(new Set(['host']));
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain(
      `'gppu' is invalid. It must be one of cpu, wasm, native, gpu. Did you mean "gpu"?`,
    );
  });

  test('prices a config with its own optimizer, and allocates nothing for it', async () => {
    const tables = { byName: { C2: { kind: 'hash', buckets: 20, into: { kind: 'tt', ranks: 2 } } } };
    // 66 TB: a plan that allocated its tables could not end.
    const changes = {
      data: { cardinalities: [4_000_000_000, 200, 7] },
      model: { tables, embeddingDim: 4096 },
    };
    const path = writeConfig(temporaryFolder(), 'big.json', tinyConfig(changes));
    const lines: string[] = [];
    const write = vi
      .spyOn(process.stdout, 'write')
      .mockImplementation((text) => lines.push(String(text)) > 0);
    const errors = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      await plan(path, { json: true });
    } finally {
      for (const spy of [write, errors]) spy.mockRestore();
    }
    expect(lines).toHaveLength(1);
    const record = JSON.parse(lines[0]!) as Record<string, unknown>;
    expect(record).toMatchObject({
      optimizer: 'adagrad',
      embeddingDim: 4096,
      tables: [{ name: 'C1', kind: 'dense', bytes: 4e9 * 4096 * 4 }, { kind: 'hash→tt' }, { kind: 'dense' }],
    });
    expect(record.trainingBytes).toBe(2 * (record.bytes as number));
  });

  test.each([
    [undefined, {}, 'trainer/bad-plan', 'plan: needs a config file or --preset, one of the two'],
    ['x.json', { preset: 'criteo-kaggle' }, 'trainer/bad-plan', 'one of the two'],
    ['x.json', { rank: 3 }, 'trainer/bad-plan', '--rank: goes with --preset, not with a config file, got 3'],
    [undefined, { preset: 'criteo-kagle' }, 'trainer/unknown-preset', 'Did you mean "criteo-kaggle"?'],
    [
      undefined,
      { preset: 'criteo-kaggle', ttTables: 27 },
      'trainer/bad-plan',
      'at most the 26 tables of criteo-kaggle, got 27',
    ],
    [
      undefined,
      { preset: 'criteo-kaggle', embeddingDim: 2 ** 40 },
      'training/too-large',
      'table "C3": must take at most 9007199254740991 bytes, in training and stored dense, got 4',
    ],
    ['/nowhere.json', {}, 'training/missing-file', '/nowhere.json: must exist, got nothing'],
  ])('refuses %s with %o', async (path, flags, code, words) => {
    await expect(plan(path, flags)).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) }),
    );
  });
});

test('what workers send is printed, and what a network makes of it', async () => {
  const preset = ['plan', '--preset', 'criteo-kaggle', '--tt-tables', '7', '--rank', '8', '--workers', '4'];
  const { code, stdout } = await commandInProcess([
    ...preset,
    '--network',
    '10GbE',
    '--step-ms',
    '50',
    '--json',
  ]);
  expect(code).toBe(0);
  const { exchange } = JSON.parse(stdout) as { exchange: { workers: number; steps: { workers: number }[] } };
  expect(exchange).toMatchObject({ workers: 4, batchSize: 2048 });
  expect(exchange.steps.map(({ workers }) => workers)).toEqual([1, 2, 4]);
  for (const [flags, words] of [
    [['--network', '10GbE'], '--network and --measured or --step-ms: go together'],
    [['--network', '10GbE', '--step-ms', '1', '--measured', 'run'], '--step-ms: goes without --measured'],
    [['--network', '10GbE', '--measured', 'run'], '--measured: goes with a config file'],
    [['--network', '9GbE', '--step-ms', '1'], 'Allowed choices are'],
    [
      ['--network', '10GbE', '--step-ms', '1', '--repeated-ms', '2'],
      '--repeated-ms: must be at most --step-ms',
    ],
  ] as const) {
    expect(await commandInProcess([...preset, ...flags])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(words) as string,
    });
  }
  const alone = ['plan', '--preset', 'criteo-kaggle', '--batch-size', '64'];
  expect((await commandInProcess(alone)).stderr).toContain('--batch-size: goes with --workers');
});
