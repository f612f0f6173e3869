import {
  EmbeddingBag,
  type EmbeddingBagOptions,
  type StateReader,
  type StateTensor,
  type TableConfig,
} from '@ttrec/embeddings';
import { error } from '../error.ts';

/** A table as a file holds it: its weights, and in the metadata what they are. */
export interface TableFileContent {
  readonly tensors: readonly StateTensor[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** An open file of tensors, such as `openSafetensors` of @ttrec/tensor-files gives. */
export interface TableFile extends StateReader {
  readonly metadata: Readonly<Record<string, string>>;
}

const FORMAT = 'ttrec-table-1';

/** A table to be written to a file of its own by `streamSafetensors` of @ttrec/tensor-files. */
export function tableFileContent(bag: EmbeddingBag, name: string): TableFileContent {
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
 * The table of a file that `tableFileContent` made, on a backend, with the numbers that were saved.
 *
 * @throws `planner/not-a-table`, what `EmbeddingBag` and its `loadState` throw, and what the file's `read` throws
 */
export async function loadTable(
  file: TableFile,
  options: Omit<EmbeddingBagOptions, 'numEmbeddings' | 'embeddingDim' | 'table' | 'name'>,
): Promise<EmbeddingBag> {
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
      rule: `its metadata must say format ${FORMAT}, and the name and config of the table`,
      got: metadata,
      hint: 'ttrec compress writes such files.',
    });
  }
  return {
    name,
    config: JSON.parse(config) as TableConfig,
    numEmbeddings: Number(numEmbeddings),
    embeddingDim: Number(embeddingDim),
  };
}
