import { gzipSync } from 'node:zlib';
import { openDataset, sampleCsv, type DataConfig } from '@ttrec/data';
import { describe, expect, test } from 'vitest';
import { readRows, refusal } from './batches.ts';
import { fileOf } from './files.ts';

const config = {
  format: 'csv',
  label: { column: 'label', equals: '1' },
  features: [{ column: 'user' }, { column: 'item' }],
  split: { by: 'last', test: 0 },
} as const satisfies Omit<Extract<DataConfig, { format: 'csv' }>, 'path'>;
const open = (content: string | Uint8Array, onBadLine: 'fail' | 'skip' = 'skip', more: object = {}) =>
  openDataset({ ...config, path: fileOf(content, 'csv'), onBadLine, ...more }, { seed: 1 });

const first = 'label,user,item\n1,u1,i1\n0,u2,i2\n';
const rest = '1,u1,i2\n0,u2,i1\n0,u1,i1\n1,u2,i2\n';
const mark = '\ufeff';

describe('a line equal to the header is a bad line, not a row and not a value:', () => {
  test.each([
    ['as it stands', `${first}label,user,item\n${rest}`],
    ['with CRLF against LF', `${first}label,user,item\r\n${rest}`],
    ['with LF against CRLF', `${first.replaceAll('\n', '\r\n')}label,user,item\n${rest}`],
    ['quoted against unquoted', `${first}"label","user","item"\n${rest}`],
    ['unquoted against quoted', `"label","user",item\n1,u1,i1\n0,u2,i2\nlabel,user,item\n${rest}`],
    ['behind a byte order mark', `${first}${mark}label,user,item\n${rest}`],
    ['quoted behind a byte order mark', `${mark}${first}${mark}"label","user","item"\n${rest}`],
    ['of two gzip members', Buffer.concat([gzipSync(first), gzipSync(`label,user,item\n${rest}`)])],
    [
      'of two gzip members with marks',
      Buffer.concat([gzipSync(mark + first), gzipSync(`${mark}label,user,item\n${rest}`)]),
    ],
  ])('%s', async (_, content) => {
    const dataset = await open(content);
    expect(dataset.rows.train).toBe(6);
    expect(dataset.schema.features.map(({ numEmbeddings }) => numEmbeddings)).toEqual([3, 3]);
    expect(dataset.report.badLines).toEqual({
      count: 1,
      first: [
        { file: dataset.report.source, line: 4, rule: 'must not repeat the header', got: 'label,user,item' },
      ],
    });
    const clean = await open(first + rest);
    expect(await readRows(dataset)).toEqual(await readRows(clean));
    expect(dataset.digest).toBe(clean.digest);
  });

  test('and ends reading where bad lines do', async () => {
    const { code, message } = await refusal(open(`${first}label,user,item\n${rest}`, 'fail'));
    expect(code).toBe('data/malformed-line');
    expect(message).toContain('.csv, line 4: must not repeat the header, got label,user,item.');
  });

  test('with each file of several, and as the last line', async () => {
    const part = (i: number) => `label,user,item\n${i % 2},u${i},i\n`;
    const dataset = await open([0, 1, 2, 3].map(part).join('') + 'label,user,item');
    expect(dataset.rows.train).toBe(4);
    expect(dataset.report.badLines.first.map(({ line }) => line)).toEqual([3, 5, 7, 9]);
  });

  test('in a joined file and in a sample', async () => {
    const users = fileOf('user,country\nu1,fr\nuser,country\nu2,de\n', 'csv');
    const join = [{ path: users, on: 'user', columns: ['country'] }];
    const dataset = await open(first + rest, 'skip', { join, features: [{ column: 'country' }] });
    expect(dataset.schema.features[0]!.numEmbeddings).toBe(3);
    expect(dataset.report.badLines.first).toMatchObject([{ file: users, line: 3 }]);
    const { records } = await sampleCsv({ name: 'a', bytes: new Blob([`${first}label,user,item\n${rest}`]) });
    expect(records).toHaveLength(6);
  });
});

describe('what is not the header stays a row:', () => {
  test('a line that equals it in some cells, or in other letters', async () => {
    const dataset = await open(`${first}label,user,i1\nLABEL,user,item\n`);
    expect(dataset.rows.train).toBe(4);
    expect(dataset.schema.features.map(({ numEmbeddings }) => numEmbeddings)).toEqual([4, 4]);
  });

  test('a byte order mark inside a quoted cell, behind a line break too', async () => {
    const dataset = await open(`${first}1,"a\n${mark}b",i1\n0,"a\nb",i1\n1,${mark}c,i1\n1,c,i1\n`);
    expect(dataset.schema.features[0]!.numEmbeddings).toBe(1 + 2 + 4);
  });
});
