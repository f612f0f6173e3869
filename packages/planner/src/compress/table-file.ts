import { EmbeddingBag, type EmbeddingBagOptions, type HostArrays, type TableConfig } from '@ttrec/embeddings';
import { error } from '../error.ts';

type Backend = EmbeddingBagOptions['backend'];

/** What `streamSafetensors` of @ttrec/tensor-files writes of a tensor. */
export type TableTensor = {
  [D in keyof HostArrays]: {
    /** `table.item.core0`, as in the model files of `ttrec`. */
    readonly name: string;
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: HostArrays[D] | (() => Promise<HostArrays[D]>);
  };
}[keyof HostArrays];

/** A table as a file holds it: its tensors, and in the metadata what they are. */
export interface TableFileContent {
  readonly tensors: readonly TableTensor[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** An open file of tensors, such as `openSafetensors` of @ttrec/tensor-files gives. */
export interface TableFile {
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  read(tensor: string): Promise<unknown>;
}

const FORMAT = 'ttrec-table-1';

/** A table to be written to a file of its own. Numbers are read from the backend when their turn comes. */
export function tableFileContent(
  bag: EmbeddingBag,
  {
    backend,
    name,
    config,
  }: { readonly backend: Backend; readonly name: string; readonly config: TableConfig },
): TableFileContent {
  const full = (tensor: string) => `table.${name}.${tensor}`;
  const parameters = bag.parameters.map(({ name: own, shape, weights }): TableTensor => ({
    name: full(own),
    dtype: 'F32',
    shape,
    data: () => backend.read(weights),
  }));
  const onHost = bag.hostTensors
    .filter(({ role }) => role === 'model')
    .map((tensor): TableTensor => ({ ...tensor, name: full(tensor.name) }));
  return {
    tensors: [...parameters, ...onHost],
    metadata: {
      format: FORMAT,
      name,
      config: JSON.stringify(config),
      numEmbeddings: String(bag.numEmbeddings),
      embeddingDim: String(bag.embeddingDim),
    },
  };
}

/**
 * The table of a file that `tableFileContent` made, on a backend, with the numbers that were saved.
 *
 * @throws `planner/not-a-table`, what `EmbeddingBag` throws of the config, and what the file's `read` throws
 */
export async function loadTable(
  file: TableFile,
  options: Omit<EmbeddingBagOptions, 'numEmbeddings' | 'embeddingDim' | 'table' | 'name'>,
): Promise<EmbeddingBag> {
  const { name, config, numEmbeddings, embeddingDim } = checkedMetadata(file);
  const bag = new EmbeddingBag({ ...options, name, table: config, numEmbeddings, embeddingDim });
  try {
    for (const { name: own, weights } of bag.parameters) {
      const values = (await file.read(`table.${name}.${own}`)) as Float32Array;
      options.backend.write(weights, values);
    }
    for (const { name: own, role, data } of bag.hostTensors) {
      if (role === 'model') copyInto(data, await file.read(`table.${name}.${own}`));
    }
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

/** Of one dtype, which the table's own config decides. */
function copyInto(data: HostArrays[keyof HostArrays], values: unknown): void {
  (data as Float64Array).set(values as Float64Array);
}
