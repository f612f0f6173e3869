import { readEncoding, type DataConfig, type Dataset } from '@ttrec/data';
import { encodingBytes, type Encoding } from '@ttrec/data/encoding';
import { C1, C26, hex, I1, LABEL, lineOf } from './criteo-lines.ts';
import { fileOf } from './files.ts';

export async function bytesOf(encoding: Encoding): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodingBytes(encoding)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** By way of a file. */
export async function saved(encoding: Encoding | undefined): Promise<Encoding> {
  return readEncoding(fileOf(await bytesOf(encoding!), 'jsonl.gz'));
}

/** The values of a vocabulary; none of a table of another kind. */
export function valuesOf({ encoding }: Pick<Dataset, 'encoding'>, table = 0): string[] {
  const found = encoding!.tables[table]!;
  return found.kind === 'vocabulary' ? Array.from(found.values as Iterable<string>) : [];
}

/** Values of all vocabularies. */
export function trainedValues(encoding: Encoding): number {
  return encoding.tables.reduce(
    (sum, table) => sum + (table.kind !== 'vocabulary' ? 0 : table.values.length),
    0,
  );
}

const criteoText = Array.from({ length: 300 }, (_, i) =>
  lineOf({
    [LABEL]: String(i % 3 === 0 ? 1 : 0),
    [I1]: String(i),
    [C1]: i % 7 === 0 ? '' : hex((i * i) % 40),
    [C26]: i === 3 ? 'ffffffff' : hex(i % 2),
  }),
).join('\n');

export const criteo = (ids: object, more: object = {}) =>
  ({
    format: 'criteo',
    path: fileOf(criteoText, 'tsv'),
    ids,
    split: { by: 'random', validation: 0.2, test: 0.3 },
    ...more,
  }) as DataConfig;

export const csvText = [
  'home,away,tags,x,z,when,y',
  ...Array.from({ length: 200 }, (_, i) => {
    const team = ['a', '', 'é"q', 'x\u2028y'][i % 4]!.replaceAll('"', '""');
    const tags = i % 5 === 0 ? '' : `t${i % 6}|t${i % 11}`;
    const x = i % 9 === 0 ? '' : String(Math.sin(i));
    return `"${team}",t${i % 17},${tags},${x},${i},${i},${i % 3 === 0 ? 1 : 0}`;
  }),
].join('\n');

export const csvConfig = {
  format: 'csv',
  path: fileOf(csvText, 'csv'),
  label: { column: 'y', equals: '1' },
  dense: [
    { column: 'x', transform: 'standardise', missing: -2 },
    { column: 'z', transform: 'log1p' },
  ],
  features: [
    { column: 'home', table: 'team' },
    { column: 'away', table: 'team' },
    { column: 'tags', separator: '|', name: 'labels' },
    { column: 'when', ids: { kind: 'hash', buckets: 50 } },
  ],
  ids: { kind: 'vocabulary', minCount: 2 },
  split: { by: 'column', column: 'when', validationFrom: 120, testFrom: 150 },
} as const satisfies DataConfig;
