import { gzipSync } from 'node:zlib';
import type { Reader } from './reader.ts';

const COUNT = 3000;

/** The clicks of a shop: what the reader of a guide has in place of these is their own. */
const rows = Array.from({ length: COUNT }, (_, i) => {
  const [user, item] = [(i * 7919) % 301, (i * 104_729) % 97];
  return {
    user: `u${user}`,
    item: `i${item}`,
    tags: Array.from({ length: item % 3 }, (_, k) => `tag ${k}`).join('|'),
    age: 18 + (user % 60),
    price: (item % 20) + 0.5,
    click: (user % 3) + (item % 4) > 2 ? 1 : 0,
  };
});

type Column = keyof (typeof rows)[number];
const COLUMNS: readonly Column[] = ['user', 'item', 'tags', 'age', 'price', 'click'];

export function clicksCsv(columns: readonly Column[] = COLUMNS, count = COUNT): string {
  const lines = rows.slice(0, count).map((row) => columns.map((name) => row[name]).join(','));
  return [columns.join(','), ...lines, ''].join('\n');
}

/** A config of these clicks, whose training takes a second. */
export const clicksConfig = {
  name: 'clicks',
  seed: 1,
  data: {
    format: 'csv',
    path: 'clicks.csv',
    label: { column: 'click', equals: '1' },
    dense: [{ column: 'age', transform: 'standardise' }, { column: 'price' }],
    features: [{ column: 'user' }, { column: 'item' }, { column: 'tags', separator: '|' }],
    split: { by: 'random', validation: 0.1, test: 0.1 },
  },
  model: { embeddingDim: 8, bottomMlp: [8], topMlp: [8] },
  training: { steps: 20, batchSize: 64, learningRate: 0.05 },
};

export function writeClicks(reader: Reader, config = 'config.json', changes: object = {}): void {
  reader.write('clicks.csv', clicksCsv());
  reader.write(config, JSON.stringify({ ...clicksConfig, ...changes }));
}

/** Clicks as Criteo logs them: a label, 13 numbers and 26 hashed values a line. */
export function writeCriteo(reader: Reader, name: string): void {
  const lines = Array.from({ length: 400 }, (_, i) => {
    const numbers = Array.from({ length: 13 }, (_, k) => (i * (k + 3)) % 50);
    const values = Array.from({ length: 26 }, (_, k) =>
      ((i * (k + 7)) % (5 + k)).toString(16).padStart(8, '0'),
    );
    return [i % 3 === 0 ? 1 : 0, ...numbers, ...values].join('\t');
  });
  const text = `${lines.join('\n')}\n`;
  reader.write(name, name.endsWith('.gz') ? gzipSync(text) : text);
}

/** Rows in the shape of Criteo, which cost nothing to read. */
export const syntheticConfig = {
  name: 'synthetic',
  seed: 1,
  data: {
    format: 'synthetic',
    rows: { train: 4000, validation: 500, test: 500 },
    cardinalities: [5000, 2000, 400, 30],
    dense: 2,
  },
  model: { embeddingDim: 8, bottomMlp: [8], topMlp: [8] },
  training: { steps: 20, batchSize: 64, learningRate: 0.05 },
};
