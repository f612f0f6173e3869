import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RandomStream } from '@ttrec/core';
import { openDataset, type DataConfig } from '@ttrec/data';
import type { BenchCase, Missing, Workload } from '../contender.ts';

const ROWS = { csv: 4_000_000, criteo: 1_000_000, parquet: 4_000_000 };
/** Seconds in which a file should open on one quiet core. */
const GOAL = { csv: 5, criteo: 3, parquet: 5 };
type Format = keyof typeof ROWS;

const CARDINALITIES = [
  1460, 583, 1e6, 2e5, 305, 24, 12_517, 633, 3, 93_145, 5683, 8e5, 3194, 27, 14_992, 5e5, 10, 5652, 2173, 4,
  7e5, 18, 15, 286_181, 105, 142_572,
];
const WRITE_CHARACTERS = 1 << 20;

const header = 'label,user,item,cat,price,hour';
const clickLine = (draw: () => number) =>
  [
    draw() < 0.3 ? 1 : 0,
    `u${Math.floor(2e6 * draw() * draw())}`,
    `i${Math.floor(5e5 * draw() * draw())}`,
    `c${Math.floor(200 * draw())}`,
    (100 * draw()).toFixed(2),
    Math.floor(24 * draw()),
  ].join(',');
const criteoLine = (draw: () => number) => {
  const cells = [draw() < 0.25 ? '1' : '0'];
  for (let i = 0; i < 13; i++) cells.push(draw() < 0.2 ? '' : String(Math.floor(300 * draw() * draw())));
  CARDINALITIES.forEach((cardinality, c) => {
    const value = Math.floor(cardinality * draw() ** 3);
    cells.push(((Math.imul(value + 1, 2654435761) + c * 7919) >>> 0).toString(16).padStart(8, '0'));
  });
  return cells.join('\t');
};

/** Writes a file of made-up clicks, once. */
async function fileOf(format: 'csv' | 'criteo'): Promise<string> {
  const folder = join(tmpdir(), 'ttrec-bench-data');
  const path = join(folder, `${format}-${ROWS[format]}.${format === 'csv' ? 'csv' : 'tsv'}`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const stream = new RandomStream(1, `bench/data/${format}`);
  const draw = () => stream.nextUniform();
  const file = createWriteStream(`${path}.part`);
  let text = format === 'csv' ? `${header}\n` : '';
  for (let row = 0; row < ROWS[format]; row++) {
    text += `${format === 'csv' ? clickLine(draw) : criteoLine(draw)}\n`;
    if (text.length < WRITE_CHARACTERS) continue;
    if (!file.write(text)) await once(file, 'drain');
    text = '';
  }
  file.end(text);
  await once(file, 'finish');
  renameSync(`${path}.part`, path);
  return path;
}

/** One thread of DuckDB, which is no dependency of this package. */
async function duckdb() {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  return instance.connect();
}

const table = {
  label: { column: 'label', equals: '1' },
  dense: [{ column: 'price' }],
  features: [{ column: 'user' }, { column: 'item' }, { column: 'cat' }, { column: 'hour' }],
} satisfies Partial<DataConfig>;
const split = { by: 'random', test: 0.1 } as const;

async function configOf(format: Format): Promise<DataConfig> {
  if (format === 'criteo') return { format, path: await fileOf(format), ids: { kind: 'vocabulary' }, split };
  const path = await fileOf('csv');
  if (format === 'csv') return { format, path, ...table, split };
  const parquet = path.replace(/csv$/, 'parquet');
  if (!existsSync(parquet))
    await (await duckdb()).run(`copy (from '${path}') to '${parquet}' (format parquet, compression zstd)`);
  return { format, path: parquet, ...table, split };
}

async function prepareOwn(format: Format): Promise<Workload> {
  const config = await configOf(format);
  return {
    engine: `Node ${process.versions.node}`,
    step: () => openDataset(config),
    async check() {
      const { rows } = await openDataset(config);
      return { error: Math.abs(rows.train + rows.test - ROWS[format]), tolerance: 0 };
    },
  };
}

/** Scans the columns in use and counts their different values: what a vocabulary needs at the least. */
async function prepareDuckdb(format: Format): Promise<Workload | Missing> {
  const connection = await duckdb().catch((cause: unknown) => String(cause));
  if (typeof connection === 'string') return { reason: connection };
  const { path } = (await configOf(format)) as { path: string };
  const columns =
    format === 'criteo'
      ? CARDINALITIES.map((_, c) => `column${String(c + 14).padStart(2, '0')}`)
      : ['"user"', 'item', 'cat', '"hour"'];
  const source =
    format === 'criteo'
      ? `read_csv('${path}', delim = '\\t', header = false, all_varchar = true)`
      : `'${path}'`;
  const query = `select ${columns.map((column) => `count(distinct ${column})`).join(', ')} from ${source}`;
  return {
    engine: 'DuckDB',
    step: () => connection.runAndReadAll(query),
    check: () => Promise.resolve(undefined),
  };
}

const what = {
  csv: 'Opens a CSV file of six columns (121 MB) into memory: four vocabularies, a dense column, a split.',
  criteo: 'Opens a Criteo log (271 MB): 26 vocabularies, 13 dense columns, a split.',
  parquet: 'Opens the CSV file as Parquet (zstd).',
};

export const dataCases: readonly BenchCase[] = (Object.keys(ROWS) as Format[]).map((format) => ({
  name: `data/${format}`,
  what: what[format],
  unit: 'rows',
  unitsPerStep: ROWS[format],
  contenders: [
    {
      kind: 'own',
      name: 'ttrec',
      engine: 'cpu',
      rateAtLeast: ROWS[format] / GOAL[format],
      prepare: () => prepareOwn(format),
    },
    {
      kind: 'own',
      name: 'DuckDB, one thread: scan and count distinct',
      engine: 'cpu',
      prepare: () => prepareDuckdb(format),
    },
  ],
}));
