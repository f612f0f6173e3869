import { checkDataConfig, type CheckedDataConfig, type DataConfig } from './config/data-config.ts';
import { checkOpenOptions, type CheckedOpenOptions, type OpenOptions } from './config/open-options.ts';
import { byName } from './batches/by-name.ts';
import type { Batch, Dataset, DatasetSchema, OpenedDataset, UnnamedBatch } from './dataset.ts';
import { refuseEncoding } from './encoding/require-fit.ts';
import { openCriteo } from './criteo/open.ts';
import { openCsv } from './table/open.ts';
import { resolvePath } from './read/read-bytes.ts';
import { error } from './error.ts';
import { openSynthetic } from './synthetic/open.ts';

/**
 * Opens the data that a config describes. Paths need Node; a synthetic stream and CSV `files` also open in a page.
 *
 * @throws `data/bad-config`; `data/unknown-option`, `data/bad-option`, `data/bad-options`; `data/wrong-format`, `data/wrong-delimiter`, `data/record-too-long`,
 * `data/too-many-values`; `data/unsupported-files`, `data/file-not-found`, `data/unreadable-file`, `data/empty-file`, `data/truncated-gzip`,
 * `data/corrupt-gzip`; `data/malformed-line`, `data/wrong-column-count`, `data/malformed-csv`;
 * `data/unknown-column`, `data/duplicate-column`, `data/duplicate-feature`, `data/conflicting-ids`, `data/label-leak`;
 * `data/no-usable-rows`, `data/no-training-rows`, `data/one-class`, `data/unseen-value`; `data/dense-overflow`; `data/stream-too-long`; `core/bad-seed`; with `scoring` or `extending`
 * `data/encoding-mismatch`, `data/bad-encoding`
 */
export async function openDataset(config: DataConfig, options: OpenOptions = {}): Promise<Dataset> {
  const opened = await open(checkDataConfig(config), checkOpenOptions(options));
  return { ...opened, batches: (of) => named(opened.schema, opened.batches(of)) };
}

async function* named(schema: DatasetSchema, batches: AsyncIterable<UnnamedBatch>): AsyncGenerator<Batch> {
  for await (const batch of batches) yield { ...batch, byName: byName(schema, batch.features) };
}

async function open(checked: CheckedDataConfig, options: CheckedOpenOptions): Promise<OpenedDataset> {
  const resolve = async (path: string) => (options.files ? path : resolvePath(path, options.baseDirectory));
  const known = options.scoring ?? options.extending;
  switch (checked.format) {
    case 'criteo':
      if (options.files) throw filesAreCsv();
      return openCriteo(checked, await resolve(checked.path), options);
    case 'csv': {
      const join = await Promise.all(
        checked.join.map(async (side) => ({ ...side, path: await resolve(side.path) })),
      );
      return openCsv({ ...checked, join, path: await resolve(checked.path) }, options);
    }
    case 'synthetic':
      return known ? refuseEncoding(checked, known) : openSynthetic(checked, options.seed);
  }
}

function filesAreCsv() {
  return error('unsupported-files', {
    subject: 'openDataset, files',
    rule: 'must go with a CSV config',
    got: 'a criteo config',
    hint: 'In Node, leave `files` out and give a path.',
  });
}
