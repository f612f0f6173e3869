import { decodeSafetensors, encodeSafetensors } from '@ttrec/tensor-files/safetensors';
import { isTtrecError, RandomStream } from '@ttrec/core';
import { expect, test } from 'vitest';
import { fuzzRounds } from './fuzz-rounds.ts';
import { edited } from './mutations.ts';
import { joined } from './raw-file.ts';

const MUTATIONS = fuzzRounds(10_000);

const original = joined(
  encodeSafetensors(
    [
      {
        name: 'core.0',
        dtype: 'F32',
        shape: [2, 1, 2, 3],
        data: Float32Array.from({ length: 12 }, (_, i) => i),
      },
      { name: 'bias', dtype: 'F64', shape: [], data: new Float64Array([0.5]) },
      { name: 'ids', dtype: 'U32', shape: [3], data: new Uint32Array([1, 2, 3]) },
      { name: 'flags', dtype: 'U8', shape: [0], data: new Uint8Array(0) },
    ],
    { step: '12' },
  ),
);

const headerEnd = 8 + Number(new DataView(original.buffer).getBigUint64(0, true));
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const digits = [...original.keys()].filter((at) => at > 8 && at < headerEnd && isDigit(original[at]!));

/** Every second file only has digits of its header changed, so that it gets past the JSON; the others, bytes anywhere. */
function mutated(stream: RandomStream, round: number): Uint8Array {
  if (round % 2 === 1) return edited(original, stream);
  const bytes = original.slice();
  for (let edit = stream.nextInteger(4); edit >= 0; edit--) {
    bytes[digits[stream.nextInteger(digits.length)]!] = 0x30 + stream.nextInteger(10);
  }
  return bytes;
}

test(`${MUTATIONS} mutated files are each read in full or refused with a code`, () => {
  const stream = new RandomStream(20261122, 'test/safetensors-fuzz');
  const seen = new Map<string, number>();
  for (let round = 0; round < MUTATIONS; round++) {
    const file = mutated(stream, round);
    const outcome = outcomeOf(file);
    seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
  }
  // The mutations reach all the depths of the reader, down to its last check.
  const deep = [
    'unknown-dtype',
    'size-mismatch',
    'bad-offsets',
    'overlapping-tensors',
    'truncated-data',
    'trailing-data',
  ];
  expect([...seen.keys()]).toEqual(
    expect.arrayContaining(['valid', ...deep.map((code) => `tensor-files/${code}`)]),
  );
});

function outcomeOf(file: Uint8Array): string {
  try {
    const { tensors } = decodeSafetensors(file);
    let bytes = 0;
    for (const { shape, data } of tensors.values()) {
      expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
      bytes += data.byteLength;
    }
    expect(bytes).toBeLessThan(file.length);
    return 'valid';
  } catch (cause) {
    if (isTtrecError(cause)) return cause.code;
    throw cause;
  }
}
