import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream } from '@ttrec/core';
import { parseConfig, trainConfigSchema } from '@ttrec/training/config';
import { openRanker } from 'ttrec';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from './command.ts';
import { commandInProcess, trainIn } from './in-process.ts';
import { tinyConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const write = (name: string, content: string) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

async function trained(name: string, data: Record<string, unknown>): Promise<string> {
  const { model, training } = tinyConfig();
  await trainIn(join(folder, name), parseConfig(trainConfigSchema, { name, data, model, training }, name));
  return join(folder, name);
}

async function predicted(run: string, ...args: readonly string[]) {
  const out = join(folder, 'scores.csv');
  const { code, stderr } = await commandInProcess(['predict', run, '--out', out, '--force', ...args]);
  expect(stderr).not.toMatch(/\(\w+\/[\w-]+\)$/m);
  expect(code).toBe(0);
  const [head, ...lines] = readFileSync(out, 'utf8').trimEnd().split('\n');
  return { head, logits: lines.map((line) => Number(line.split(',').at(-1))), stderr };
}

describe('a run that was trained on a Criteo log', () => {
  const stream = new RandomStream(3, 'criteo');
  const pick = (most: number) => stream.nextInteger(most);
  const lines = Array.from({ length: 90 }, (_, i) => [
    String(i % 2),
    ...Array.from({ length: 13 }, () => (pick(6) === 0 ? '' : String(pick(50) - 2))),
    ...Array.from({ length: 26 }, () => (pick(9) === 0 ? '' : pick(4).toString(16).padStart(8, 'a'))),
  ]);
  const names = [
    ...Array.from({ length: 13 }, (_, i) => `I${i + 1}`),
    ...Array.from({ length: 26 }, (_, i) => `C${i + 1}`),
  ];
  const text = (from: number) => lines.map((fields) => fields.slice(from).join('\t')).join('\n');
  let run: string;
  let logits: number[];

  beforeAll(async () => {
    const data = {
      format: 'criteo',
      path: write('clicks.tsv', text(0)),
      ids: { kind: 'vocabulary' },
      split: { by: 'random', test: 0.1, validation: 0.1 },
    };
    run = await trained('criteo', data);
    await using ranker = await openRanker(run);
    const rows = lines.map(([, ...values]) =>
      Object.fromEntries(values.map((value, i) => [names[i]!, value])),
    );
    logits = [...(await ranker.score(rows)).logits];
  });

  test.each([
    ['a log with labels', 'labelled.tsv', () => text(0), []],
    ['a log without labels', 'test.txt', () => text(1), []],
    ['a log of any name', 'day_3', () => text(1), []],
    ['CSV with a header', 'rows.csv', () => [names.join(','), text(1).replaceAll('\t', ',')].join('\n'), []],
    [
      'tabs with a header, by --format',
      'rows.tsv',
      () => [names.join('\t'), text(1)].join('\n'),
      ['--format', 'csv'],
    ],
  ])('predict reads %s', async (_, name, content, flags) => {
    const { head, logits: scored } = await predicted(run, '--data', write(name, content()), ...flags);
    expect(head).toBe('line,probability,logit');
    expect(scored).toEqual(logits);
  });

  test('--keep label takes the label where there is one', async () => {
    const { head } = await predicted(run, '--data', write('labelled.tsv', text(0)), '--keep', 'label');
    expect(head).toBe('label,probability,logit');
  });

  test('a model file needs --format; a cell that is none is an error that names line and column', async () => {
    const model = join(folder, 'model.ttrec.safetensors');
    expect((await commandInProcess(['export', run, '--format', 'model', '--out', model])).code).toBe(0);
    const log = write('test.txt', text(1));
    expect((await predicted(model, '--data', log, '--format', 'criteo')).logits).toEqual(logits);
    const faulty = write('faulty.txt', text(1).replace(/\n[^\t]*\t/, '\nx\t'));
    const { code, stderr } = await commandInProcess(['predict', run, '--data', faulty]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /faulty\.txt, line 2, column I1: must be empty or an integer .* got x\.[^]*\(data\/bad-value\)/,
    );
  });
});

describe('a run whose config joins columns of other files', () => {
  const rows = Array.from({ length: 80 }, (_, i) => ({ user: `u${i % 6}`, item: `i${(i * 7) % 11}` }));
  const users = new Map(Array.from({ length: 6 }, (_, i) => [`u${i}`, String(20 + i)]));
  const genres = new Map(Array.from({ length: 11 }, (_, i) => [`i${i}`, ['a|b', 'c', ''][i % 3]!]));
  let run: string;
  let logits: number[];

  beforeAll(async () => {
    const csv = (head: string, list: Iterable<readonly string[]>) =>
      [head, ...[...list].map((row) => row.join(','))].join('\n');
    write('users.csv', csv('user,age', users));
    write('items.csv', csv('id,genres', genres));
    run = await trained('joined', {
      format: 'csv',
      path: write(
        'train.csv',
        csv(
          'user,item,y',
          rows.map((row, i) => [row.user, row.item, String(i % 2)]),
        ),
      ),
      label: { column: 'y', equals: '1' },
      join: [
        { path: join(folder, 'users.csv'), on: 'user', columns: ['age'] },
        { path: join(folder, 'items.csv'), on: 'item', key: 'id', columns: ['genres'] },
      ],
      dense: [{ column: 'age', transform: 'standardise' }],
      features: [{ column: 'user' }, { column: 'item' }, { column: 'genres', separator: '|' }],
      split: { by: 'last', validation: 0.1, test: 0.1 },
    });
    await using ranker = await openRanker(run);
    const whole = rows.map((row) => ({ ...row, age: users.get(row.user)!, genres: genres.get(row.item)! }));
    logits = [...(await ranker.score(whole)).logits];
  });

  const data = () =>
    write('rows.csv', ['item,user', ...rows.map(({ user, item }) => `${item},${user}`)].join('\n'));

  test('predict looks them up, and counts the rows without any', async () => {
    expect(await predicted(run, '--data', data())).toMatchObject({
      logits,
      stderr: expect.not.stringContaining('joined') as string,
    });
    const more = write('more.jsonl', '{"user":"u1","item":"i3"}\n{"user":"new","item":"i3"}');
    const { stderr, logits: scored } = await predicted(run, '--data', more);
    expect(stderr).toMatch(/^joined {3}1 row without a partner in .*users\.csv$/m);
    await using ranker = await openRanker(run);
    const given = [
      { user: 'u1', age: '21' },
      { user: 'new', age: '' },
    ].map((row) => ({ ...row, item: 'i3', genres: 'a|b' }));
    expect(scored).toEqual([...(await ranker.score(given)).logits]);
  });

  test('rank looks up what context and candidates have the keys of', async () => {
    const candidates = write('items-only.csv', 'item\ni1\ni2\ni3\n');
    const args = [
      '--context',
      '{"user":"u4"}',
      '--candidates',
      candidates,
      '--keep',
      'item',
      '--out-format',
      'jsonl',
    ];
    const { code, stdout } = await commandInProcess(['rank', run, ...args]);
    expect(code).toBe(0);
    await using ranker = await openRanker(run);
    const items = ['i1', 'i2', 'i3'].map((item) => ({ item, genres: genres.get(item)! }));
    const ranked = await ranker.rank({ user: 'u4', age: '24' }, items);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toEqual(
      ranked.map(({ index, logit, probability }, at) => ({
        rank: at + 1,
        item: items[index]!.item,
        probability,
        logit,
      })),
    );
  });
});
