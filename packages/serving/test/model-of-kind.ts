import type { Backend } from '@ttrec/backend';
import { openDataset, type Dataset } from '@ttrec/data';
import type { RawRow } from '@ttrec/data/encoding';
import { Dlrm } from '@ttrec/dlrm';
import { stateReader, type TableConfig } from '@ttrec/embeddings';
import { integers, trained } from '@ttrec/test-support';
import { encodeModel, fit, modelConfig, type EncodeModelOptions, type ModelOptions } from '@ttrec/training';
import { clickRows, dataConfig } from './trained-run.ts';

/** Every kind of table, by name. */
export const kinds: Readonly<Record<string, TableConfig>> = { ...trained, ...integers };

export const rows: readonly RawRow[] = clickRows(400);

async function openClicks(): Promise<Dataset> {
  const all = clickRows(400);
  const columns = Object.keys(all[0]!);
  const lines = all.map((row) => columns.map((column) => String(row[column])).join(','));
  const file = new Blob([[columns.join(','), ...lines].join('\n')]);
  // The 200 rows of the table that the kinds are made for.
  const features = dataConfig.features as readonly { readonly column: string }[];
  const withItems = features.map((feature) =>
    feature.column === 'item' ? { column: 'item', ids: { kind: 'hash' as const, buckets: 200 } } : feature,
  );
  const config = { ...dataConfig, features: withItems, path: 'clicks.csv' } as typeof dataConfig & {
    path: string;
  };
  return openDataset(config, { seed: 5, files: { 'clicks.csv': file } });
}

/** A trained model whose items are in a table of this config. Integers are those of a trained table of the kind that they stand for. */
export async function modelOfKind(
  backend: Backend,
  item: TableConfig,
  options: ModelOptions = {},
): Promise<{ readonly model: Dlrm; readonly data: Dataset }> {
  const data = await openClicks();
  const made = (config: TableConfig) => {
    const tables = { default: { kind: 'dense' }, byName: { item: config } } as const;
    return new Dlrm({
      backend,
      ...modelConfig(data, { embeddingDim: 4, bottomMlp: [6], topMlp: [8], ...options, tables }),
    });
  };
  const isInteger = Object.values<TableConfig>(integers).includes(item);
  const model = made(isInteger ? { kind: 'dense' } : item);
  await fit(model, data, { steps: 30, batchSize: 32, learningRate: 0.2 });
  if (!isInteger) return { model, data };
  const stored = made(item);
  const select = ({ name }: { readonly name: string }) => !name.startsWith('table.item.');
  await stored.loadState(stateReader(model.state()), { select, allowUnknown: true });
  await stored.embeddings.table('item').fit(model.embeddings.table('item'));
  model.dispose();
  return { model: stored, data };
}

/** The bytes of a model file. */
export async function fileOf(model: Dlrm, options: EncodeModelOptions): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeModel(model, options)) chunks.push(chunk);
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}
