import { existsSync } from 'node:fs';
import { writeFileAtomic } from '@ttrec/tensor-files';
import { readEncoding, type Dataset } from '@ttrec/data';
import { encodingBytes, encodingDifference, type Encoding } from '@ttrec/data/encoding';
import type { TrainConfig } from '../config/train-config.ts';
import { error } from '../error.ts';
import type { RunFiles } from './run-files.ts';

/** Keeps what was learnt from the data beside the weights, which mean nothing without it. Made-up data has nothing to keep. */
export async function saveEncoding({ encoding }: Dataset, files: RunFiles): Promise<void> {
  if (encoding) await writeFileAtomic(files.encoding, encodingBytes(encoding));
}

/** The encoding of a run; undefined for one on synthetic data, which has none. @throws as `readRunEncoding` */
export async function savedEncoding({ data }: TrainConfig, files: RunFiles): Promise<Encoding | undefined> {
  return data.format === 'synthetic' ? undefined : readRunEncoding(files);
}

/** @throws `training/no-encoding`, and what `readEncoding` throws for a damaged one */
export async function readRunEncoding({ encoding: path }: RunFiles): Promise<Encoding> {
  if (existsSync(path)) return readEncoding(path);
  throw error('no-encoding', {
    subject: path,
    rule: 'must be in the run folder, where training saves what it learnt from the data',
    got: 'nothing',
    hint: 'Without it the weights cannot be told apart: take the whole folder along, or train again.',
  });
}

/**
 * The same value must still have the same id, or weights would be read for values that they were not trained on.
 *
 * @throws `training/data-changed`, naming the first difference; as `readRunEncoding`
 */
export async function requireSameEncoding(dataset: Dataset, files: RunFiles): Promise<void> {
  if (!dataset.encoding) return;
  const difference = encodingDifference(await readRunEncoding(files), dataset.encoding);
  if (!difference) return;
  const { place, expected, got } = difference;
  throw error('data-changed', {
    subject: `${dataset.report.source}, ${place}`,
    rule: `must come out as in ${files.encoding}, ${expected === undefined ? 'absent' : JSON.stringify(expected)}`,
    got: got === undefined ? 'nothing' : got,
    hint: 'The file or the encoding is not the one that training began with; `ttrec evaluate --data` scores other rows.',
  });
}
