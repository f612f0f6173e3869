import { toFloat32, type TensorFile } from '@ttrec/tensor-files/safetensors';

/** Returns a tensor of any float dtype as float32. @throws `tensor-files/not-floats`, and what `TensorFile.read` throws */
export async function readFloats(file: TensorFile, name: string): Promise<Float32Array> {
  const data = await file.read(name);
  return toFloat32(file.tensors.get(name)!.dtype, data, `${file.name}: tensor "${name}"`);
}

/** Returns rows `begin` to `end` - 1 of such a tensor. @throws as `readFloats`, and what `TensorFile.readRows` throws */
export async function readFloatRows(
  file: TensorFile,
  name: string,
  begin: number,
  end: number,
): Promise<Float32Array> {
  const data = await file.readRows(name, begin, end);
  return toFloat32(file.tensors.get(name)!.dtype, data, `${file.name}: tensor "${name}"`);
}
