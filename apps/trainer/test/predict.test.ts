import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { parseConfig, trainConfigSchema } from '@ttrec/training/config';
import { openRanker } from 'ttrec';
import { beforeAll, describe, expect, test } from 'vitest';
import { start, temporaryFolder } from './command.ts';
import { commandInProcess, trainIn } from './in-process.ts';
import { tinyConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const run = join(folder, 'run');
const header = ['id', 'user', 'item', 'age', 'tags'];
const rows = Array.from({ length: 120 }, (_, i) => ({
  id: `row "${i}"`,
  user: `u${i % 5}`,
  item: `i${(i * 7) % 13}`,
  age: i % 9 === 0 ? '' : String(20 + (i % 31)),
  tags: ['a|b', '', 'c'][i % 3]!,
}));
const csvLine = (values: readonly string[]) =>
  values.map((value) => `"${value.replaceAll('"', '""')}"`).join(',');
const csv = (list: typeof rows) =>
  [header.join(','), ...list.map((row) => csvLine(Object.values(row)))].join('\n');

const write = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const data = write('rows.csv', csv(rows));
let expected: { logit: number; probability: number }[];

/** Runs the command, and returns the lines that it wrote to a file. */
async function lines(args: readonly string[], name: string): Promise<string[]> {
  const out = join(folder, name);
  const { code, stderr } = await commandInProcess(['predict', run, '--out', out, '--force', ...args]);
  expect(stderr).not.toMatch(/\(\w+\/[\w-]+\)$/m);
  expect(code).toBe(0);
  return readFileSync(out, 'utf8').trimEnd().split('\n');
}
const refused = async (args: readonly string[]) => {
  const { code, stderr } = await commandInProcess(args);
  return { code, stderr };
};

beforeAll(async () => {
  const path = write(
    'train.csv',
    [[...header, 'click'].join(','), ...rows.map((row, i) => `${csvLine(Object.values(row))},${i % 2}`)].join(
      '\n',
    ),
  );
  const config = parseConfig(
    trainConfigSchema,
    {
      name: 'clicks',
      data: {
        format: 'csv',
        path,
        label: { column: 'click', equals: '1' },
        dense: [{ column: 'age', transform: 'standardise' }],
        features: [
          { column: 'user', ids: { kind: 'vocabulary', unseen: 'error' } },
          { column: 'item' },
          { column: 'tags', separator: '|' },
        ],
        split: { by: 'last', validation: 0.1, test: 0.1 },
      },
      model: { embeddingDim: 4, bottomMlp: [6], topMlp: [8] },
      training: tinyConfig().training,
    },
    'clicks.json',
  );
  await trainIn(run, config);
  await using ranker = await openRanker(run);
  const { logits, probabilities } = await ranker.score(rows);
  expected = rows.map((_, i) => ({ logit: logits[i]!, probability: probabilities[i]! }));
});

describe('predict', () => {
  test('CSV to CSV: ids are carried along, and the numbers read back as the bits of score', async () => {
    const [head, ...scored] = await lines(['--data', data, '--keep', 'id,user'], 'a.csv');
    expect(head).toBe('id,user,probability,logit');
    expect(scored).toEqual(
      expected.map(({ probability, logit }, i) => `"row ""${i}""",u${i % 5},${probability},${logit}`),
    );
  });

  test('a reader that has seen enough is no failure', async () => {
    const many = write('many.csv', csv(Array.from({ length: 4000 }, (_, i) => rows[i % rows.length]!)));
    const { child, ended } = start(['predict', run, '--data', many, '--keep', 'id,user']);
    child.stdout!.destroy();
    const { code, stderr } = await ended;
    expect(stderr).not.toMatch(/EPIPE|unexpected|Warning/);
    expect(code).toBe(0);
  });

  test('without --keep, each row has the number of its line', async () => {
    const [head, first] = await lines(['--data', data], 'b.csv');
    expect([head, first]).toEqual([
      'line,probability,logit',
      `2,${expected[0]!.probability},${expected[0]!.logit}`,
    ]);
  });

  test('JSON lines in gzip to JSON lines, with numbers, lists and absent columns', async () => {
    const objects = rows.map(({ age, tags, ...row }) => ({
      ...row,
      ...(age === '' ? {} : { age: Number(age) }),
      tags: tags.split('|').filter((tag) => tag !== ''),
      more: { nested: true },
    }));
    const gz = write('rows.jsonl.gz', gzipSync(objects.map((row) => JSON.stringify(row)).join('\n')));
    const scored = await lines(['--data', gz, '--keep', 'id,tags'], 'c.jsonl');
    expect(scored.map((line) => JSON.parse(line) as object)).toEqual(
      expected.map((scores, i) => ({ id: `row "${i}"`, tags: objects[i]!.tags, ...scores })),
    );
  });

  test('stdin to stdout, whatever the working directory', () => {
    const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
    const args = ['--conditions=@ttrec/source', cli, 'predict', run, '--data', '-', '--keep', 'id'];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, {
      cwd: folder,
      input: csv(rows),
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(stdout.split('\n')).toHaveLength(122);
    expect(stdout).toContain(`"row ""7""",${expected[7]!.probability},${expected[7]!.logit}\n`);
    expect(stderr).toMatch(/^predict {2}120 rows, [\d,]+ rows\/s, weights of step \d+$/m);
  });

  test('--top and --by write ranked lists, groups in the order in which they first came', async () => {
    const [head, ...scored] = await lines(
      ['--data', data, '--top', '3', '--by', 'user', '--keep', 'item'],
      'd.csv',
    );
    expect(head).toBe('rank,item,user,probability,logit');
    const best = [0, 1, 2, 3, 4].flatMap((user) =>
      rows
        .map((row, i) => ({ ...row, ...expected[i]!, i }))
        .filter((row) => row.user === `u${user}`)
        .sort((a, b) => b.logit - a.logit || a.i - b.i)
        .slice(0, 3)
        .map(({ item, probability, logit }, at) => `${at + 1},${item},u${user},${probability},${logit}`),
    );
    expect(scored).toEqual(best);

    const [numbered, top] = await lines(['--data', data, '--top', '1', '--by', 'user'], 'd2.csv');
    const { probability, logit } = expected
      .map((scores, i) => ({ ...scores, i }))
      .filter(({ i }) => i % 5 === 0)
      .sort((a, b) => b.logit - a.logit || a.i - b.i)[0]!;
    expect(numbered).toBe('rank,line,user,probability,logit');
    expect(top).toMatch(new RegExp(`^1,\\d+,u0,${probability},${logit}$`));
    const [, ...all] = await lines(['--data', data], 'd3.csv');
    expect(all).toContain(top!.replace(/^1,(\d+),u0,/, '$1,'));
  });

  const withFaults = () => {
    const faulty = rows.map((row) => ({ ...row }));
    faulty[4]!.age = 'old';
    faulty[9]!.user = 'nobody';
    return write('faulty.csv', `${csv(faulty)}\none,two`);
  };

  test('--on-bad-line skip leaves out what cannot be read, and says what', async () => {
    const out = join(folder, 'e.csv');
    const args = ['predict', run, '--data', withFaults(), '--on-bad-line', 'skip', '--out', out];
    const { code, stderr, stdout } = await commandInProcess([...args, '--json']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/skipped {2}3 rows, the first:/);
    expect(stderr).toMatch(/line 6: must be a decimal number/);
    expect(stderr).toMatch(/line 11: must be among the 5 values of vocabulary/);
    expect(stderr).toMatch(/line 122: a line must have 5 columns/);
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'predict',
      file: out,
      rows: 118,
      written: 118,
      skipped: 3,
    });
    const numbers = readFileSync(out, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(',')[0]));
    expect(numbers).toEqual(rows.map((_, i) => i + 2).filter((line) => line !== 6 && line !== 11));
  });

  test('a bad row is an error that names its line, and nothing is written', async () => {
    const out = join(folder, 'nothing.csv');
    const { code, stderr } = await refused(['predict', run, '--data', withFaults(), '--out', out]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/faulty\.csv, line 6, column age: must be a decimal number or empty, got old/);
    expect(stderr).toMatch(/\(data\/bad-value\)/);
    expect(existsSync(out)).toBe(false);
  });

  test.each<[string, string[], number, RegExp]>([
    ['no data', [], 2, /required option '--data <file>' not specified/],
    ['--top without --by', ['--data', data, '--top', '2'], 2, /--top: must go with --by/],
    ['--by without --top', ['--data', data, '--by', 'user'], 2, /--by: must go with --top/],
    [
      'an unknown format',
      ['--data', join(folder, 'rows.bin')],
      2,
      /--data: must name a file that ends with .*\(trainer\/unknown-format\)/s,
    ],
    ['two outputs', ['--data', data, '--json'], 2, /--json: must go with --out FILE/],
    [
      'its input as output',
      ['--data', data, '--out', data, '--force'],
      2,
      /must not name what the command reads/,
    ],
    ['a file that is there', ['--data', data, '--out', data], 2, /must not name/],
    ['a column that is not there', ['--data', data, '--keep', 'usr'], 1, /usr.*\(data\/unknown-column\)/s],
    ['a file that is not there', ['--data', join(folder, 'gone.csv')], 1, /\(data\/file-not-found\)/],
    ['an unknown checkpoint', ['--data', data, '--checkpoint', 'bset'], 1, /Did you mean "best"/],
    [
      'an empty list of columns',
      ['--data', data, '--keep', 'a,,b'],
      2,
      /It must be names, separated by commas/,
    ],
  ])('refuses %s', async (_, args, code, message) => {
    const result = await refused(['predict', run, ...args]);
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
    expect(readFileSync(data, 'utf8')).toBe(csv(rows));
  });
});

describe('rank', () => {
  const candidates = write(
    'items.csv',
    [
      'item,tags,title',
      ...rows.slice(0, 13).map(({ item, tags }) => `${item},${tags},"${item}, the thing"`),
    ].join('\n'),
  );
  const context = '{"user":"u2","age":31}';

  test('lists candidates, the best first, with what they brought', async () => {
    await using ranker = await openRanker(run);
    const items = rows.slice(0, 13).map(({ item, tags }) => ({ item, tags }));
    const ranked = await ranker.rank({ user: 'u2', age: 31 }, items);
    const { code, stdout } = await commandInProcess([
      'rank',
      run,
      '--context',
      context,
      '--candidates',
      candidates,
    ]);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toEqual([
      'rank,item,tags,title,probability,logit',
      ...ranked.map(({ index, probability, logit }, at) => {
        const { item, tags } = items[index]!;
        return `${at + 1},${item},${tags},"${item}, the thing",${probability},${logit}`;
      }),
    ]);
    const args = ['--top', '2', '--keep', 'item', '--out-format', 'jsonl'];
    const top = await commandInProcess([
      'rank',
      run,
      '--context',
      context,
      '--candidates',
      candidates,
      ...args,
    ]);
    expect(
      top.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toEqual(
      ranked.slice(0, 2).map(({ index, probability, logit }, at) => ({
        rank: at + 1,
        item: items[index]!.item,
        probability,
        logit,
      })),
    );
  });

  test.each<[string, string[], number, RegExp]>([
    [
      'no JSON',
      ['--context', '{user', '--candidates', candidates],
      2,
      /It must be JSON, got a syntax error: [^.]*\.$/m,
    ],
    [
      'a context that is a list',
      ['--context', '[]', '--candidates', candidates],
      1,
      /\(serving\/bad-context\)/,
    ],
    [
      'a column of both',
      ['--context', '{"user":"u1","age":1,"item":"i1"}', '--candidates', candidates],
      1,
      /\(serving\/column-twice\)/,
    ],
    [
      'a column of neither',
      ['--context', '{"user":"u1"}', '--candidates', candidates],
      1,
      /must have the column age.*\(data\/missing-column\)/s,
    ],
  ])('refuses %s', async (_, args, code, message) => {
    const result = await refused(['rank', run, ...args]);
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
  });
});
