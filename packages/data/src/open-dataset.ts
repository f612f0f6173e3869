import { checkDataConfig, type CheckedDataConfig, type DataConfig } from './config/data-config.ts';
import { checkOpenOptions, type CheckedOpenOptions, type OpenOptions } from './config/open-options.ts';
import { byName } from './batches/by-name.ts';
import type { GivenTableConfig } from './config/table.ts';
import type { Batch, BatchOptions, Dataset, OpenedDataset } from './dataset.ts';
import { refuseEncoding } from './encoding/checks/require-fit.ts';
import { openCriteo } from './criteo/open.ts';
import { isAddress } from './parquet/file.ts';
import { resolvePath } from './read/read-bytes.ts';
import { closed, error } from './error.ts';
import { openSynthetic } from './synthetic/open.ts';
import { openTable } from './table/open.ts';

/**
 * Opens the data that a config describes. Paths need Node; a synthetic stream, `rows` and `files` also open in a page.
 *
 * @throws `data/bad-config`; `data/unknown-option`, `data/bad-option`, `data/bad-options`; `data/wrong-format`, `data/wrong-delimiter`, `data/record-too-long`,
 * `data/too-many-values`; `data/unsupported-files`, `data/file-not-found`, `data/unreadable-file`, `data/empty-file`, `data/changed-file`, `data/truncated-gzip`,
 * `data/corrupt-gzip`, the same of zstd and brotli, `data/unsupported-packing`; `data/malformed-parquet`, `data/missing-package`, `data/failed-query`, `data/bad-rows`; `data/malformed-line`, `data/wrong-column-count`, `data/malformed-csv`;
 * `data/unknown-column`, `data/duplicate-column`, `data/duplicate-feature`, `data/conflicting-ids`, `data/label-leak`;
 * `data/no-usable-rows`, `data/no-training-rows`, `data/one-class`, `data/unseen-value`; `data/dense-overflow`; `data/stream-too-long`; `core/bad-seed`; with `scoring` or `extending`
 * `data/encoding-mismatch`, `data/bad-encoding`
 */
export async function openDataset(config: DataConfig, options: OpenOptions = {}): Promise<Dataset> {
  const opened = await open(checkDataConfig(config), checkOpenOptions(options));
  let isClosed = false;
  const requireOpen = () => {
    if (isClosed) throw closed();
  };
  async function* batches(of: BatchOptions): AsyncGenerator<Batch> {
    requireOpen();
    for await (const batch of opened.batches(of)) {
      requireOpen();
      yield { ...batch, byName: byName(opened.schema, batch.features) };
    }
  }
  const close = () => {
    isClosed = true;
    return opened.close();
  };
  return { ...opened, batches, close, [Symbol.asyncDispose]: close };
}

async function open(checked: CheckedDataConfig, options: CheckedOpenOptions): Promise<OpenedDataset> {
  const { files } = options;
  const resolve = async (path: string) =>
    files || isAddress(path) ? path : resolvePath(path, options.baseDirectory);
  const known = options.scoring ?? options.extending;
  if ((checked.format === 'rows') !== (options.rows !== undefined)) throw rowsAndFormat(checked.format);
  if (checked.format === 'synthetic') {
    return known ? refuseEncoding(checked, known) : openSynthetic(checked, options.seed);
  }
  if (checked.format === 'criteo') {
    if (files) throw unsupportedFiles(checked.format);
    return openCriteo(checked, await resolve(checked.path), options);
  }
  if (files && checked.format === 'duckdb') throw unsupportedFiles(checked.format);
  const seen = options.known === undefined ? undefined : checkDataConfig(options.known);
  if (seen && (!('label' in seen) || seen.format === 'rows')) {
    const rule = 'must be data of named columns in a file or a query';
    throw error('bad-options', { subject: 'openDataset, known', rule, got: seen.format });
  }
  const config = await withPaths(checked, resolve);
  return openTable(config, { ...options, known: seen && (await withPaths(seen, resolve)) });
}

/** The config with its paths resolved. */
async function withPaths(
  config: GivenTableConfig,
  resolve: (path: string) => Promise<string>,
): Promise<GivenTableConfig> {
  const join = await Promise.all(
    config.join.map(async (side) => ({ ...side, path: await resolve(side.path) })),
  );
  if ('path' in config) return { ...config, join, path: await resolve(config.path) };
  if (config.format === 'rows' || config.database === undefined) return { ...config, join };
  return { ...config, join, database: await resolve(config.database) };
}

function rowsAndFormat(format: string) {
  return error('bad-options', {
    subject: 'openDataset, rows',
    rule: 'must be given with "format": "rows", and with no other',
    got: format === 'rows' ? 'nothing' : `"format": "${format}"`,
  });
}

function unsupportedFiles(format: string) {
  return error('unsupported-files', {
    subject: 'openDataset, files',
    rule: 'must go with a CSV, JSON lines or Parquet config',
    got: `a ${format} config`,
    hint: 'In Node, leave `files` out and give a path.',
  });
}
