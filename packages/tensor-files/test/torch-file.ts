import { PickleWriter } from '../src/pickle/pickle-writer.ts';
import { writeZip } from '../src/zip/write-zip.ts';

/** A file with this `data.pkl` and these storages, laid out like one of `torch.save`. */
export async function torchFile(
  pickle: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
): Promise<Uint8Array> {
  const files = { 'archive/data.pkl': pickle, ...storages, 'archive/version': Buffer.from('3\n') };
  const chunks: Uint8Array[] = [];
  const stored = Object.entries(files).map(([name, bytes]) => ({
    name,
    bytes: bytes.length,
    data: () => bytes,
  }));
  for await (const chunk of writeZip(stored)) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

export interface TensorWords {
  readonly storage?: string;
  readonly key?: string;
  readonly length?: number;
  readonly offset?: number;
  readonly shape?: readonly number[];
  readonly strides?: readonly number[];
}

/** The pickle of `{"w": tensor}`, a tensor [2, 3] of a storage of 6 floats unless told otherwise. */
export function tensorPickle(words: TensorWords = {}): Uint8Array {
  const {
    storage = 'FloatStorage',
    key = '0',
    length = 6,
    offset = 0,
    shape = [2, 3],
    strides = [3, 1],
  } = words;
  const pickle = new PickleWriter();
  const emptyDict = () =>
    pickle
      .global('collections', 'OrderedDict')
      .tuple(() => undefined)
      .reduce();
  emptyDict().setItems(() => {
    pickle.text('w').global('torch._utils', '_rebuild_tensor_v2');
    pickle.tuple(() => {
      pickle
        .tuple(() => pickle.text('storage').global('torch', storage).text(key).text('cpu').integer(length))
        .persistentId()
        .integer(offset)
        .tuple(() => shape.forEach((size) => pickle.integer(size)))
        .tuple(() => strides.forEach((stride) => pickle.integer(stride)))
        .false();
      emptyDict();
    });
    pickle.reduce();
  });
  return pickle.end();
}
