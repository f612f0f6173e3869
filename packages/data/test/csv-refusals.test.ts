import { openDataset } from '@ttrec/data';
import { describe, expect, test } from 'vitest';
import { refusal } from './batches.ts';
import { defaults, denseOf, openCsv as open } from './csv-dataset.ts';
import { fileOf, gzipped } from './files.ts';

describe('a CSV file is refused:', () => {
  test('an unknown column names the nearest, and all', async () => {
    const near = await refusal(open('colour,y\na,0', { features: [{ column: 'color' }] }));
    expect(near.code).toBe('data/unknown-column');
    expect(near.message).toContain('got color. Did you mean "colour"? It has colour, y.');
    const far = await refusal(open('colour,y\na,0', { features: [{ column: 'size' }] }));
    expect(far.message).toContain('It has colour, y.');
  });

  test('a number that is none: file, line, column, value; skip counts it and leaves no trace in vocabularies', async () => {
    const text = 'x,c,y\n1,a,0\nn/a,rare,0\n2,a,1';
    const dense = [{ column: 'x' }];
    const { code, message } = await refusal(open(text, { dense }));
    expect(code).toBe('data/malformed-line');
    expect(message).toMatch(/\.csv, line 3, column 1 \(x\): must be a decimal number or empty, got n\/a\./);
    const dataset = await open(text, { dense, onBadLine: 'skip' });
    expect(dataset.report.badLines).toMatchObject({
      count: 1,
      first: [{ line: 3, column: '1 (x)', got: 'n/a' }],
    });
    expect(dataset.rows.train).toBe(2);
    expect(dataset.schema.features[0]!.numEmbeddings).toBe(2);
  });

  test('a label that must be a number', async () => {
    const { code, message } = await refusal(open('c,y\na,', { label: { column: 'y', atLeast: 1 } }));
    expect(code).toBe('data/malformed-line');
    expect(message).toContain('line 2, column 2 (y): must be a decimal number, got ""');
  });

  test.each([
    { cell: '0x10', rule: 'must be a decimal number or empty' },
    { cell: '0b1', rule: 'must be a decimal number or empty' },
    { cell: '0o7', rule: 'must be a decimal number or empty' },
    { cell: '1_000', rule: 'must be a decimal number or empty' },
    { cell: '  ', rule: 'must be a decimal number or empty' },
    { cell: '.', rule: 'must be a decimal number or empty' },
    { cell: 'Infinity', rule: 'must be a decimal number or empty' },
    { cell: '1e999', rule: 'must be a decimal number or empty' },
    { cell: '1e39', rule: 'must be at most 3.4e38 in magnitude, the range of a 32-bit float' },
    { cell: '-1e39', rule: 'must be at most 3.4e38 in magnitude' },
  ])('a dense cell of $cell, whatever the transform', async ({ cell, rule }) => {
    for (const transform of ['none', 'log1p', 'standardise'] as const) {
      const { code, message } = await refusal(
        open(`x,c,y\n${cell},a,0\n2,a,1`, { dense: [{ column: 'x', transform }] }),
      );
      expect(code).toBe('data/malformed-line');
      expect(message).toContain(`line 2, column 1 (x): ${rule}`);
      expect(message).toContain(cell);
    }
  });

  test('dense cells in every decimal spelling', async () => {
    const cells = ['+1', '-.5', '5.', '1e-3', '2E+2', '3.4028234e38', ' 7 '];
    const text = `x,c,y\n${cells.map((cell, i) => `${cell},a,${i % 2}`).join('\n')}`;
    const dense = await denseOf(await open(text, { dense: [{ column: 'x' }] }));
    expect(dense.flat()).toEqual([1, -0.5, 5, 1e-3, 200, 3.4028234e38, 7].map(Math.fround));
  });

  test('a value that standardising takes out of range', async () => {
    const config = {
      dense: [{ column: 'x', transform: 'standardise' as const }],
      split: { by: 'last' as const, test: 0.25 },
    };
    const { code, message } = await refusal(open('x,c,y\n0,a,0\n1e-9,a,1\n0,a,0\n3e38,a,1', config));
    expect(code).toBe('data/dense-overflow');
    expect(message).toMatch(/dense column x, standardised by mean .* must be at most 3\.4e38 .* got 3e\+38/);
  });

  test('a substitute for missing cells that no float32 can hold', async () => {
    const { code, message } = await refusal(
      open('x,c,y\n1,a,0', { dense: [{ column: 'x', missing: 1e39 }] }),
    );
    expect(code).toBe('data/bad-config');
    expect(message).toContain('config.dense.0.missing: must be at most 3.4e38');
  });

  test.each([
    { name: 'equals', label: { column: 'y', equals: '1' } },
    { name: 'oneOf', label: { column: 'y', oneOf: ['1', '2'] } },
  ])('an empty label with $name: it is not negative', async ({ label }) => {
    for (const blank of ['', '  ']) {
      const text = `c,y\na,1\nb,${blank}\nc,other`;
      const { code, message } = await refusal(open(text, { label }));
      expect(code).toBe('data/malformed-line');
      expect(message).toContain('.csv, line 3, column 2 (y): a label must not be empty, got ');
      const dataset = await open(text, { label, onBadLine: 'skip' });
      expect(dataset.report.badLines).toMatchObject({ count: 1, first: [{ line: 3, column: '2 (y)' }] });
      expect(dataset.positives.train).toBe(1);
      expect(dataset.rows.train).toBe(2);
    }
  });

  test.each([
    { column: 'y', equals: '' },
    { column: 'y', oneOf: ['1', ' '] },
  ])('the label rule %j: blank is no value', async (label) => {
    const { code, message } = await refusal(open('c,y\na,1\nb,', { label }));
    expect(code).toBe('data/bad-config');
    expect(message).toContain('config.label');
  });

  test('a wrong number of columns', async () => {
    const { code, message } = await refusal(open('c,y\na,1\na,1,1'));
    expect(code).toBe('data/wrong-column-count');
    expect(message).toContain('line 3: a line must have 2 columns, like the header, got 3');
    const dataset = await open('c,y\na,1\na,1,1\na\nb,0', { onBadLine: 'skip' });
    expect(dataset.report.badLines.count).toBe(2);
  });

  test.each([
    {
      name: 'a quote that never closes, in the header',
      text: '"c,y\na,1\nb,0\n',
      line: 1,
      got: 'a quote, opened on this line or after it, that never closes',
    },
    {
      name: 'a quote that never closes, far from the end, behind a field of two lines',
      text: `c,y\n"a\na",1\n"b,0\n${'c,1\n'.repeat(1000)}`,
      line: 4,
      got: 'a quote, opened on this line or after it, that never closes',
    },
    {
      name: 'text behind a closing quote',
      text: 'c,y\na,1\n"b"b,0',
      line: 3,
      got: 'text behind a closing quote',
    },
    {
      name: 'a quote within a field',
      text: 'c,y\na,1\nb"b,0',
      line: 3,
      got: 'a quote in the midst of a field',
    },
  ])('$name', async ({ text, line, got }) => {
    const { code, message } = await refusal(open(text));
    expect(code).toBe('data/malformed-csv');
    expect(message).toContain(
      `.csv, line ${line}: quotes must open and close around whole fields, got ${got}. Mend the file`,
    );
  });

  // Latin-1: bytes e9 and e8, which decoding would make one and the same id.
  const latin1 = Buffer.from('c,y,note\na,0,\n\xe9,1,\nb,1,\xe8\n\xe8,1,\n', 'latin1');

  test('an id that is no UTF-8; a column that nobody uses may be anything', async () => {
    const { code, message } = await refusal(open(latin1));
    expect(code).toBe('data/malformed-line');
    expect(message).toContain(
      '.csv, line 3, column 1 (c): must be UTF-8, without the replacement character U+FFFD',
    );
    const dataset = await open(latin1, { onBadLine: 'skip' });
    expect(dataset.report.badLines.first.map(({ line }) => line)).toEqual([3, 5]);
    expect(dataset.rows.train).toBe(2);
    expect(dataset.schema.features[0]!.numEmbeddings).toBe(3);
  });

  test('a joined file that is no UTF-8, in its own line', async () => {
    const path = fileOf(latin1);
    const join = [{ path, on: 'c', columns: ['note'] }];
    const { code, message } = await refusal(open('c,y\na,0\nb,1', { join }));
    expect(code).toBe('data/malformed-line');
    expect(message).toContain(`${path}, line 3, column 1 (c): must be UTF-8`);
    const dataset = await open('c,y\na,0\nb,1', { join, onBadLine: 'skip' });
    expect(dataset.report.badLines.first.map(({ line, column }) => [line, column])).toEqual([
      [3, '1 (c)'],
      [4, '3 (note)'],
      [5, '1 (c)'],
    ]);
  });

  test('nothing but bad lines', async () => {
    const text = 'x,c,y\nten,a,1\nb,0\n2,c,\n';
    const { code, message } = await refusal(open(text, { dense: [{ column: 'x' }], onBadLine: 'skip' }));
    expect(code).toBe('data/no-usable-rows');
    expect(message).toContain(
      '.csv: must hold at least one usable row, got 3 lines, all of which were skipped.',
    );
    expect(message).toContain(
      'The first: line 2, column 1 (x): must be a decimal number or empty, got "ten".',
    );
  });

  test('nothing but bad lines in a joined file, whatever was skipped in others', async () => {
    const path = fileOf('c,d,e\n1,2\n');
    const join = [
      { path: fileOf('c,g\n1,a\n1,b\n'), on: 'c', columns: ['g'] },
      { path, on: 'c', columns: ['d'] },
    ];
    const { code, message } = await refusal(open('c,y\n1,0\n', { join, onBadLine: 'skip' }));
    expect(code).toBe('data/no-usable-rows');
    expect(message).toContain(`${path}: must hold at least one usable row, got one line, which was skipped.`);
    expect(message).toContain('The first: line 2: a line must have 3 columns, like the header, got 2.');
  });

  test.each(['', 'c,y\n'])('a file without rows: %j', async (content) => {
    const { code, message } = await refusal(open(content));
    expect(code).toBe('data/empty-file');
    expect(message).toContain('must hold at least one row');
  });

  test('a file that is missing or cut short', async () => {
    const missing = await refusal(openDataset({ ...defaults, path: '/nowhere/x.csv' }, { seed: 1 }));
    expect(missing).toMatchObject({ code: 'data/file-not-found' });
    expect(missing.message).toBe('[data] /nowhere/x.csv: must exist, got nothing.');
    const relative = await refusal(openDataset({ ...defaults, path: 'no/such.csv' }, { seed: 1 }));
    expect(relative).toMatchObject({ code: 'data/file-not-found' });
    expect(relative.message).toContain('A relative path starts from the working directory.');
    const cut = await refusal(open(gzipped('c,y\na,0\nb,1\n').subarray(0, 24)));
    expect(cut.code).toBe('data/truncated-gzip');
    expect(cut.message).toContain('must be a whole gzip file');
  });

  test('two features of one name', async () => {
    const { code, message } = await refusal(
      open('c,y\na,0', { features: [{ column: 'c' }, { column: 'c' }] }),
    );
    expect(code).toBe('data/duplicate-feature');
    expect(message).toContain('config.features: each name must come once, got c');
  });

  const byLabel = [{ path: fileOf('y,why\n0,bored\n1,keen'), on: 'y', columns: ['why'] }];
  test.each([
    {
      name: 'a feature',
      config: { features: [{ column: 'c' }, { column: 'y' }] },
      at: 'features.1',
      got: 'y',
    },
    {
      name: 'a feature of another name',
      config: { features: [{ column: 'y', name: 'z' }] },
      at: 'features.0',
      got: 'y',
    },
    { name: 'a dense column', config: { dense: [{ column: 'y' }] }, at: 'dense.0', got: 'y' },
    {
      name: 'the key of a joined feature',
      config: { join: byLabel, features: [{ column: 'why' }] },
      at: 'features.0',
      got: 'why',
    },
  ])('the label as $name', async ({ config, at, got }) => {
    for (const label of [
      { column: 'y', equals: '1' },
      { column: 'y', oneOf: ['1'] },
      { column: 'y', atLeast: 1 },
    ]) {
      const { code, message } = await refusal(open('c,y\na,0\nb,1', { ...config, label }));
      expect(code).toBe('data/label-leak');
      expect(message).toContain(
        `config.${at}.column: must be neither the label's column, y, nor joined by it, got ${got}.`,
      );
    }
  });

  test('one table with two kinds of ids', async () => {
    const features = [
      { column: 'c', table: 't', ids: { kind: 'hash', buckets: 9 } as const },
      { column: 'd', table: 't', ids: { kind: 'hash', buckets: 8 } as const },
    ];
    const { code, message } = await refusal(open('c,d,y\na,b,0', { features }));
    expect(code).toBe('data/conflicting-ids');
    expect(message).toContain('table t: features that share a table must not give it different ids');
  });

  test.each([
    { name: 'no row', label: { column: 'y', equals: 'buyy' }, got: '0 positive of 2 rows' },
    { name: 'every row', label: { column: 'y', oneOf: ['buy', 'cart'] }, got: '2 positive of 2 rows' },
  ])('a label rule that $name of training fits', async ({ label, got }) => {
    // The one row of the other class is held out: it would not help.
    const text = 'c,y\na,buy\nb,cart\nc,buyy\nd,other';
    const { code, message } = await refusal(open(text, { label, split: { by: 'last', test: 0.5 } }));
    expect(code).toBe('data/one-class');
    expect(message).toContain(
      `.csv, label ${JSON.stringify(label)}: must make some training rows positive and others not, got ${got}.`,
    );
    expect(message).toContain('Compare it with the values in the file');
  });

  test('two columns of one name', async () => {
    expect((await refusal(open('c,c,y\na,b,0'))).code).toBe('data/duplicate-column');
  });
});
