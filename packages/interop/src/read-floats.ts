import { toFloat32, type TensorFile } from '@ttrec/tensor-files/safetensors';

/** A tensor of floats of any width, in float32. @throws `tensor-files/not-floats`, and what `TensorFile.read` throws */
export async function readFloats(file: TensorFile, name: string): Promise<Float32Array> {
  const data = await file.read(name);
  return toFloat32(file.tensors.get(name)!.dtype, data, `${file.name}: tensor "${name}"`);
}

/** Rows `begin` to `end` of such a tensor. @throws as `readFloats`, and what `TensorFile.readRows` throws */
export async function readFloatRows(
  file: TensorFile,
  name: string,
  begin: number,
  end: number,
): Promise<Float32Array> {
  const data = await file.readRows(name, begin, end);
  return toFloat32(file.tensors.get(name)!.dtype, data, `${file.name}: tensor "${name}"`);
}
