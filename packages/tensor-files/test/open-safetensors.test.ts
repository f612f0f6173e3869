import { encodeSafetensors, openSafetensors, writeFileAtomic, type Tensor } from '@ttrec/tensor-files';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { rawFile } from './raw-file.ts';
import { refusal } from './refusal.ts';
import { temporaryFolder } from '@ttrec/test-support';

const tensors: Tensor[] = [
  { name: 'core.0', dtype: 'F32', shape: [2, 2], data: new Float32Array([1, NaN, -0, Infinity]) },
  { name: 'ids', dtype: 'U8', shape: [3], data: new Uint8Array([7, 8, 9]) },
  { name: 'none', dtype: 'F64', shape: [0], data: new Float64Array(0) },
];

async function written(): Promise<string> {
  const path = join(await temporaryFolder(), 'w.safetensors');
  await writeFileAtomic(path, encodeSafetensors(tensors, { a: 'b' }));
  return path;
}

test('reads the header at once and each tensor when asked', async () => {
  const file = await openSafetensors(await written());
  onTestFinished(() => file.close());
  expect(file.metadata).toEqual({ a: 'b' });
  expect([...file.tensors.keys()].sort()).toEqual(['core.0', 'ids', 'none']);
  for (const { name, data } of tensors) expect(await file.read(name)).toEqual(data);
  const typed: Float32Array = await file.read('core.0', { dtype: 'F32', shape: [2, 2] });
  expect(Object.is(typed[2], -0)).toBe(true);
  const both = await Promise.all([file.read('ids'), file.read('core.0')]);
  expect(both).toEqual([tensors[1]!.data, tensors[0]!.data]);
});

test('refuses a tensor that is missing, of another shape or dtype, and reading after close', async () => {
  const path = await written();
  const file = await openSafetensors(path);
  await expect(file.read('core.1')).rejects.toEqual(
    refusal('unknown-tensor', path, 'Did you mean "core.0"?'),
  );
  await expect(file.read('core.0', { dtype: 'F32', shape: [4] })).rejects.toEqual(
    refusal('tensor-mismatch', 'tensor "core.0"', 'must be F32 [4]', 'got F32 [2, 2]'),
  );
  await expect(file.read('ids', { dtype: 'I8', shape: [3] })).rejects.toEqual(
    refusal('tensor-mismatch', 'U8 [3]'),
  );
  await file.close();
  await file.close();
  await expect(file.read('ids')).rejects.toEqual(refusal('closed', path));
});

test('refuses a file that is missing, a folder, empty, cut, or wrong inside', async () => {
  const path = await written();
  await expect(openSafetensors(`${path}.gone`)).rejects.toEqual(
    refusal('missing-file', `${path}.gone`, 'ENOENT'),
  );
  await expect(openSafetensors(join(path, '..'))).rejects.toEqual(refusal('cannot-read', 'EISDIR'));
  await truncate(path, 100);
  await expect(openSafetensors(path)).rejects.toEqual(refusal('truncated-header', path));
  await truncate(path, 0);
  await expect(openSafetensors(path)).rejects.toEqual(refusal('truncated-header', path, 'got 0'));
  await writeFile(path, rawFile({ w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, 3));
  await expect(openSafetensors(path)).rejects.toEqual(refusal('truncated-data', `${path}: tensor "w"`));
});

test('notices a file that becomes shorter while it is open', async () => {
  const path = await written();
  const file = await openSafetensors(path);
  onTestFinished(() => file.close());
  await truncate(path, file.tensors.get('core.0')!.byteOffset + 1);
  await expect(file.read('core.0')).rejects.toEqual(refusal('truncated-data', path, 'a file that ends at'));
});
