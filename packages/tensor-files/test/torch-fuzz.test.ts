import { bytesSource, openTorchFrom, type LazyTensor } from '@ttrec/tensor-files';
import { isTtrecError, RandomStream } from '@ttrec/core';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readEntry } from '../src/zip/read-entry.ts';
import { readZipDirectory } from '../src/zip/zip-directory.ts';
import { fuzzRounds } from './fuzz-rounds.ts';
import { zip } from './hand-made-zip.ts';
import { edited, overwritten } from './mutations.ts';

const MUTATIONS = fuzzRounds(4000);
/** What an entry may inflate to, over its length in the file. */
const MOST_INFLATION = 100;
/** The bytes of a tensor that repeats a few numbers. */
const MOST_REPEATED = 2 ** 26;

const saved = new Uint8Array(readFileSync(join(import.meta.dirname, 'fixtures', 'state-dict.pt')));
const PICKLE = 'state-dict/data.pkl';

/** The names and contents of the entries of the file that PyTorch saved. */
const parts = await (async () => {
  const source = bytesSource(saved);
  const entries = [...(await readZipDirectory(source)).values()];
  return Promise.all(
    entries.map(async (entry) => ({ name: entry.name, data: await readEntry(source, entry) })),
  );
})();
const pickle = parts.find(({ name }) => name === PICKLE)!.data;

function packed(method: number, data: Uint8Array = pickle): Uint8Array {
  return zip(parts.map((part) => ({ ...part, method, data: part.name === PICKLE ? data : part.data })));
}
const originals = [saved, packed(0), packed(8)];

/** The bytes of local headers, of the directory and of the records behind it. */
function recordBytes(file: Uint8Array): number[] {
  const sizes = new Map([
    [0x04034b50, 30],
    [0x02014b50, 46],
    [0x06054b50, 22],
    [0x06064b50, 56],
    [0x07064b50, 20],
  ]);
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const places: number[] = [];
  for (let at = 0; at + 4 <= file.length; at++) {
    const size = sizes.get(view.getUint32(at, true)) ?? 0;
    for (let i = 4; i < size; i++) places.push(at + i);
  }
  return places;
}
const records = originals.map(recordBytes);

/** By turns: bytes anywhere, numbers of the ZIP records, and the pickle alone, whose checksum is then made right. */
function mutated(stream: RandomStream, round: number): Uint8Array {
  const which = stream.nextInteger(originals.length);
  if (round % 4 === 0) return edited(originals[which]!, stream);
  if (round % 4 === 1) return overwritten(originals[which]!, records[which]!, stream);
  const everywhere = Array.from(pickle.keys());
  const data = round % 4 === 2 ? edited(pickle, stream) : overwritten(pickle, everywhere, stream);
  return packed(8 * stream.nextInteger(2), data);
}

test(
  `${MUTATIONS} mutated files of PyTorch are each read in full or refused with a code`,
  async () => {
    const stream = new RandomStream(20261124, 'test/torch-fuzz');
    const seen = new Map<string, number>();
    for (let round = 0; round < MUTATIONS; round++) {
      const outcome = await outcomeOf(mutated(stream, round));
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    }
    // The mutations reach all the depths of the reader, down to its last check.
    const deep = [
      'not-zip',
      'zip-directory',
      'zip-overlap',
      'zip-size',
      'zip-inflate',
      'zip-checksum',
      'zip-entry',
      'unknown-dtype',
      'unsupported-tensor',
      'pickle-opcode',
      'pickle-value',
      'pickle-truncated',
      'storage-mismatch',
      'bad-strides',
    ];
    expect([...seen.keys()]).toEqual(
      expect.arrayContaining(['valid', ...deep.map((code) => `tensor-files/${code}`)]),
    );
  },
  30 * 60_000,
);

async function outcomeOf(bytes: Uint8Array): Promise<string> {
  try {
    const file = await openTorchFrom(bytesSource(bytes));
    for (const fault of file.unreadable.values()) throw fault;
    for (const tensor of file.tensors.values()) checkRead(tensor, await file.read(tensor.name), bytes.length);
    return 'valid';
  } catch (cause) {
    if (isTtrecError(cause)) return cause.code;
    throw cause;
  }
}

function checkRead(
  { shape }: LazyTensor,
  data: ArrayLike<unknown> & ArrayBufferView,
  fileBytes: number,
): void {
  expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
  expect(data.byteLength).toBeLessThan(Math.max(MOST_INFLATION * fileBytes, MOST_REPEATED));
}
