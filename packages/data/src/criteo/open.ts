import type { CriteoConfig } from '../config/criteo.ts';
import type { OpenedDataset } from '../dataset.ts';
import { Digest } from '../digest.ts';
import { encodingDigest } from '../encoding/file/digest.ts';
import { ENCODING_VERSION, type CriteoEncoding } from '../encoding/encoding.ts';
import { encodingSchema } from '../encoding/encoding-schema.ts';
import { requireFit } from '../encoding/checks/require-fit.ts';
import { severalOf } from '../parts/reading-workers.ts';
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
import { CriteoRowStore } from './batches/row-store.ts';
import { CriteoSource } from './source.ts';
import { streamedBatches, type StreamParts } from './batches/streamed-batches.ts';
import { GivenTables, tableLearner, type TableSource } from './vocabularies/table-source.ts';
import { Tally } from './vocabularies/tally.ts';

/** Opens a Criteo file: reads it once, into memory or a temporary file. */
export async function openCriteo(
  config: CriteoConfig,
  path: string,
  options: CheckedOpenOptions,
): Promise<OpenedDataset> {
  const { seed } = options;
  const scoring = options.scoring && requireFit(config, options.scoring);
  const source = new CriteoSource(config, path, { ...options, workers: severalOf(options.workers) });
  const extending = options.extending && requireFit(config, options.extending);
  const values = scoring ? new GivenTables(scoring.tables) : tableLearner(config.ids, extending?.tables);
  const tally = await tallied(config, source, { values, splitOf: scoring && allTest, seed });
  const rows = bySplit(tally.rows);
  const positives = bySplit(tally.positives);
  if (!scoring) {
    checkTrainingRows({ file: path, label: 'column 1 (label)', rows, positives });
  }
  const { tables, rowOfCode, reports } = values.finish({
    train: rows.train,
    heldOut: rows.validation + rows.test,
  });
  if (rowOfCode) await source.encode(rowOfCode);
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
    digest: new Digest().addJson([source.digest(), tally.splitDigest(), encodingDigest(encoding)]).finish(),
    report: {
      source: path,
      rowsAre: source.held ? 'in memory' : 'streamed',
      rowsRead: source.rows,
      badLines: { count: source.badLines.count, first: source.badLines.first },
      missing: tally.missing,
      tables: reports,
      unmatched: {},
    },
    batches: batchesOf({
      ...{ source, splitOf: tally.splitOf, rows, seed },
      flags: encoding.missingFlags ?? false,
      window: config.shuffleWindow,
    }),
  };
}

/** Reads and counts the rows. A split by the number of rows is known only after all of them. */
async function tallied(
  config: CriteoConfig,
  source: CriteoSource,
  parts: { readonly values: TableSource; readonly splitOf: SplitOfRow | undefined; readonly seed: number },
): Promise<Tally> {
  const { split } = config;
  const splitOf = parts.splitOf ?? (split.by === 'random' ? randomSplit(split, parts.seed) : undefined);
  if (splitOf) {
    const tally = new Tally(parts.values, splitOf);
    for await (const block of source.read('read', parts.values)) tally.add(block);
    return tally;
  }
  const pieces = source.read('read', parts.values);
  while ((await pieces.next()).done !== true);
  const tally = new Tally(parts.values, lastSplit(split, source.rows));
  for await (const block of source.blocks()) tally.add(block);
  return tally;
}

function batchesOf(parts: StreamParts): OpenedDataset['batches'] {
  const { held } = parts.source;
  if (held === undefined) return (options) => streamedBatches(parts, options);
  const store = new CriteoRowStore(held, parts);
  return (options) => storedBatches(store, parts, options);
}
