/** A file format that readers of weights recognise and do not read. */
export interface KnownFormat {
  /** For "got" in an error. */
  readonly what: string;
  /** How to convert or open the file. */
  readonly hint: string;
  readonly isZip?: boolean;
}

const FROM_PYTHON = 'In Python, load it and save its arrays with safetensors.numpy.save_file.';

const BY_FIRST_BYTES: readonly (readonly [magic: string, what: string, hint: string, offset?: number])[] = [
  [
    'PK\x03\x04',
    'a ZIP file, as torch.save and numpy.savez write it',
    'Open a file of PyTorch with openTorch. Unzip an npz file and open its .npy files with openNpy.',
  ],
  ['\x93NUMPY', 'an npy file of NumPy', 'Open it with openNpy.'],
  ['\x1f\x8b\x08', 'a gzip file', 'Decompress it first: gunzip FILE.'],
  ['\x28\xb5\x2f\xfd', 'a Zstandard file', 'Decompress it first: zstd -d FILE.'],
  ['\xfd7zXZ\0', 'an xz file', 'Decompress it first: xz -d FILE.'],
  ['BZh', 'a bzip2 file', 'Decompress it first: bunzip2 FILE.'],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive', 'Extract it first: 7z x FILE.'],
  ['ustar', 'a tar archive', 'Extract it first: tar xf FILE.', 257],
  [
    '\x89HDF\r\n\x1a\n',
    'an HDF5 file, as Keras writes .h5',
    'In Python, load the model and save its weights with safetensors.numpy.save_file({w.path: w.numpy() for w in model.weights}, path).',
  ],
  [
    'GGUF',
    'a GGUF file of llama.cpp',
    'Use the safetensors files that it was converted from, or read it with the Python package gguf and save the arrays as safetensors.',
  ],
  ['ggjt', 'a GGML file of llama.cpp', 'Use the safetensors files that it was converted from.'],
  [
    'PAR1',
    'a Parquet file, which holds rows of data',
    'Weights are read from safetensors, PyTorch and npy files.',
  ],
  [
    'ARROW1',
    'an Arrow file, which holds rows of data',
    'Weights are read from safetensors, PyTorch and npy files.',
  ],
  ['TFL3', 'a TensorFlow Lite model', FROM_PYTHON, 4],
  [
    'MATLAB 5.0',
    'a MAT file of MATLAB',
    'In Python, load it with scipy.io.loadmat and save its arrays as safetensors.',
  ],
  ['RDX3\n', 'an R data file', 'Save its matrices as npy or safetensors files.'],
  [
    'version https://git-lfs',
    'a Git LFS pointer, in place of the file itself',
    'Fetch the file: git lfs pull.',
  ],
];

/** The number at the beginning of PyTorch's former format. */
const BEFORE_ZIP = '\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.';

/** Text formats: files without a zero byte at the beginning. */
const TEXTS: readonly (readonly [begins: RegExp, what: string, hint: string])[] = [
  [/^\s*<(!doctype|html|\?xml)/i, 'a web page, in place of the file', 'Download the file itself.'],
  [
    /^\s*\{/,
    'JSON',
    'Name the index of a sharded model NAME.safetensors.index.json, and open it with openSharded.',
  ],
];

/** Number of first bytes that `knownFormat` uses. */
export const FORMAT_BYTES = 512;

/** Returns the format of a file with these first bytes; undefined if it is unknown. */
export function knownFormat(first: Uint8Array): KnownFormat | undefined {
  const text = String.fromCharCode(...first.subarray(0, FORMAT_BYTES));
  for (const [magic, what, hint, offset = 0] of BY_FIRST_BYTES) {
    if (text.startsWith(magic, offset)) return { what, hint, isZip: magic.startsWith('PK') };
  }
  if (isPickle(first) && text.slice(0, 32).includes(BEFORE_ZIP)) {
    return {
      what: 'a file of PyTorch before 1.6',
      hint: 'Save it again with PyTorch 1.6 or later: torch.save(torch.load(path, map_location="cpu"), path).',
    };
  }
  if (isSafetensors(first)) return { what: 'a safetensors file', hint: 'Open it with openSafetensors.' };
  if (isOnnx(first)) {
    return { what: 'a protocol buffer, as ONNX and TensorFlow write it', hint: FROM_PYTHON };
  }
  if (isPickle(first)) {
    return {
      what: 'a pickle of Python without the ZIP file of torch.save, as pickle.dump and joblib.dump write it',
      hint: 'In Python, load it and save its tensors with torch.save or its arrays with safetensors.numpy.save_file.',
    };
  }
  const found = text.includes('\0') ? undefined : TEXTS.find(([begins]) => begins.test(text));
  return found && { what: found[1], hint: found[2] };
}

/** The length of a header below 100 MB, then JSON. */
function isSafetensors(first: Uint8Array): boolean {
  return first[8] === '{'.charCodeAt(0) && first.subarray(4, 8).every((byte) => byte === 0) && first[3]! < 6;
}

/** A version below 16, then the name of the producer. */
function isOnnx([tag, version, next]: Uint8Array): boolean {
  return tag === 0x08 && version! > 0 && version! < 16 && next === 0x12;
}

/** A protocol, then a frame or the first value. */
function isPickle([proto, version, opcode]: Uint8Array): boolean {
  if (proto !== 0x80 || version === undefined || version < 2 || version > 5 || opcode === undefined)
    return false;
  return opcode === 0x95 || '}](cX\x8aKMJGNC\x8c)'.includes(String.fromCharCode(opcode));
}

/** Returns the format of a ZIP file with these entries; undefined for files of `torch.save` and unknown ones. */
export function knownZip(names: readonly string[]): KnownFormat | undefined {
  const has = (pattern: RegExp) => names.some((name) => pattern.test(name));
  if (has(/^[^/]+\/constants\.pkl$/) || has(/^[^/]+\/bytecode\.pkl$/)) {
    return {
      what: 'a TorchScript model, as torch.jit.save writes it',
      hint: 'In Python: torch.save(torch.jit.load(path, map_location="cpu").state_dict(), "weights.pt").',
    };
  }
  if (has(/(^|\/)serialized_exported_program\.json$/) || has(/(^|\/)archive_format$/)) {
    return {
      what: 'a program, as torch.export.save writes it',
      hint: 'In Python: torch.save(torch.export.load(path).state_dict, "weights.pt").',
    };
  }
  if (names.length > 0 && names.every((name) => name.endsWith('.npy'))) {
    return {
      what: 'an npz file of NumPy',
      hint: 'Unzip it and open its .npy files, or in Python: safetensors.numpy.save_file(dict(numpy.load(path)), "weights.safetensors").',
    };
  }
  if (has(/\.weights\.h5$/)) {
    return {
      what: 'a .keras file of Keras',
      hint: 'In Python, load the model and save its weights with safetensors.numpy.save_file({w.path: w.numpy() for w in model.weights}, path).',
    };
  }
  return undefined;
}
