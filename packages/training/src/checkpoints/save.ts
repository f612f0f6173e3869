import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type Chunks,
  fileCall,
  type FileDigest,
  makeFolder,
  removeQuietly,
  syncFolder,
  temporaryName,
  toJson,
  writeFileSynced,
} from '@ttrec/tensor-files/files';
import { streamSafetensors, type TensorSource } from '@ttrec/tensor-files';
import { listCheckpoints, type ListedCheckpoint } from './list.ts';
import { MANIFEST_FORMAT, type Manifest } from './manifest.ts';
import { checkCheckpointName, checkFileName, checkpointsFolder, folderName, MANIFEST } from './names.ts';
import { writePointer } from './pointer.ts';
import { checkKeep, pruneCheckpoints, removeLeftovers } from './prune.ts';

export interface CheckpointContent {
  /** Such as `step-000123`. A name may be used again; it then means the newer checkpoint. */
  readonly name: string;
  /** By file name, such as `model.safetensors`. Sources are read one at a time, in the order of the file. */
  readonly tensors: Readonly<Record<string, Iterable<TensorSource>>>;
  /** By file name, such as `state.json`. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Prune to this many afterwards (the best besides). All are kept without it. */
  readonly keep?: number;
  /** The saved checkpoint is the best so far. It is the latest in any case. */
  readonly mark?: 'best';
}

export interface SavedCheckpoint {
  readonly name: string;
  readonly path: string;
  /** Of all files. */
  readonly bytes: number;
}

/**
 * Saves a checkpoint into `<runFolder>/checkpoints/<name>/`, as a whole or not at all: every file is written and synced in
 * a temporary folder, the folder is renamed into place, and only then does `latest.json` name it.
 * However this fails, the previous checkpoint is whole and still the latest; only a failure to prune comes after the new one
 * is in place. One save of a run at a time.
 * @throws `training/bad-name`, `…/bad-file-name`, `…/bad-keep`, `…/not-json`, `…/cannot-write`, the codes of
 *   `encodeSafetensors`, or whatever a source rejects with
 */
export async function saveCheckpoint(
  runFolder: string,
  content: CheckpointContent,
): Promise<SavedCheckpoint> {
  const { name, keep, mark } = content;
  checkCheckpointName(name);
  if (keep !== undefined) checkKeep(keep);
  const writes = filesOf(content);
  const root = checkpointsFolder(runFolder);
  await fileCall('write', root, () => makeFolder(root));
  await removeLeftovers(runFolder);
  const earlier = await listCheckpoints(runFolder);
  const folder = folderName(name, unusedGeneration(name, earlier));
  const path = join(root, folder);
  const sequence = Math.max(0, ...earlier.map((checkpoint) => checkpoint.sequence ?? 0)) + 1;
  const { manifest, bytes } = await writeFolder(path, writes, { name, sequence });
  const pointer = { name, folder, manifest };
  // The best first: were the order reversed, a crash in between would resume from a state that believes in another best.
  if (mark === 'best') await writePointer(runFolder, 'best', pointer);
  await writePointer(runFolder, 'latest', pointer);
  if (keep !== undefined) await pruneCheckpoints(runFolder, keep);
  return { name, path, bytes };
}

type Writes = ReadonlyMap<string, () => Chunks>;

/** JSON is encoded here, so that a value it cannot hold is refused before anything is written. */
function filesOf({ tensors, json }: CheckpointContent): Writes {
  const writes = new Map<string, () => Chunks>();
  for (const [file, sources] of Object.entries(tensors)) {
    checkFileName(file, '.safetensors');
    writes.set(file, () => streamSafetensors(sources, {}, file));
  }
  for (const [file, value] of Object.entries(json)) {
    checkFileName(file, '.json');
    const bytes = new TextEncoder().encode(`${toJson(file, value, 2)}\n`);
    writes.set(file, () => [bytes]);
  }
  return writes;
}

function unusedGeneration(name: string, earlier: readonly ListedCheckpoint[]): number {
  const used = earlier.filter((checkpoint) => checkpoint.name === name);
  return Math.max(-1, ...used.map((checkpoint) => checkpoint.generation)) + 1;
}

async function writeFolder(
  path: string,
  writes: Writes,
  { name, sequence }: Pick<Manifest, 'name' | 'sequence'>,
): Promise<{ manifest: FileDigest; bytes: number }> {
  const temporary = temporaryName(path);
  try {
    await fileCall('write', temporary, () => mkdir(temporary));
    const files: Record<string, FileDigest> = {};
    let bytes = 0;
    for (const [file, chunks] of writes) {
      files[file] = await writeFileSynced(join(temporary, file), chunks());
      bytes += files[file].bytes;
    }
    const text = toJson(MANIFEST, { format: MANIFEST_FORMAT, name, sequence, files } satisfies Manifest, 2);
    const encoded = new TextEncoder().encode(`${text}\n`);
    const manifest = await writeFileSynced(join(temporary, MANIFEST), [encoded]);
    await syncFolder(temporary);
    await fileCall('write', path, () => rename(temporary, path));
    await syncFolder(dirname(path));
    return { manifest, bytes: bytes + manifest.bytes };
  } catch (cause) {
    await removeQuietly(temporary);
    throw cause;
  }
}
