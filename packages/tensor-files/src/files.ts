// For packages that write files as this one does: whole or not at all, with errors of one form.
export { digestOfBytes, digestOfFile, type FileDigest } from './files/digest.ts';
export { errorCodeOf, fileCall, ifPresent } from './files/file-error.ts';
export { toJson } from './files/json.ts';
export { makeFolder } from './files/make-folder.ts';
export {
  identityText,
  ownIdentity,
  parseIdentity,
  processState,
  type ProcessIdentity,
} from './files/process-identity.ts';
export { removeFile } from './files/remove-file.ts';
export { isTemporaryName, removeQuietly, sweepTemporaries, temporaryName } from './files/temporary.ts';
export {
  syncFolder,
  writeAll,
  type WritableHandle,
  writeFileAtomic,
  writeFileSynced,
  type Chunks,
} from './files/write-file-atomic.ts';
