export { decodeSafetensors, type DecodedSafetensors } from './safetensors/decode.ts';
export type { ArrayOfDtype, Dtype, TensorArray } from './safetensors/dtype.ts';
export { encodeSafetensors, streamSafetensors } from './safetensors/encode.ts';
export { readSafetensorsHeader, type HeaderOptions, type SafetensorsHeader } from './safetensors/header.ts';
export { openSafetensorsFrom } from './safetensors/open.ts';
export type { ExpectedTensor, LazyTensor, TensorFile } from './safetensors/tensor-file.ts';
export { toFloat32 } from './safetensors/to-float32.ts';
export type { Tensor, TensorInfo, TensorSource } from './safetensors/tensor.ts';
