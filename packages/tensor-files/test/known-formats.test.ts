import {
  decodeSafetensors,
  encodeSafetensors,
  openNpy,
  openSafetensors,
  openTensors,
  openTorch,
  streamTorch,
  writeFileAtomic,
  type Tensor,
} from '@ttrec/tensor-files';
import { decodeNpy } from '@ttrec/tensor-files/npy';
import { pythonWith, runPython } from '@ttrec/python';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { zip } from './hand-made-zip.ts';
import { joined } from './raw-file.ts';
import { refusal } from './refusal.ts';
import { temporaryFolder } from '@ttrec/test-support';

const bytes = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.padEnd(600, '\x01\x02\xff'), 'latin1'));
const entries = (...names: string[]): Uint8Array =>
  zip(names.map((name) => ({ name, data: new Uint8Array(4), method: 0 })));

/** What each file is called, and a word of the way out. */
const FORMATS: readonly (readonly [name: string, file: Uint8Array, what: string, hint: string])[] = [
  ['a.h5', bytes('\x89HDF\r\n\x1a\n'), 'an HDF5 file, as Keras', 'safetensors'],
  ['a.gguf', bytes('GGUF\x03\0\0\0'), 'a GGUF file', 'safetensors'],
  ['a.parquet', bytes('PAR1'), 'a Parquet file', 'safetensors'],
  ['a.feather', bytes('ARROW1\0\0'), 'an Arrow file', 'safetensors'],
  ['a.gz', gzipSync(bytes('text')), 'a gzip file', 'gunzip'],
  ['a.zst', bytes('\x28\xb5\x2f\xfd'), 'a Zstandard file', 'zstd'],
  ['a.xz', bytes('\xfd7zXZ\0'), 'an xz file', 'xz'],
  ['a.bz2', bytes('BZh9'), 'a bzip2 file', 'bunzip2'],
  ['a.tar', bytes(`${'weights'.padEnd(257, '\0')}ustar`), 'a tar archive', 'tar'],
  ['a.npy', bytes('\x93NUMPY\x01\0'), 'an npy file', 'openNpy'],
  ['a.tflite', bytes('\x1c\0\0\0TFL3'), 'a TensorFlow Lite model', 'safetensors'],
  ['a.onnx', bytes('\x08\x08\x12\x07pytorch'), 'ONNX', 'safetensors'],
  ['a.mat', bytes('MATLAB 5.0 MAT-file'), 'a MAT file', 'scipy'],
  ['a.pkl', bytes('\x80\x04\x95\x10\0\0\0\0\0\0\0}'), 'a pickle of Python', 'torch.save'],
  ['b.pkl', bytes('\x80\x02}q\0'), 'a pickle of Python', 'torch.save'],
  [
    'old.pt',
    bytes('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.'),
    'PyTorch before 1.6',
    'torch.save(torch.load(',
  ],
  [
    'old4.pt',
    bytes('\x80\x04\x95\x0d\0\0\0\0\0\0\0\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.'),
    'PyTorch before 1.6',
    'torch.save',
  ],
  [
    'pointer.bin',
    Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0'),
    'Git LFS',
    'git lfs pull',
  ],
  ['page.html', Buffer.from('<!DOCTYPE html><title>Sign in</title>'), 'a web page', 'Download'],
  ['model.json', Buffer.from('{\n  "weight_map": {}\n}'), 'JSON', 'openSharded'],
];

const ZIPS: typeof FORMATS = [
  [
    'script.pt',
    entries('s/data.pkl', 's/constants.pkl', 's/code/a.py'),
    'a TorchScript model',
    'torch.jit.load',
  ],
  ['mobile.ptl', entries('s/data.pkl', 's/bytecode.pkl'), 'a TorchScript model', 'torch.jit.load'],
  [
    'program.pt2',
    entries('version', 'serialized_exported_program.json'),
    'torch.export.save',
    'torch.export.load',
  ],
  ['a.npz', entries('weight.npy', 'bias.npy'), 'an npz file', 'Unzip'],
  ['a.keras', entries('config.json', 'model.weights.h5'), 'a .keras file', 'safetensors'],
  ['a.docx', entries('word/document.xml'), 'a ZIP file of word/document.xml', 'torch.save'],
];

describe('names what a file is and how to make one that is read', () => {
  test.each([...FORMATS, ...ZIPS])('%s', async (name, file, what, hint) => {
    const path = join(await temporaryFolder(), name);
    await writeFile(path, file);
    const isZip = ZIPS.some(([each]) => each === name);
    const inTensors = isZip ? 'not-torch' : 'not-safetensors';
    await expect(openTensors(path)).rejects.toEqual(refusal(inTensors, path, what, hint));
    if (!isZip) await expect(openTensors(path)).rejects.toThrow('or a file of PyTorch 1.6 or later, got');
    await expect(openTorch(path)).rejects.toEqual(refusal(isZip ? 'not-torch' : 'not-zip', path, what, hint));
    const shown = isZip ? ['a ZIP file', 'openTorch'] : [what, hint];
    await expect(openSafetensors(path)).rejects.toEqual(refusal('not-safetensors', path, ...shown));
    expect(() => decodeSafetensors(file, name)).toThrow(refusal('not-safetensors', name, ...shown));
    if (what === 'an npy file') return;
    await expect(openNpy(path)).rejects.toEqual(refusal('not-npy', path, ...shown));
    expect(() => decodeNpy(file, name)).toThrow(refusal('not-npy', name, ...shown));
  });

  test('one of the two formats that are read, opened as the other', async () => {
    const folder = await temporaryFolder();
    const [safetensors, torch] = [join(folder, 'a.safetensors'), join(folder, 'a.pt')];
    const tensors: Tensor[] = [{ name: 'w', dtype: 'F32', shape: [1], data: Float32Array.of(1) }];
    await writeFileAtomic(safetensors, encodeSafetensors(tensors));
    await writeFileAtomic(torch, streamTorch(tensors));
    await expect(openTorch(safetensors)).rejects.toEqual(
      refusal('not-zip', 'a safetensors file', 'openSafetensors'),
    );
    await expect(openSafetensors(torch)).rejects.toEqual(
      refusal('not-safetensors', 'a ZIP file', 'openTorch'),
    );
    await expect(openNpy(safetensors)).rejects.toEqual(refusal('not-npy', 'a safetensors file'));
    const [cut] = [joined(encodeSafetensors(tensors)).subarray(0, 8)];
    expect(() => decodeSafetensors(cut)).toThrow(refusal('truncated-header'));
  });
});

const python = pythonWith('torch', 'numpy');

test.skipIf(python === undefined)('files that PyTorch, NumPy and pickle write are named', async () => {
  const folder = await temporaryFolder();
  runPython(
    python!,
    `
import sys, os, pickle, numpy, torch
os.chdir(sys.argv[1])
torch.save({'w': torch.ones(2)}, 'old.pt', _use_new_zipfile_serialization=False)
torch.save({'w': torch.ones(2)}, 'old4.pt', _use_new_zipfile_serialization=False, pickle_protocol=4)
torch.jit.save(torch.jit.script(torch.nn.Linear(2, 1)), 'script.pt')
numpy.savez('plain.npz', w=numpy.ones(2), b=numpy.ones(1))
numpy.savez_compressed('packed.npz', w=numpy.ones(2))
for protocol in (2, 3, 4, 5): pickle.dump({'w': numpy.ones(2)}, open(f'{protocol}.pkl', 'wb'), protocol)
`,
    folder,
  );
  const expected: [string, string, string][] = [
    ['old.pt', 'not-safetensors', 'PyTorch before 1.6'],
    ['old4.pt', 'not-safetensors', 'PyTorch before 1.6'],
    ['script.pt', 'not-torch', 'a TorchScript model'],
    ['plain.npz', 'not-torch', 'an npz file'],
    ['packed.npz', 'not-torch', 'an npz file'],
    ...[2, 3, 4, 5].map((p): [string, string, string] => [
      `${p}.pkl`,
      'not-safetensors',
      'a pickle of Python',
    ]),
  ];
  for (const [name, code, what] of expected) {
    await expect(openTensors(join(folder, name)), name).rejects.toEqual(refusal(code, name, what));
  }
});
