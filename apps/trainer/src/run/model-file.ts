import type { Backend } from '@ttrec/backend';
import { openSafetensors, streamSafetensors, writeFileAtomic } from '@ttrec/tensor-files';
import { Dlrm, type DlrmConfig } from '@ttrec/dlrm';
import type { OwnKinds } from '@ttrec/embeddings';
import { error } from '../error.ts';

const FORMAT = 'ttrec-model-1';

/**
 * Writes a model to one safetensors file, with its config in the metadata. The file replaces an older one as a whole.
 *
 * @param options.training also saves what only further training needs: optimizer state and counters
 */
export async function saveModel(
  model: Dlrm,
  path: string,
  options: { readonly training?: boolean } = {},
): Promise<void> {
  const tensors = model.state().filter(({ role }) => options.training === true || role === 'model');
  const metadata = { format: FORMAT, config: JSON.stringify(model.config) };
  await writeFileAtomic(path, streamSafetensors(tensors, metadata, path));
}

/**
 * The model of a file that `saveModel` wrote.
 *
 * @param options.kinds kinds of your own that its tables are of
 * @throws `trainer/not-a-model`, and what `openSafetensors`, `Dlrm` and `Dlrm.loadState` throw
 */
export async function loadModel(
  path: string,
  { backend, kinds }: { readonly backend: Backend; readonly kinds?: OwnKinds | undefined },
): Promise<Dlrm> {
  const file = await openSafetensors(path);
  try {
    const { format, config } = file.metadata;
    if (format !== FORMAT || config === undefined) throw notAModel(path, format);
    const saved = JSON.parse(config) as DlrmConfig;
    const tables = kinds ? saved.tables.map((table) => ({ ...table, kinds })) : saved.tables;
    const model = new Dlrm(backend, { ...saved, tables });
    try {
      await model.loadState(file, { allowMissing: 'training' });
      return model;
    } catch (thrown) {
      model.dispose();
      throw thrown;
    }
  } finally {
    await file.close();
  }
}

function notAModel(path: string, got: string | undefined): Error {
  return error('not-a-model', {
    subject: path,
    rule: `the metadata must have the format ${FORMAT} and a config`,
    got,
    hint: 'saveModel writes such files.',
  });
}
