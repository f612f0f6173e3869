import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openDataset, readEncoding, sampleCsv, type DataConfig } from '@ttrec/data';
import { describe, expect, test } from 'vitest';
import { refusal } from './batches.ts';
import { lineOf } from './criteo-lines.ts';
import { defaults, openCsv } from './csv-dataset.ts';
import { fileOf } from './files.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const utf16le = (text: string, mark = '\ufeff') => Buffer.from(mark + text, 'utf16le');
const utf16be = (text: string, mark = '\ufeff') => utf16le(text, mark).swap16();
const csv = 'c,y\na,1\nb,0\n';
const padded = (start: string) => bytes(`${start}${'\u0001\u0000\u00ff'.repeat(200)}`);

const foreign: [name: string, content: Buffer, hint: string][] = [
  ['a Parquet file', padded('PAR1'), 'Convert it'],
  ['an ORC file', padded('ORC'), 'Convert it'],
  ['an Avro file', padded('Obj\x01'), 'Convert it'],
  ['an Arrow file', padded('ARROW1\0\0'), 'Convert it'],
  ['an HDF5 file', padded('\x89HDF\r\n\x1a\n'), 'Convert it'],
  ['a NumPy array', padded('\x93NUMPY\x01\0'), 'Convert it'],
  ['an SQLite database', padded('SQLite format 3\0'), 'Export the table'],
  ['a DuckDB database', padded('\x01\x02\x03\x04\x05\x06\x07\x08DUCK'), 'Export the table'],
  ['an old Excel workbook (.xls)', padded('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'), 'Export the table'],
  ['an Excel workbook (.xlsx)', padded('PK\x03\x04\x14\0\x06\0[Content_Types].xml'), 'Save the sheet as CSV'],
  ['a zip archive', padded('PK\x03\x04\x14\0\0\0clicks.csv'), 'Unpack it'],
  ['a bzip2 archive', padded('BZh91AY&SY'), 'Unpack it'],
  ['an xz archive', padded('\xfd7zXZ\0'), 'Unpack it'],
  ['gzip inside gzip', gzipSync(gzipSync(csv)), 'Unpack it once'],
  ['a tar archive', bytes(`clicks.csv${'\0'.repeat(247)}ustar\0`), 'Unpack it'],
  ['UTF-16 text', utf16le(csv), 'iconv -f UTF-16 -t UTF-8'],
  ['UTF-16 text', utf16be(csv), 'iconv -f UTF-16 -t UTF-8'],
  ['UTF-16 text', utf16le(csv, ''), 'iconv -f UTF-16LE -t UTF-8'],
  ['UTF-16 text', utf16be(csv, ''), 'iconv -f UTF-16BE -t UTF-8'],
  ['a binary file', padded('\x7fELF\x02\x01\x01\0'), 'Give a file of text'],
  ['a binary file', Buffer.alloc(5000), 'Give a file of text'],
  ['a web page or XML', bytes('\n<!DOCTYPE html>\n<html>'), 'Fetch the file itself'],
  [
    'a pointer of Git LFS',
    bytes('version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 5\n'),
    'git lfs pull',
  ],
];
const text: [name: string, content: string, hint: string][] = [
  ['JSON lines', '{"c":"a","y":1}\n{"c":"b","y":0}\n', 'Convert it'],
  ['JSON lines', '\ufeff{"c":"a","y":1}', 'Convert it'],
  ['JSON', '{\n  "rows": []\n}\n', 'Convert it'],
  ['JSON', '[{"c":"a","y":1},\n{"c":"b","y":0}]', 'Convert it'],
  ['JSON', '[\n  {"c":"a","y":1}\n]', 'Convert it'],
  ['JSON', '[["c","y"],["a",1]]', 'Convert it'],
  ['lines that end with CR alone', 'c,y\ra,1\rb,0\r', String.raw`tr '\r' '\n'`],
];

const criteo = { format: 'criteo', ids: { kind: 'hash', buckets: 9 }, split: { by: 'random', test: 0 } };
const openCriteo = (content: Buffer) =>
  openDataset({ ...criteo, path: fileOf(content) } as DataConfig, { seed: 1 });

describe('a file of another format is named for what it is:', () => {
  const asBytes = text.map(([name, content, hint]) => [name, Buffer.from(content), hint] as const);
  test.each([...foreign, ...asBytes])('%s', async (name, content, hint) => {
    const sample = { name: 'a.csv', bytes: new Blob([new Uint8Array(content)]) };
    const attempts: [rule: string, open: () => Promise<unknown>][] = [
      ['a CSV file', () => openCsv(content)],
      ['a CSV file', () => openCsv(gzipSync(content))],
      ['a CSV file', () => sampleCsv(sample)],
      ['a Criteo log', () => openCriteo(content)],
      ['a Criteo log', () => openCriteo(gzipSync(content))],
    ];
    for (const [rule, open] of attempts) {
      const { code, message } = await refusal(open());
      expect(code).toBe('data/wrong-format');
      expect(message).toContain(`must be ${rule}, got ${name}. `);
      expect(message).toContain(hint);
    }
  });

  test('a Zstandard archive, where it is not unpacked: in a page, and in gzip', async () => {
    const content = padded('\x28\xb5\x2f\xfd');
    const sample = { name: 'a.csv', bytes: new Blob([new Uint8Array(content)]) };
    const attempts = [
      () => sampleCsv(sample),
      () => openCsv(gzipSync(content)),
      () => openCriteo(gzipSync(content)),
    ];
    for (const open of attempts) {
      const { code, message } = await refusal(open());
      expect(code).toBe('data/wrong-format');
      expect(message).toContain(', got a Zstandard archive. Unpack it first; gzip is read as it is.');
    }
  });

  test.each(foreign)('%s as an encoding', async (name, content, hint) => {
    const { code, message } = await refusal(readEncoding(fileOf(content)));
    expect(code).toBe('data/wrong-format');
    expect(message).toContain(`must be the encoding of a run, got ${name}. `);
    expect(message).toContain(hint);
  });

  test('a start that comes byte by byte', async () => {
    const content = Buffer.from('[{"c":1}]');
    const file = {
      size: content.length,
      stream: () =>
        new ReadableStream<Uint8Array<ArrayBuffer>>({
          start(controller) {
            for (const byte of content) controller.enqueue(Uint8Array.of(byte));
            controller.close();
          },
        }),
    };
    const config = { ...defaults, path: 'a.csv' };
    const { message } = await refusal(openDataset(config, { seed: 1, files: { 'a.csv': file } }));
    expect(message).toContain('must be a CSV file, got JSON.');
  });
});

describe('columns separated by something else: the delimiter to set', () => {
  test.each([
    ['c;y\na;1\nb;0', ';'],
    ['"c";"y"\n"a";"1"\n"b";"0"', ';'],
    ['c\ty\na\t1\nb\t0', '\t'],
    ['c|y\na|1', '|'],
    ['c y\na 1', ' '],
    ['c;y;price, EUR\na;1;2', ';'],
  ])('%j', async (content, delimiter) => {
    const { code, message } = await refusal(openCsv(content));
    expect(code).toBe('data/wrong-delimiter');
    expect(message).toMatch(/\.csv, line 1: columns must be separated by ",", got \d columns separated by/);
    expect(message).toContain(`Set "delimiter": ${JSON.stringify(delimiter)}.`);
    const lines = content.split('\n');
    const opened = await openCsv([lines[0], lines[1], lines[1]!.replace('1', '0')].join('\n'), { delimiter });
    expect(opened.rows.train).toBe(2);
  });

  test('a comma where the config says something else, and in a joined file', async () => {
    const { message } = await refusal(openCsv(csv, { delimiter: ';' }));
    expect(message).toContain('got 2 columns separated by ",". Set "delimiter": ",".');
    const side = fileOf('c;n\na;1', 'csv');
    const join = [{ path: side, on: 'c', columns: ['n'] }];
    expect((await refusal(openCsv(csv, { join }))).message).toContain(`${side}, line 1: columns must be`);
  });

  test('a column that is missing in any case is named as ever', async () => {
    for (const header of ['c,z', 'my column', 'a;b,c']) {
      expect((await refusal(openCsv(`${header}\n1,2`))).code).toBe('data/unknown-column');
    }
  });
});

describe('is no other format:', () => {
  test.each([
    ['a header in brackets', '[c],y\na,1\nb,0', '[c]'],
    ['a header in braces', '{c},y\na,1\nb,0', '{c}'],
    ['a column called like an archive', 'BZh1,y\na,1\nb,0', 'BZh1'],
    ['a CR inside quotes', '"c\rd",y\na,1\nb,0', 'c\rd'],
    ['a NUL in a cell', 'c,y\na\0b,1\nb,0', 'c'],
  ])('%s', async (_, content, column) => {
    expect((await openCsv(content, { features: [{ column }] })).rows.train).toBe(2);
  });

  test('gzip with a plain name and plain text with the name of gzip', async () => {
    const open = (path: string) => openDataset({ ...defaults, path }, { seed: 1 });
    expect((await open(fileOf(gzipSync(csv), 'csv'))).rows.train).toBe(2);
    expect((await open(fileOf(csv, 'csv.gz'))).rows.train).toBe(2);
    const lines = `${lineOf()}\n1${lineOf().slice(1)}`;
    expect((await openCriteo(gzipSync(lines))).rows.train).toBe(2);
  });
});

describe('a path that leads to no file ends in a coded error:', () => {
  const folder = dirname(fileOf(''));
  test.each([
    ['a folder', folder, 'data/unreadable-file', 'must be a file, got a folder'],
    ['a NUL in it', 'a\0b', 'data/unreadable-file', 'must be a path, a string without NUL characters'],
    ['a device', '/dev/null', 'data/unreadable-file', 'must be a file'],
    [
      'a name that is too long',
      'x'.repeat(5000),
      'data/unreadable-file',
      'must be readable, got ENAMETOOLONG',
    ],
    ['nothing there', `${folder}/none`, 'data/file-not-found', 'must exist'],
  ])('%s', async (_, path, code, words) => {
    const side = [{ path, on: 'c', columns: ['n'] }];
    const attempts = [
      () => openDataset({ ...defaults, path }, { seed: 1 }),
      () => openDataset({ ...defaults, path: fileOf(csv), join: side }, { seed: 1 }),
      () => openDataset({ ...criteo, path } as DataConfig, { seed: 1 }),
      () => readEncoding(path),
    ];
    for (const open of attempts) {
      const refused = await refusal(open());
      expect(refused.code).toBe(code);
      expect(refused.message).toContain(words);
      expect(refused.message.length).toBeLessThan(1500);
    }
  });

  test('no string at all', async () => {
    for (const path of [undefined, null, 7, {}]) {
      expect((await refusal(readEncoding(path as string))).code).toBe('data/unreadable-file');
    }
  });
});

test('several gzip members in a page: what to do is said', async () => {
  const members = Buffer.concat([gzipSync('c,y\na,1\n'), gzipSync('b,0\n')]);
  const files = { 'a.csv': new Blob([new Uint8Array(members)]) };
  const { code, message } = await refusal(openDataset({ ...defaults, path: 'a.csv' }, { seed: 1, files }));
  expect(code).toBe('data/several-gzip-members');
  expect(message).toContain('a.csv: must be one gzip member');
  expect((await openCsv(members)).rows.train).toBe(2);
});
