import type { CriteoConfig } from '../config/criteo.ts';
import type { OpenedDataset } from '../dataset.ts';
import { Digest } from '../digest.ts';
import { encodingDigest } from '../encoding/file/digest.ts';
import { ENCODING_VERSION, type CriteoEncoding } from '../encoding/encoding.ts';
import { encodingSchema } from '../encoding/encoding-schema.ts';
import { requireFit } from '../encoding/checks/require-fit.ts';
import type { CheckedOpenOptions } from '../config/open-options.ts';
import {
  allTest,
  bySplit,
  checkTrainingRows,
  lastSplit,
  randomSplit,
  type SplitOfRow,
} from '../split/split.ts';
import { storedBatches } from '../batches/stored-batches.ts';
import { encodeBlock } from './vocabularies/encoder.ts';
import { CriteoRowStore } from './batches/row-store.ts';
import { CriteoSource } from './source.ts';
import { streamedBatches, type StreamParts } from './batches/streamed-batches.ts';
import { GivenTables, TableLearner } from './vocabularies/table-source.ts';
import { Tally } from './vocabularies/tally.ts';

/**
 * Opens a Criteo file: one pass for counts and vocabularies, one more before it if the split needs the number of
 * rows, unless the rows stay in memory.
 */
export async function openCriteo(
  config: CriteoConfig,
  path: string,
  options: CheckedOpenOptions,
): Promise<OpenedDataset> {
  const { seed, onProgress } = options;
  const scoring = options.scoring && requireFit(config, options.scoring);
  const source = new CriteoSource(config, path, onProgress);
  const extending = options.extending && requireFit(config, options.extending);
  const values = scoring ? new GivenTables(scoring.tables) : new TableLearner(config.ids, extending?.tables);
  const splitOf = scoring ? allTest : await splitRule(config, source, seed);
  const tally = new Tally(values, splitOf);
  for await (const block of source.blocks('vocabulary')) tally.add(block);
  const rows = bySplit(tally.rows);
  const positives = bySplit(tally.positives);
  if (!scoring) {
    checkTrainingRows({ file: path, label: 'column 1 (label)', rows, positives });
  }
  const { tables, rowOf, reports } = values.finish({
    train: rows.train,
    heldOut: rows.validation + rows.test,
  });
  const baseRate = scoring?.baseRate ?? positives.train / rows.train;
  const encoding: CriteoEncoding = scoring ?? {
    format: 'criteo',
    version: ENCODING_VERSION,
    ...(config.missingFlags === true && { missingFlags: true }),
    baseRate,
    tables,
  };
  return {
    schema: encodingSchema(encoding),
    rows,
    positives,
    baseRate,
    encoding,
    digest: new Digest().addJson([source.digest, tally.splitDigest(), encodingDigest(encoding)]).finish(),
    report: {
      source: path,
      rowsAre: source.cached ? 'in memory' : 'streamed',
      rowsRead: source.rows,
      badLines: { count: source.badLines.count, first: source.badLines.first },
      missing: tally.missing,
      tables: reports,
      unmatched: {},
    },
    batches: batchesOf({
      ...{ source, rowOf, splitOf, rows, seed },
      flags: encoding.missingFlags ?? false,
      window: config.shuffleWindow,
    }),
  };
}

async function splitRule(config: CriteoConfig, source: CriteoSource, seed: number): Promise<SplitOfRow> {
  if (config.split.by === 'random') return randomSplit(config.split, seed);
  let rows = 0;
  for await (const block of source.blocks('count')) rows += block.length;
  return lastSplit(config.split, rows);
}

function batchesOf(parts: StreamParts): OpenedDataset['batches'] {
  const blocks = parts.source.cached;
  if (blocks === undefined) return (options) => streamedBatches(parts, options);
  for (const block of blocks) encodeBlock(block, parts.rowOf);
  const store = new CriteoRowStore(blocks, parts);
  return (options) => storedBatches(store, parts, options);
}
