import { PickleFault, type PickleObjects } from '../pickle/pickle-machine.ts';
import {
  kindOf,
  PickleDict,
  PickleGlobal,
  PickleObject,
  PickleTuple,
  type PickleValue,
} from '../pickle/pickle-value.ts';
import type { Dtype } from '../safetensors/dtype.ts';
import { dtypeOfStorage } from './torch-dtype.ts';

/** The numbers of one or more tensors: the entry `data/<key>` of the file. */
export class TorchStorage extends PickleObject {
  readonly kind = 'storage';
  readonly dtype: Dtype;
  readonly key: string;
  readonly length: number;

  constructor(dtype: Dtype, key: string, length: number) {
    super();
    this.dtype = dtype;
    this.key = key;
    this.length = length;
  }
}

/** Which numbers of a storage a tensor shows. Not checked yet: this is the file's word. */
export interface StorageView {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

export class TorchTensor extends PickleObject {
  readonly kind = 'tensor';
  readonly view: StorageView;

  constructor(view: StorageView) {
    super();
    this.view = view;
  }
}

/** Something that is no tensor and is passed over, such as a loss that NumPy computed. */
class Ignored extends PickleObject {
  readonly kind: string;

  constructor(name: string) {
    super();
    this.kind = name;
  }
}

/** Numbers of NumPy that training scripts save beside the weights: they are passed over. */
const IGNORED = [
  'numpy.core.multiarray.scalar',
  'numpy._core.multiarray.scalar',
  'numpy.dtype',
  '_codecs.encode',
];

type Call = (args: readonly PickleValue[]) => PickleValue;

const CALLS = new Map<string, Call>([
  ['collections.OrderedDict', emptyDict],
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_parameter', ([tensor]) => requireTensor(tensor)],
  ['torch.Size', ([size]) => requireTuple('torch.Size', size)],
  ...IGNORED.map((name): [string, Call] => [name, () => new Ignored(name)]),
]);

/** The names that tensors are made of; everything else is refused. */
export const torchObjects: PickleObjects = {
  knows: (name) => CALLS.has(name) || dtypeOfStorage(name) !== undefined,
  call: (name, args) => {
    const call = CALLS.get(name);
    if (call === undefined) throw new PickleFault('may not be called', name);
    return call(args);
  },
  persistent: (id) => {
    const parts = id instanceof PickleTuple ? id.items : [];
    const [word, storage, key, , length] = parts;
    const dtype = storage instanceof PickleGlobal ? dtypeOfStorage(storage.kind) : undefined;
    if (word === 'storage' && dtype !== undefined && typeof key === 'string' && isSize(length)) {
      return new TorchStorage(dtype, key, length);
    }
    throw new PickleFault(
      'a persistent id must be a storage, its key, its place and its length',
      parts.map(kindOf),
    );
  },
};

function emptyDict(args: readonly PickleValue[]): PickleDict {
  if (args.length > 0) throw new PickleFault('OrderedDict must be made empty', args.map(kindOf));
  return new PickleDict();
}

function rebuildTensor([storage, offset, shape, strides]: readonly PickleValue[]): TorchTensor {
  const sizes = requireTuple('a tensor', shape).items;
  const steps = requireTuple('a tensor', strides).items;
  const inStorage = storage instanceof TorchStorage && isSize(offset);
  if (inStorage && sizes.every(isSize) && steps.every(isSize) && sizes.length === steps.length) {
    return new TorchTensor({ storage, offset, shape: sizes, strides: steps });
  }
  const got = [storage, offset, ...sizes, ...steps].map(kindOf);
  throw new PickleFault('a tensor must be a storage, an offset, sizes and as many strides', got);
}

function requireTensor(value: PickleValue | undefined): TorchTensor {
  if (value instanceof TorchTensor) return value;
  throw new PickleFault('a parameter must hold a tensor', kindOf(value));
}

function requireTuple(what: string, value: PickleValue | undefined): PickleTuple {
  if (value instanceof PickleTuple) return value;
  throw new PickleFault(`${what} must be given tuples`, kindOf(value));
}

function isSize(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
