import type { CriteoConfig } from '../config/criteo.ts';
import type { OpenedDataset } from '../dataset.ts';
import { Digest } from '../digest.ts';
import { encodingDigest } from '../encoding/file/digest.ts';
import { ENCODING_VERSION, type CriteoEncoding } from '../encoding/encoding.ts';
import { encodingSchema } from '../encoding/encoding-schema.ts';
import { requireFit } from '../encoding/checks/require-fit.ts';
import { severalOf } from '../parts/reading-workers.ts';
import type { CheckedOpenOptions } from '../config/open-options.ts';
import { bySplit, checkTrainingRows, splitOfRule, type SplitRule } from '../split/split.ts';
import { inMemory, openStreamed, type RowAccess } from '../streamed/open-streamed.ts';
import { storedBatches } from '../batches/stored-batches.ts';
import { CriteoRowStore } from './batches/row-store.ts';
import { CriteoSource } from './source.ts';
import type { StreamedCriteo } from '../streamed/streamed-rows.ts';
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
  const rule = (ofRows = source.rows): SplitRule =>
    scoring ? { all: 'test' } : { split: config.split, seed, rows: ofRows };
  const tally = await tallied(source, values, rule);
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
  const shared = { rows, seed, flags: encoding.missingFlags ?? false, window: config.shuffleWindow };
  const { batches, close, rowsAre, readingThread } = accessTo(source, { ...shared, split: rule() }, options);
  return {
    schema: encodingSchema(encoding),
    rows,
    positives,
    baseRate,
    encoding,
    digest: new Digest().addJson([source.digest(), tally.splitDigest(), encodingDigest(encoding)]).finish(),
    report: {
      source: path,
      rowsAre,
      readingThread,
      rowsRead: source.rows,
      badLines: { count: source.badLines.count, first: source.badLines.first },
      missing: tally.missing,
      tables: reports,
      unmatched: {},
    },
    batches,
    close,
  };
}

/** Reads and counts the rows. A split by the number of rows is known only after all of them. */
async function tallied(
  source: CriteoSource,
  values: TableSource,
  rule: (ofRows?: number) => SplitRule,
): Promise<Tally> {
  const first = rule();
  const read = source.read('read', values, (rows) => splitOfRule(rule(rows)));
  if ('all' in first || first.split.by === 'random') {
    const tally = new Tally(values, splitOfRule(first));
    for await (const block of read) tally.add(block);
    return tally;
  }
  while ((await read.next()).done !== true);
  const tally = new Tally(values, splitOfRule(rule()));
  for await (const block of source.blocks()) tally.add(block);
  return tally;
}

function accessTo(
  { held, stored }: CriteoSource,
  parts: Omit<StreamedCriteo, 'format' | 'place' | 'blocks'>,
  options: CheckedOpenOptions,
): RowAccess {
  if (stored) {
    const { scratch, blocks } = stored;
    return openStreamed({ format: 'criteo', place: scratch.place, blocks, ...parts }, scratch, options);
  }
  const store = new CriteoRowStore(held!, { ...parts, splitOf: splitOfRule(parts.split) });
  return inMemory((of) => storedBatches(store, parts, of));
}
