export { listCheckpoints, type ListedCheckpoint } from './checkpoint/list.ts';
export { loadCheckpoint, type LoadedCheckpoint } from './checkpoint/load.ts';
export { markCheckpoint, removeMark } from './checkpoint/mark.ts';
export type { Mark } from './checkpoint/names.ts';
export { pruneCheckpoints } from './checkpoint/prune.ts';
export { saveCheckpoint, type CheckpointContent, type SavedCheckpoint } from './checkpoint/save.ts';
export type { FileDigest } from './files/digest.ts';
export { openFileSource } from './files/file-source.ts';
export { openNpy } from './files/open-npy.ts';
export { openSafetensors } from './files/open-safetensors.ts';
export { openTensors } from './files/open-tensors.ts';
export { openTorch } from './files/open-torch.ts';
export { removeFile } from './files/remove-file.ts';
export { openSharded, writeSharded } from './files/sharded-files.ts';
export { writeFileAtomic, type Chunks } from './files/write-file-atomic.ts';
export { JsonLinesWriter, readJsonLines, truncateJsonLines } from './run/json-lines.ts';
export { refuseLocked, type FolderLock } from './run/folder-lock.ts';
export {
  claimNewRun,
  claimRun,
  clearRun,
  createRunFolder,
  requireRun,
  runFolderContents,
  type RunFolder,
  type RunFolderContents,
} from './run/run-folder.ts';
export { bytesSource, type ByteSource } from './byte-source/byte-source.ts';
export type { NpyFile } from './npy/open-npy.ts';
export { decodeSafetensors } from './safetensors/decode.ts';
export { encodeSafetensors, streamSafetensors } from './safetensors/encode.ts';
export { openSafetensorsFrom } from './safetensors/open.ts';
export { splitIntoShards, type ShardOptions } from './safetensors/shards.ts';
export type { Dtype, TensorArray } from './tensor/dtype.ts';
export type { LazyTensor, TensorFile } from './tensor/tensor-file.ts';
export type { Tensor, TensorSource } from './tensor/tensor.ts';
export { toFloat32 } from './tensor/to-float32.ts';
export { openTorchFrom } from './torch/open-torch.ts';
export { streamTorch } from './torch/write-torch.ts';
