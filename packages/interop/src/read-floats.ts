import { toFloat32, type TensorFile } from '@ttrec/checkpoint/safetensors';

/** A tensor of floats of any width, in float32. @throws `checkpoint/not-floats`, and what `TensorFile.read` throws */
export async function readFloats(file: TensorFile, name: string): Promise<Float32Array> {
  const data = await file.read(name);
  return toFloat32(file.tensors.get(name)!.dtype, data, `${file.name}: tensor "${name}"`);
}
