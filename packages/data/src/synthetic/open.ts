import { RandomStream } from '@ttrec/core';
import type { SyntheticConfig } from '../config/synthetic.ts';
import type { OpenedDataset, TableReport } from '../dataset.ts';
import { Digest } from '../digest.ts';
import { error } from '../error.ts';
import { presetCardinalities, scaledCardinalities } from './presets.ts';
import { storedBatches } from '../batches/stored-batches.ts';
import { RowStream } from './row-stream.ts';
import { SyntheticStore } from './synthetic-store.ts';
import { Truth } from './truth.ts';

/** Rows shuffled together. The rows of a stream are exchangeable, so that a window loses nothing. */
const WINDOW = 65536;

/** Opens a stream of made-up rows. Takes about as long as making 8192 of them, whatever the cardinalities. */
export function openSynthetic(config: SyntheticConfig, seed: number): OpenedDataset {
  const cardinalities = cardinalitiesOf(config.cardinalities);
  const idsPerBag =
    typeof config.idsPerBag === 'number'
      ? { min: config.idsPerBag, max: config.idsPerBag }
      : config.idsPerBag;
  const shape = { ...config, cardinalities, idsPerBag };
  const stream = new RandomStream(seed, 'data/synthetic');
  const multiValued = idsPerBag.min !== 1 || idsPerBag.max !== 1;
  const rows = new RowStream(shape, stream);
  checkLength(config.rows.train + config.rows.validation + config.rows.test, rows.maxRows);
  const truth = new Truth(shape, stream.child('truth'));
  const store = new SyntheticStore(config.rows, rows, truth, !multiValued);
  const tables = cardinalities.map((numEmbeddings, f): TableReport => ({
    table: `C${f + 1}`,
    kind: 'given',
    numEmbeddings,
  }));
  return {
    schema: {
      dense: Array.from({ length: config.dense }, (_, i) => `I${i + 1}`),
      features: tables.map(({ table, numEmbeddings }) => ({
        name: table,
        table,
        numEmbeddings,
        multiValued,
      })),
    },
    rows: store.rows,
    positives: {},
    baseRate: config.baseRate,
    encoding: undefined,
    digest: new Digest().addJson({ ...shape, seed }).finish(),
    report: {
      source: `synthetic stream, seed ${seed}`,
      rowsAre: 'generated',
      readingThread: false,
      rowsRead: 0,
      badLines: { count: 0, first: [] },
      missing: {},
      tables,
      unmatched: {},
    },
    batches: (options) => storedBatches(store, { seed, window: WINDOW }, options),
    close: () => Promise.resolve(),
  };
}

function checkLength(rows: number, limit: number): void {
  if (rows <= limit) return;
  const hint = 'Ask for fewer rows, features or ids per bag.';
  throw error('stream-too-long', {
    subject: 'config.rows',
    rule: `must sum to at most ${limit}`,
    got: rows,
    hint,
  });
}

function cardinalitiesOf(cardinalities: SyntheticConfig['cardinalities']): readonly number[] {
  if (typeof cardinalities === 'string') return presetCardinalities[cardinalities];
  return 'preset' in cardinalities
    ? scaledCardinalities(cardinalities.preset, cardinalities.scale)
    : cardinalities;
}
