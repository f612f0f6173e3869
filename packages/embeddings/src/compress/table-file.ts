import { readJson } from '@ttrec/core/json';
import { checkArgument } from '@ttrec/core/options';
import { EmbeddingBag, type EmbeddingBagOptions } from '../embedding-bag.ts';
import { error } from '../error.ts';
import type { StateReader, StateTensor } from '../state/state-tensor.ts';
import type { TableConfig } from '../table/config/table-config.ts';

/** The content of a table file: its tensors, and the table's name, config and size as metadata. */
export interface TableFileContent {
  readonly tensors: readonly StateTensor[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** An open file of tensors, such as `openSafetensors` of @ttrec/tensor-files returns. */
export interface TableFile extends StateReader {
  readonly metadata: Readonly<Record<string, string>>;
}

const FORMAT = 'ttrec-table-1';

/** Makes the content of a table file, for `streamSafetensors` of @ttrec/tensor-files. */
export function tableFileContent(bag: EmbeddingBag, name: string): TableFileContent {
  checkArgument(error, 'tableFileContent, bag', bag, 'an EmbeddingBag', 'state', 'cost');
  return {
    tensors: bag.state().filter(({ role }) => role === 'model'),
    metadata: {
      format: FORMAT,
      name,
      config: JSON.stringify(bag.table),
      numEmbeddings: String(bag.numEmbeddings),
      embeddingDim: String(bag.embeddingDim),
    },
  };
}

/**
 * Loads a table from a file whose content `tableFileContent` made.
 *
 * @throws `embeddings/not-a-table`; the same errors as `EmbeddingBag`, its `loadState` and `file.read`
 */
export async function loadTable(
  file: TableFile,
  options: Omit<EmbeddingBagOptions, 'numEmbeddings' | 'embeddingDim' | 'table' | 'name'>,
): Promise<EmbeddingBag> {
  checkArgument(
    error,
    'loadTable, file',
    file,
    'an open file of tensors',
    'name',
    'tensors',
    'read',
    'metadata',
  );
  const { name, config, numEmbeddings, embeddingDim } = checkedMetadata(file);
  const bag = new EmbeddingBag({ ...options, name, table: config, numEmbeddings, embeddingDim });
  try {
    await bag.loadState(file, { allowMissing: 'training' });
    return bag;
  } catch (thrown) {
    bag.dispose();
    throw thrown;
  }
}

function checkedMetadata({ name: path, metadata }: TableFile) {
  const { format, name, config, numEmbeddings, embeddingDim } = metadata;
  if (format !== FORMAT || name === undefined || config === undefined) {
    throw error('not-a-table', {
      subject: path,
      rule: `must have format ${FORMAT} and the name and config of a table in its metadata`,
      got: metadata,
      hint: 'ttrec compress writes such files.',
    });
  }
  return {
    name,
    config: checkedConfig(path, config),
    numEmbeddings: Number(numEmbeddings),
    embeddingDim: Number(embeddingDim),
  };
}

function checkedConfig(path: string, config: string): TableConfig {
  const subject = `${path}, config`;
  const value = readJson(error, 'not-a-table', subject, config);
  if (typeof value === 'object' && value !== null && 'kind' in value) return value as TableConfig;
  throw error('not-a-table', { subject, rule: 'must be the config of a table', got: value });
}
