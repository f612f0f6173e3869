import type { PickleObjects } from '../pickle/pickle-machine.ts';
import {
  kindOf,
  PickleDict,
  PickleGlobal,
  PickleList,
  PickleObject,
  PickleTuple,
  type PickleValue,
} from '../pickle/pickle-value.ts';
import { bytesPerElement, DTYPES, type Dtype } from '../tensor/dtype.ts';
import { dtypeNamed, dtypeOfStorage } from './torch-dtype.ts';

/** The numbers of one or more tensors: the entry `data/<key>` of the file. */
class TorchStorage extends PickleObject {
  readonly kind: string;
  /** Undefined for a storage of bytes, whose tensors name their dtype, and for unsupported dtypes. */
  readonly dtype: Dtype | undefined;
  readonly key: string;
  /** In elements, or in bytes where there is no dtype. */
  readonly length: number;

  constructor(kind: string, key: string, length: number) {
    super();
    this.kind = kind;
    this.dtype = dtypeOfStorage(kind);
    this.key = key;
    this.length = length;
  }
}

/** A strided view of a storage, as the file describes it, unchecked. */
export interface StorageView {
  readonly dtype: Dtype;
  readonly key: string;
  /** Of the storage, in elements. */
  readonly length: number;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Why a tensor cannot be read. */
export interface TensorFault {
  readonly code: string;
  readonly rule: string;
  readonly got: unknown;
  readonly hint?: string | undefined;
}

export class TorchTensor extends PickleObject {
  readonly kind = 'tensor';
  readonly view: StorageView | TensorFault;

  constructor(view: StorageView | TensorFault) {
    super();
    this.view = view;
  }
}

type Call = (args: readonly PickleValue[]) => PickleValue | undefined;

const CALLS = new Map<string, Call>([
  ['collections.OrderedDict', dictOf],
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  [
    'torch._utils._rebuild_tensor_v3',
    ([storage, offset, shape, strides, , , dtype]) => {
      return rebuildTensor([storage, offset, shape, strides], dtype);
    },
  ],
  ['torch._utils._rebuild_parameter', tensorInside],
  ['torch._utils._rebuild_parameter_with_state', tensorInside],
  ['torch._tensor._rebuild_from_type_v2', tensorOfSubclass],
  ['torch._tensor._rebuild_from_type', tensorOfSubclass],
  ['numpy.core.multiarray._reconstruct', numpyArray],
  ['numpy._core.multiarray._reconstruct', numpyArray],
  ['numpy.core.numeric._frombuffer', numpyArray],
  ['numpy._core.numeric._frombuffer', numpyArray],
  ['torch.Size', ([size]) => (size instanceof PickleTuple ? size : undefined)],
]);

/** Recognises the calls with which PyTorch makes tensors; all others give placeholders. */
export const torchObjects: PickleObjects = {
  call: (name, args) =>
    CALLS.get(name)?.(args) ?? (REBUILDS_TENSOR.test(name) ? otherTensor(name) : undefined),
  persistent: (id) => {
    const parts = id instanceof PickleTuple ? id.items : [];
    const [word, storage, key, , length] = parts;
    const isStorage = word === 'storage' && storage instanceof PickleGlobal;
    if (isStorage && typeof key === 'string' && isSize(length)) {
      return new TorchStorage(storage.kind, key, length);
    }
    return undefined;
  },
};

/** Sparse, quantized, nested and other tensors. */
const REBUILDS_TENSOR = /^torch\..*_rebuild_\w*(tensor|parameter|subclass)/;

const HINTS = [
  ['sparse', 'Save tensor.to_dense().'],
  ['qtensor', 'Save tensor.dequantize().'],
] as const;

function otherTensor(name: string): TorchTensor {
  return new TorchTensor({
    code: 'unsupported-tensor',
    rule: 'only dense tensors of plain numbers are read',
    got: `one made by ${name}`,
    hint: HINTS.find(([part]) => name.includes(part))?.[1] ?? 'Save it as a dense tensor on the CPU.',
  });
}

function rebuildTensor(
  [storage, offset, shape, strides]: readonly (PickleValue | undefined)[],
  dtype?: PickleValue,
): TorchTensor {
  const sizes = shape instanceof PickleTuple ? shape.items : undefined;
  const steps = strides instanceof PickleTuple ? strides.items : undefined;
  const isView =
    storage instanceof TorchStorage && isSize(offset) && sizes?.every(isSize) && steps?.every(isSize);
  if (!isView || sizes.length !== steps.length) {
    const got = [storage, offset, ...(sizes ?? [shape]), ...(steps ?? [strides])].map(kindOf);
    const rule = 'a tensor must be a storage, an offset, sizes and as many strides';
    return new TorchTensor({ code: 'pickle-value', rule, got });
  }
  // A storage without a dtype counts bytes.
  const own = dtype === undefined ? storage.dtype : dtypeNamed(kindOf(dtype));
  const bytes = storage.dtype === undefined && own !== undefined ? bytesPerElement(own) : 1;
  if (own === undefined) {
    return new TorchTensor({
      code: 'unknown-dtype',
      rule: `its numbers must be of one of ${DTYPES.join(', ')}`,
      got: dtype === undefined ? storage.kind : kindOf(dtype),
      hint: 'Convert it first, with tensor.to(dtype).',
    });
  }
  const { key, length } = storage;
  return new TorchTensor({
    dtype: own,
    key,
    length: length / bytes,
    offset,
    shape: sizes,
    strides: steps,
  });
}

/** Python 2 makes an `OrderedDict` of a list of pairs. */
function dictOf([items]: readonly PickleValue[]): PickleDict | undefined {
  const dict = new PickleDict();
  const pairs = items instanceof PickleList ? items.items : [];
  for (const pair of pairs) {
    const [key, value] = pair instanceof PickleTuple || pair instanceof PickleList ? pair.items : [];
    if (key === undefined || value === undefined || dict.entries.has(key)) return undefined;
    dict.entries.set(key, value);
  }
  return items === undefined || items instanceof PickleList ? dict : undefined;
}

function tensorInside([tensor]: readonly PickleValue[]): TorchTensor {
  if (tensor instanceof TorchTensor) return tensor;
  return new TorchTensor({
    code: 'pickle-value',
    rule: 'a parameter must hold a tensor',
    got: kindOf(tensor),
  });
}

/** A subclass of tensor is pickled as another call that makes the tensor. */
function tensorOfSubclass([rebuild, , args]: readonly PickleValue[]): TorchTensor {
  const name = kindOf(rebuild);
  const call = name.startsWith('torch._utils.') ? CALLS.get(name) : undefined;
  const tensor = call && args instanceof PickleTuple ? call(args.items) : undefined;
  return tensor instanceof TorchTensor ? tensor : otherTensor(name);
}

function numpyArray(): TorchTensor {
  return new TorchTensor({
    code: 'unsupported-tensor',
    rule: 'must be a tensor of PyTorch',
    got: 'an array of NumPy',
    hint: 'Save torch.from_numpy(array).',
  });
}

function isSize(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
